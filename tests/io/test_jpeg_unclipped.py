"""Samples before a decoder clips them: its own where nothing is clipped, and the coefficients."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.io import jpeg
from keystego_tf.io.jpeg.transform import blocks, transformed

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def saved(image: np.ndarray, **options: object) -> tuple[jpeg.JpegFile, np.ndarray]:
    """A file as it is read, and as Pillow decodes it."""
    file = BytesIO()
    Image.fromarray(image.astype(np.uint8)).save(file, "JPEG", **options)
    return jpeg.read(file.getvalue()), np.asarray(Image.open(file)).astype(float)


def photo(low: float, high: float) -> np.ndarray:
    image = dead_leaves(np.random.default_rng(4), 96)[:70, :83].astype(float)
    return np.clip(low + (high - low) * image / 255, 0, 255)


@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_they_are_a_decoders_where_nothing_is_clipped(sampling: str) -> None:
    file, decoded = saved(photo(90, 160), quality=90, subsampling=sampling)
    away = np.abs(jpeg.unclipped(file) - decoded)
    assert away.mean() < 0.5 and np.quantile(away, 0.99) < 3


def test_a_gray_file_has_one_channel() -> None:
    file, decoded = saved(photo(90, 160)[..., 1], quality=80)
    found = jpeg.unclipped(file)
    assert found.shape == (70, 83, 1)
    assert np.abs(found[..., 0] - decoded).max() < 1.1


def test_luma_has_the_files_coefficients_where_a_decoder_clips() -> None:
    file, decoded = saved(photo(-200, 455), quality=40)
    luma = file.components[0]
    wanted = (luma.coefficients * luma.table.astype(np.float32))[:8, :10]

    def away(samples: np.ndarray) -> float:
        return float(np.abs(transformed(blocks(samples @ LUMA - 128)) - wanted).max())

    assert away(jpeg.unclipped(file)) < 0.01
    assert away(decoded.astype(np.float32)) > 5

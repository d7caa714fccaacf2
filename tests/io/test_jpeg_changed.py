"""JPEG files of changed samples: nothing else changes, and what does is encoded as usual."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.io import jpeg


def cover(channels: int) -> np.ndarray:
    return dead_leaves(np.random.default_rng(3), 120)[:101, :, :channels].astype(np.uint8)


def saved(image: np.ndarray, quality: int = 75) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image.squeeze()).save(file, "JPEG", quality=quality)
    return file.getvalue()


@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_changed_is_the_same_file(channels: int) -> None:
    image = cover(channels)
    file = saved(image)
    assert jpeg.with_samples(jpeg.read(file), image, image.astype(np.float32)) == file


@pytest.mark.parametrize("channels", [1, 3])
def test_only_the_blocks_that_change_do(channels: int) -> None:
    image = cover(channels)
    plain = jpeg.read(saved(image))
    samples = image.astype(np.float32)
    samples[16:24, 32:40] += np.linspace(-20, 20, 8, dtype=np.float32)[:, None]
    found = jpeg.read(jpeg.with_samples(plain, image, samples))
    changed = (found.components[0].coefficients != plain.components[0].coefficients).any((2, 3))
    assert np.argwhere(changed).tolist() == [[2, 4]]
    if channels == 3:  # all channels alike: luma alone
        for before, after in zip(plain.components[1:], found.components[1:]):
            np.testing.assert_array_equal(before.coefficients, after.coefficients)


@pytest.mark.parametrize("channels", [1, 3])
def test_what_changes_is_encoded_as_an_encoder_does(channels: int) -> None:
    image, rng = cover(channels), np.random.default_rng(0)
    other = np.clip(image + rng.normal(0, 9, image.shape), 0, 255).astype(np.uint8)
    found = jpeg.read(jpeg.with_samples(jpeg.read(saved(image)), image, other.astype(np.float32)))
    for ours, theirs in zip(found.components, jpeg.read(saved(other)).components):
        away = np.abs(ours.coefficients.astype(int) - theirs.coefficients)
        assert away.max() <= 1 and (away > 0).mean() < 0.05

"""The differentiable JPEG against Pillow's, by quality and by tables."""

from __future__ import annotations

import io

import numpy as np
import pytest
from channel_images import photo, photos_01, send
from PIL import Image

from keystego_tf.backend import tf
from keystego_tf.channel.jpeg_codec import (
    CHROMINANCE,
    LUMINANCE,
    encode,
    jpeg,
    jpeg_with_tables,
    tables_of_quality,
)
from keystego_tf.channel.platforms import PLATFORMS
from keystego_tf.io.pillow import from_pillow, to_pillow


def assert_close(ours: tf.Tensor, real: np.ndarray, image: np.ndarray) -> None:
    difference = np.abs(255 * ours[0].numpy() - real).mean()
    assert difference < (0.2 if image.shape[-1] == 1 else 0.6), "grey levels"
    assert difference < 0.3 * np.abs(real - image.astype(float)).mean(), "of what JPEG changes"


@pytest.mark.parametrize("quality", [20, 50, 75, 95])
@pytest.mark.parametrize("channels", [1, 3])
def test_quality_is_close_to_pillows(quality: int, channels: int) -> None:
    for size in ((64, 64), (43, 70)):
        image = photo(*size, channels)
        ours = jpeg(tf.constant(image[None] / 255.0, tf.float32), tf.constant([float(quality)]))
        assert_close(ours, send(image, jpeg=quality), image)


def uneven() -> tuple[np.ndarray, np.ndarray]:
    """Tables that differ from their transpose and from each other."""
    rng = np.random.default_rng(2)
    luma, chroma = (rng.integers(3, 30, (8, 8)).astype(np.float32) for _ in range(2))
    luma[0], chroma[:, 0] = 60, 50
    return luma, chroma


TABLES = {
    "uneven": uneven(),
    **{name: (PLATFORMS[name].luma, PLATFORMS[name].chroma) for name in ("whatsapp", "instagram")},
    "scaled": tuple(np.rint(1.25 * table) for table in tables_of_quality(70)),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("channels", [1, 3])
def test_tables_are_close_to_pillows(name: str, channels: int) -> None:
    image, (luma, chroma) = photo(64, 80, channels), TABLES[name]
    file = Image.open(io.BytesIO(encode(to_pillow(image), luma, chroma)))
    written = [np.reshape(file.quantization[number], (8, 8)) for number in file.quantization]
    np.testing.assert_array_equal(written, [luma, chroma][: (channels + 1) // 2])
    assert channels == 1 or [each[1:3] for each in file.layer] == [(2, 2), (1, 1), (1, 1)], "4:2:0"
    ours = jpeg_with_tables(tf.constant(image[None] / 255.0, tf.float32), luma, chroma)
    assert_close(ours, from_pillow(file).astype(float), image)


def test_tables_of_a_quality_are_pillows() -> None:
    for quality in (1, 10, 49, 50, 70, 85, 100):
        file = io.BytesIO()
        Image.new("RGB", (16, 16)).save(file, "JPEG", quality=quality)
        with Image.open(file) as image:
            expected = [image.quantization[0], image.quantization[1]]
        found = [table.reshape(64) for table in tables_of_quality(quality)]
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(tables_of_quality(50), [LUMINANCE, CHROMINANCE])


def test_a_quality_and_a_table_for_each_image() -> None:
    images = photos_01()
    together = jpeg(images, tf.constant([25.0, 80.0]))
    luma, chroma = (np.stack(each) for each in zip(tables_of_quality(25), tables_of_quality(80)))
    np.testing.assert_allclose(jpeg_with_tables(images, luma, chroma), together, atol=1e-6)
    for index, quality in enumerate((25.0, 80.0)):
        alone = jpeg(images[index : index + 1], tf.constant([quality]))[0]
        np.testing.assert_allclose(together[index], alone, atol=1e-6)
    assert np.any(np.not_equal(together[0], together[1]))

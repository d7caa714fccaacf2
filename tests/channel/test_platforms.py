"""Platforms as data, and as Pillow plays them."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from channel_images import photo
from PIL import Image

from keystego_tf.channel.jpeg_codec import tables_of_quality
from keystego_tf.channel.platforms import (
    META,
    PLATFORMS,
    Platform,
    destinations,
    prepared,
    scaled_chroma,
)
from keystego_tf.io.pillow import to_pillow

ALL = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)


def arrived(platform: Platform, image: Image.Image) -> Image.Image:
    return Image.open(io.BytesIO(platform.send(image)))


@ALL
def test_entries_are_complete(platform: Platform) -> None:
    assert PLATFORMS[platform.name] is platform and platform.title
    assert "github.com/" in platform.source and re.fullmatch(r"2026-\d\d(-\d\d)?", platform.date)
    for table in (platform.luma, platform.chroma):
        assert table.shape == (8, 8) and table.min() >= 1 and table.max() <= 255
        np.testing.assert_array_equal(table, np.rint(table))


@pytest.mark.parametrize(
    "name, sent, received",
    [
        ("whatsapp", (3200, 2400), (1600, 1200)),
        ("whatsapp", (1500, 3000), (800, 1600)),
        ("whatsapp", (640, 480), (640, 480)),
        ("whatsapp-hd", (4096, 3072), (4096, 3072)),
        ("instagram", (1600, 1200), (1440, 1440)),
        ("instagram", (640, 480), (1440, 1440)),
        ("facebook", (4096, 2304), (2048, 1152)),
        ("x", (4096, 4096), (4096, 4096)),
        ("signal", (4000, 3000), (1600, 1200)),
        ("telegram", (4000, 3000), (1280, 960)),
        ("telegram", (4000, 1), (1280, 1)),
    ],
)
def test_sizes(name: str, sent: tuple[int, int], received: tuple[int, int]) -> None:
    assert PLATFORMS[name].size(*sent) == received
    assert PLATFORMS[name].size(*received) == received, "what has the size keeps it"


@ALL
def test_what_arrives_has_the_platforms_size_tables_and_sampling(platform: Platform) -> None:
    image = to_pillow(photo(48, 64))
    file = arrived(platform, image)
    assert file.format == "JPEG" and file.mode == "RGB" and file.size == platform.size(*image.size)
    np.testing.assert_array_equal(np.reshape(file.quantization[0], (8, 8)), platform.luma)
    np.testing.assert_array_equal(np.reshape(file.quantization[1], (8, 8)), platform.chroma)
    assert [layer[1:3] for layer in file.layer] == [(2, 2), (1, 1), (1, 1)]
    again = arrived(platform, file)
    assert again.size == file.size
    # Its coefficients lie on the platform's steps already.
    change = np.abs(np.asarray(again, int) - np.asarray(file, int)).mean()
    first = np.abs(np.asarray(file, int) - np.asarray(platform.prepare(image), int)).mean()
    assert change < 0.6 * first


def test_grayscale_stays_grayscale_and_alpha_goes() -> None:
    whatsapp = PLATFORMS["whatsapp"]
    assert arrived(whatsapp, to_pillow(photo(channels=1))).mode == "L"
    assert arrived(whatsapp, Image.new("RGBA", (24, 24))).mode == "RGB"


def test_a_square_is_cropped_from_the_middle() -> None:
    image = Image.new("RGB", (90, 30), "red")
    image.paste("blue", (30, 0, 60, 30))
    square = np.asarray(PLATFORMS["instagram"].prepare(image))
    assert square.shape == (1440, 1440, 3)
    assert np.all(square[:, 200:-200] == (0, 0, 255)), "but for what the filter reaches across"


def test_platforms_without_a_size_in_common_are_refused() -> None:
    image = Image.new("RGB", (90, 70))
    assert prepared(image, destinations("whatsapp-hd,instagram,facebook")).size == (1440, 1440)
    with pytest.raises(ValueError, match=r"no size in common: telegram would make 1280 x 1280 pix"):
        prepared(image, destinations("telegram,instagram"))


def test_only_scaled_photos_are_sharpened() -> None:
    image = to_pillow(photo(64, 64))
    sharp = Platform("c", "C", 32, *tables_of_quality(95), "", "", sharpening=100)
    plain = Platform("d", "D", 32, *tables_of_quality(95), "", "")
    edges = [
        np.abs(np.diff(np.asarray(arrived(each, image), int))).sum() for each in (sharp, plain)
    ]
    assert edges[0] > 1.05 * edges[1]
    small = image.resize((32, 32))
    assert sharp.send(small) == plain.send(small), "not scaled, not sharpened"


def test_tables_that_are_derived() -> None:
    chroma = scaled_chroma(META)
    assert chroma[0, 0] == round(5 * 17 / 16) and chroma[0, 1] == round(6 * 18 / 11)
    assert chroma[7, 7] == 18 and chroma[0, 3] == round(11 * 47 / 16)
    steps = [
        PLATFORMS["x"].luma[place] for place in ((0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3))
    ]
    assert steps == [3, 4, 4, 4, 3, 5], "zigzag 1 to 6, as published"


def test_an_empty_photo_is_refused() -> None:
    with pytest.raises(ValueError, match="the photo is 0 x 3, but must have pixels"):
        PLATFORMS["x"].size(0, 3)

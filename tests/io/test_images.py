"""Reading images: formats, colours, transparency, orientation, profiles."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_files import (
    FILES,
    GRAY,
    HEIGHT,
    PROFILE,
    RGB,
    RGBA,
    WIDTH,
    samples,
    saved,
    smooth,
    stack,
)
from PIL import Image

from keystego_tf.io.images import read, read_exact

READERS = (read, read_exact)

#: numpy's turns of [H, W, C] for each orientation, from the EXIF standard.
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_is_read_from_a_path_bytes_and_pillow(name: str, tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(FILES[name])
    with Image.open(path) as image:
        wanted = np.array(image.convert("RGB"))
        found = [
            reader(each) for each in (path, str(path), FILES[name], image) for reader in READERS
        ]
    for picture in found:
        assert np.array_equal(picture.rgb_u8, wanted)
        assert picture.rgb_u8.dtype == np.uint8 and picture.rgb_u8.shape == (HEIGHT, WIDTH, 3)
        assert picture.alpha_u8 is None and not picture.gray


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_alpha_is_kept_bit_for_bit(format: str) -> None:
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    found = read(saved(RGBA, format, **options))
    assert np.array_equal(np.dstack([found.rgb_u8, found.alpha_u8]), samples(4))
    assert (found.alpha_u8 == 0).sum() == (samples(4)[..., 3] == 0).sum()


@pytest.mark.parametrize(
    ("image", "format"),
    [(GRAY, each) for each in ("PNG", "JPEG", "TIFF", "BMP", "PPM")]
    + [(GRAY.convert("1"), each) for each in ("PNG", "TIFF", "BMP", "PPM")]
    + [(Image.merge("LA", [GRAY, GRAY.rotate(180)]), each) for each in ("PNG", "TIFF")],
)
def test_gray_becomes_three_equal_channels(image: Image.Image, format: str) -> None:
    file = saved(image, format)
    found = read(file)
    wanted = np.array(Image.open(BytesIO(file)).convert("L"))
    assert found.gray
    assert np.array_equal(found.rgb_u8, np.stack([wanted] * 3, axis=-1))
    assert (found.alpha_u8 is None) == (image.mode != "LA")
    if image.mode == "LA":
        assert np.array_equal(found.alpha_u8, np.array(image)[..., 1])


def test_three_equal_channels_are_gray_in_a_colour_file_too() -> None:
    found = read(saved(GRAY.convert("RGB"), "PNG"))
    assert found.gray and not found.stored_gray and read(saved(GRAY, "PNG")).stored_gray
    assert not read(saved(RGB, "PNG")).gray


@pytest.mark.parametrize("format", ["PNG", "GIF", "TIFF", "BMP"])
def test_a_palette_becomes_its_colours(format: str) -> None:
    image = RGB.quantize(7)
    assert image.mode == "P"
    found = read(saved(image, format))
    assert np.array_equal(found.rgb_u8, np.array(image.convert("RGB")))
    assert found.alpha_u8 is None and not found.gray


@pytest.mark.parametrize("transparency", [2, bytes([255, 0, 128, 7])])
def test_transparency_of_a_palette_becomes_alpha(transparency: Any) -> None:
    image = RGB.quantize(7)
    indices, palette = np.array(image), np.array(image.getpalette()).reshape(-1, 3)
    opacity = np.full(256, 255, np.uint8)
    if isinstance(transparency, int):
        opacity[transparency] = 0
    else:
        opacity[: len(transparency)] = list(transparency)
    found = read(saved(image, "PNG", transparency=transparency))
    assert np.array_equal(found.rgb_u8, palette[indices])
    assert np.array_equal(found.alpha_u8, opacity[indices])


def test_a_transparent_colour_of_a_gif_becomes_alpha() -> None:
    image = RGB.quantize(7)
    found = read(saved(image, "GIF", transparency=3))
    wanted = np.array(Image.open(BytesIO(saved(image, "GIF", transparency=3))).convert("RGBA"))
    assert np.array_equal(found.alpha_u8, wanted[..., 3]) and (found.alpha_u8 == 0).any()


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_one_transparent_colour_becomes_alpha(mode: str) -> None:
    image = RGB.convert(mode) if mode != "RGB" else RGB
    colour = image.getpixel((3, 4))
    found = read(saved(image, "PNG", transparency=colour))
    pixels = np.array(image.convert("RGB"))
    clear = (pixels == np.array(image.convert("RGB").getpixel((3, 4)))).all(axis=-1)
    assert np.array_equal(found.rgb_u8, pixels) and found.gray == (mode != "RGB")
    assert np.array_equal(found.alpha_u8, np.where(clear, 0, 255))


@pytest.mark.parametrize("mode", ["La", "PA", "RGBa", "RGBX"])
def test_other_modes_of_pillow_images_become_rgb(mode: str) -> None:
    between = {"La": "LA", "PA": "P", "RGBa": "RGBA"}.get(mode, "RGB")
    image = smooth(between).convert(mode)
    found = read(image)
    assert np.abs(found.rgb_u8.astype(int) - np.array(smooth(between).convert("RGB"))).max() < 6
    assert (found.alpha_u8 is None) == (mode[-1] not in "aA") and found.gray == (mode == "La")


def test_a_pillow_palette_with_alpha_becomes_alpha() -> None:
    image = Image.fromarray(samples(1)[..., 0] % 2).convert("P")
    image.putpalette([1, 2, 3, 40, 5, 6, 7, 80], "RGBA")
    found = read(image)
    opacity = np.array([40, 80], np.uint8)
    assert np.array_equal(found.alpha_u8, opacity[samples(1)[..., 0] % 2])


def test_a_phones_jpeg_with_a_second_picture_gives_the_first() -> None:
    file = saved(smooth("RGB"), "MPO", save_all=True, append_images=[GRAY.convert("RGB")])
    assert Image.open(BytesIO(file)).n_frames == 2
    found = read(file)
    assert np.array_equal(found.rgb_u8, np.array(Image.open(BytesIO(file))))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "deflated TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied_to_covers_only(format: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    options: dict[str, Any] = {"exif": exif}
    if format == "deflated TIFF":
        format, options = "TIFF", {**options, "compression": "tiff_adobe_deflate"}
    image = RGB if format == "JPEG" else RGBA
    if format == "WEBP":
        options.update(lossless=True, exact=True)
    plain = {key: value for key, value in options.items() if key != "exif"}
    stored = np.array(Image.open(BytesIO(saved(image, format, **plain))))
    file = saved(image, format, **options)
    turned, exact = read(file), read_exact(file)
    assert np.array_equal(stack(turned), TURNS[orientation](stored))
    assert np.array_equal(stack(exact), stored)


@pytest.mark.parametrize("value", [0, 9, 60_000])
def test_an_orientation_that_does_not_exist_is_ignored(value: int) -> None:
    exif = Image.Exif()
    exif[274] = value
    assert np.array_equal(read(saved(RGB, "PNG", exif=exif)).rgb_u8, samples(3))


#: EXIF whose orientation is the text "6".
TEXT = b"II*\0\x08\0\0\0" + b"\1\0" + b"\x12\1\2\0\2\0\0\0" + b"6\0\0\0" + bytes(4)


@pytest.mark.parametrize("exif", [b"II*\0\xff\xff\xff\xff", b"no EXIF at all", b"II*\0", TEXT])
def test_damaged_exif_is_ignored(exif: bytes) -> None:
    for format in ("PNG", "WEBP"):
        wanted = read(saved(RGB, format)).rgb_u8
        found = read(saved(RGB, format, exif=b"Exif\0\0" + exif))
        assert np.array_equal(found.rgb_u8, wanted)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_samples_stay_and_the_profile_goes_along(format: str) -> None:
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    for profile in (PROFILE, b"not a profile at all"):
        found = read(saved(RGBA, format, icc_profile=profile, **options))
        assert np.array_equal(stack(found), samples(4)) and found.profile == profile
    assert read(saved(RGBA, format, **options)).profile == b""

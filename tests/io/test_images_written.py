"""Writing images: bytes, suffixes, and what is checked beforehand."""

from __future__ import annotations

import os
import struct
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from image_files import GRAY, PROFILE, RGBA, samples, saved, stack
from PIL import Image

from keystego_tf.io.images import (
    LOSSLESS,
    Picture,
    check_output,
    encode,
    format_of,
    read,
    read_exact,
)

PHOTOS = Path(os.environ.get("KEYSTEGO_PHOTOS", Path(__file__).parents[2] / "shared" / "data"))


@pytest.mark.parametrize(
    ("suffix", "alpha"),
    [(each, False) for each in LOSSLESS] + [(each, True) for each in LOSSLESS if each != ".bmp"],
)
def test_what_is_written_is_read_again(suffix: str, alpha: bool, tmp_path: Path) -> None:
    opacity = samples(4)[..., 3] if alpha else None
    picture = Picture(samples(4)[..., :3], opacity)
    path = tmp_path / f"stego{suffix}"
    path.write_bytes(encode(picture, format_of(path)))
    found = read_exact(path)
    assert np.array_equal(stack(found), stack(picture)) and not found.gray
    assert np.array_equal(stack(read(path)), stack(picture))


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("profile", [b"", PROFILE], ids=["without", "with profile"])
@pytest.mark.parametrize("mode", ["RGB", "L", "equal RGB", "RGBA", "LA"])
def test_files_are_those_of_a_plain_save(format: str, profile: bytes, mode: str) -> None:
    if format == "BMP" and mode[-1] == "A":
        pytest.skip("BMP keeps no transparency")
    image = GRAY.convert("RGB") if mode == "equal RGB" else RGBA.convert(mode)
    if mode == "LA":
        image.putalpha(GRAY)
    cover = saved(image, "PNG", **({"icc_profile": profile} if profile else {}))
    options: dict[str, Any] = {}
    if format == "WEBP":  # where a plain save forgets the profile, and with it the colours
        options = {"lossless": True, "exact": True, "icc_profile": profile}
    with Image.open(BytesIO(cover)) as opened:
        assert encode(read(cover), format) == saved(opened, format, **options)


def test_a_png_has_its_three_chunks_only() -> None:
    file = encode(read(saved(RGBA, "PNG", dpi=(72, 72))), "PNG")
    names, place = [], 8
    while place < len(file):
        (length,) = struct.unpack_from(">I", file, place)
        names.append(file[place + 4 : place + 8])
        place += length + 12
    assert names == [b"IHDR", b"IDAT", b"IEND"]


def test_what_a_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    clear = Picture(samples(3), samples(1)[..., 0])
    wide = Picture(np.zeros((1, 16384, 3), np.uint8))
    with pytest.raises(ValueError, match=r"transparency, which \.bmp cannot keep"):
        encode(clear, "BMP")
    with pytest.raises(ValueError, match=r"\.bmp cannot keep"):
        check_output(tmp_path / "a.bmp", clear)
    with pytest.raises(ValueError, match=r"16384 x 1 pixels, but \.webp takes"):
        encode(wide, "WEBP")
    assert encode(Picture(wide.rgb_u8[:, 1:]), "WEBP")
    with pytest.raises(ValueError, match="format is 'JPEG', but must be one of PNG, WEBP, TIFF"):
        encode(clear, "JPEG")


def test_the_suffix_chooses_the_format() -> None:
    for suffix, format in LOSSLESS.items():
        assert format_of(f"a.b{suffix}") == format_of(Path("A" + suffix.upper())) == format
    assert format_of("a.jpg") == format_of("A.JPEG") == format_of("a.jfif") == "JPEG"


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("a.avif", r"lossy compression of \.avif"),
        ("a.heic", r"lossy compression of \.heic"),
        ("a.gif", r"the palette of \.gif, 256 colours, would destroy the message"),
        ("a.xyz", r"ends in '\.xyz', but must end in one of \.png, \.webp, \.tif, \.tiff, \.bmp"),
        ("a", r"a' has no ending, but must end in one of"),
        (".png", r"/\.png' has no ending, but must end in one of"),
    ],
)
def test_other_suffixes_are_refused(name: str, rule: str, tmp_path: Path) -> None:
    for check in (format_of, check_output):
        with pytest.raises(ValueError, match=rule):
            check(tmp_path / name)


def test_an_output_is_checked_before_the_work(tmp_path: Path) -> None:
    assert check_output(tmp_path / "a.PNG", Picture(samples(3))) == "PNG"
    assert check_output("a.tif") == "TIFF"
    with pytest.raises(ValueError, match=r"there is no folder .*none"):
        check_output(tmp_path / "none" / "a.png")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match=r"file is not a folder"):
        check_output(tmp_path / "file" / "a.png")
    with (
        mock.patch.object(os, "access", return_value=False),
        pytest.raises(ValueError, match="takes no files of yours"),
    ):
        check_output(tmp_path / "a.png")


@pytest.mark.parametrize(
    "arrays",
    [
        (samples(4),),
        (samples(3)[..., 0],),
        (samples(3).astype(np.float32),),
        (samples(3)[:0],),
        (samples(3), samples(1)),
        (samples(3), samples(3)[1:, :, 0]),
        (samples(3), samples(3)[..., 0].astype(np.int64)),
    ],
)
def test_a_picture_has_the_shapes_and_types_it_says(arrays: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(ValueError, match=r"_u8 is .*, but must be uint8"):
        Picture(*arrays)


@pytest.mark.skipif(not PHOTOS.is_dir(), reason=f"no photos in {PHOTOS}; set KEYSTEGO_PHOTOS")
def test_real_photos_survive_writing_and_reading() -> None:
    paths = sorted((PHOTOS / "imagenet-sample" / "test").iterdir())[:3]
    assert paths
    for path in paths:
        picture = read(path)
        assert picture.rgb_u8.std() > 1
        for format in ("PNG", "WEBP", "TIFF", "BMP"):
            assert np.array_equal(read_exact(encode(picture, format)).rgb_u8, picture.rgb_u8)


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".bmp", ".webp"])
@pytest.mark.parametrize("alpha", [False, True])
def test_gray_stays_gray(suffix: str, alpha: bool) -> None:
    """WebP has no gray of its own, but equal channels are as good."""
    if alpha and suffix == ".bmp":
        pytest.skip("BMP keeps no transparency")
    rng = np.random.default_rng(0)
    plane, opacity = (rng.integers(0, 256, (20, 24), dtype=np.uint8) for _ in range(2))
    rgb_u8 = np.repeat(plane[..., None], 3, axis=-1)
    picture = Picture(rgb_u8, opacity if alpha else None, gray=True, stored_gray=True)
    again = read_exact(encode(picture, LOSSLESS[suffix]))
    assert again.gray
    mode = Image.open(BytesIO(encode(picture, LOSSLESS[suffix]))).mode
    assert suffix == ".webp" or mode == ("LA" if alpha else "L")
    np.testing.assert_array_equal(again.rgb_u8, picture.rgb_u8)
    if alpha:
        np.testing.assert_array_equal(again.alpha_u8, opacity)

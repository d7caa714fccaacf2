"""JPEG in, JPEG out: the message comes back, and the file stays what its encoder writes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import jpeglib
import numpy as np
import pytest
from PIL import Image, ImageCms

from keystego_tf import codec
from keystego_tf.data.synthetic import LUMA, dead_leaves
from keystego_tf.io import jpeg
from keystego_tf.io.jpeg import segments
from keystego_tf.payload.frame import NothingThere
from keystego_tf.payload.keys import SecretKey, SharedKey
from keystego_tf.steganalysis.simple import structure

KEY = SharedKey(bytes(range(32)))
MESSAGE = b"At noon, by the river"


def leaves(mode: str = "RGB", side: int = 192) -> Image.Image:
    image = dead_leaves(np.random.default_rng(4), side)
    return Image.fromarray((image @ LUMA).astype(np.uint8) if mode == "L" else image)


def saved(image: Image.Image | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    (image or leaves()).save(file, "JPEG", **{"quality": 85, **options})
    return file.getvalue()


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def decoded(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimize": True},
        {"progressive": True},
        {"subsampling": 0, "quality": 60},
        {"restart_marker_rows": 1, "subsampling": 1},
        {"quality": 97},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_message_comes_back_from_a_file_of_the_same_structure(options: dict, mode: str) -> None:
    cover = saved(leaves(mode), **options)
    stego = codec.hide(cover, MESSAGE, key=KEY)
    assert codec.reveal(stego.file, key=KEY) == MESSAGE
    before, after = jpeg.read(cover), jpeg.read(stego.file)
    changes = after.components[0].coefficients - before.components[0].coefficients
    assert np.abs(changes).max() == 1 and np.count_nonzero(changes) == stego.changed < 250
    assert all(
        np.array_equal(old.coefficients, new.coefficients)
        for old, new in zip(before.components[1:], after.components[1:])
    )
    kinds = [
        [(e.marker, b"" if e.marker == 0xC4 else e.payload) for e in segments.split(content)[0]]
        for content in (cover, stego.file)
    ]
    assert kinds[0] == kinds[1] and structure.oddities(stego.file) == []
    assert stego.psnr > 45 and decoded(stego.file).size == decoded(cover).size
    assert abs(len(stego.file) - len(cover)) < 0.02 * len(cover) + 100


def test_a_key_pair_and_wrong_keys() -> None:
    secret = SecretKey.generate()
    stego = codec.hide(saved(), MESSAGE, to=secret.public)
    assert codec.reveal(stego.file, key=secret) == MESSAGE
    for other in (SecretKey.generate(), KEY):
        with pytest.raises(NothingThere):
            codec.reveal(stego.file, key=other)
    with pytest.raises(NothingThere):
        codec.reveal(saved(), key=KEY)


def test_orientation_and_profile_stay_and_the_rest_goes() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "a camera", 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    cover = saved(exif=exif, icc_profile=profile, comment=b"made by somebody")
    found = decoded(codec.hide(cover, MESSAGE, key=KEY).file)
    assert dict(found.getexif()) == {0x0112: 6} and found.info["icc_profile"] == profile
    assert "comment" not in found.info


@pytest.mark.parametrize("build", ["turbo210", "mozjpeg403", "6b"])
@pytest.mark.parametrize("flags", [[], ["+OPTIMIZE_CODING"]])
def test_lossless_transcoders_keep_the_message(
    build: str, flags: list[str], tmp_path: Path
) -> None:
    """As jpegtran and mozjpeg's optimiser do: other tables and scans, the same coefficients."""
    path = tmp_path / "it.jpg"
    path.write_bytes(codec.hide(saved(), MESSAGE, key=KEY).file)
    with jpeglib.version(build):
        jpeglib.read_dct(str(path)).write_dct(str(path), flags=flags)
    assert codec.reveal(path, key=KEY) == MESSAGE


def test_a_recompressed_file_holds_nothing() -> None:
    stego = codec.hide(saved(), MESSAGE, key=KEY)
    with pytest.raises(NothingThere):
        codec.reveal(saved(decoded(stego.file), quality=70), key=KEY)


def test_what_fits_is_said_and_holds(tmp_path: Path) -> None:
    cover = saved()
    most = codec.capacity(cover, "syndrome")[0].message
    assert most is not None
    nonzero = jpeg.read(cover).components[0].coefficients.copy()
    nonzero[..., 0, 0] = 0
    assert most < 0.4 * np.count_nonzero(nonzero) / 8
    message = np.random.default_rng(0).bytes(most - 1)  # packing takes a byte
    stego = codec.hide(cover, message, key=KEY)
    assert codec.reveal(stego.file, key=KEY) == message
    with pytest.raises(codec.DoesNotFit, match=f"the image holds {most:,} with syndrome"):
        codec.hide(cover, message + bytes([1, 77, 200]), key=KEY)
    flat = saved(Image.new("RGB", (192, 192), "gray"))
    assert codec.capacity(flat, "syndrome")[0].message is None
    with pytest.raises(codec.DoesNotFit, match="too little texture for any message"):
        codec.hide(flat, b"", key=KEY)


def test_a_lossless_file_from_a_jpeg_is_refused_with_the_ways_out(tmp_path: Path) -> None:
    path, out = tmp_path / "photo.jpg", tmp_path / "out.png"
    path.write_bytes(saved())
    with pytest.raises(ValueError, match=r"photo.jpg is a JPEG.*Write a .jpg.*--scale.*--anyway"):
        codec.hide(path, MESSAGE, out, key=KEY)
    assert not out.exists()
    codec.hide(path, MESSAGE, out, key=KEY, anyway=True)
    assert codec.reveal(out, key=KEY) == MESSAGE and decoded(out.read_bytes()).size == (192, 192)
    smaller = tmp_path / "smaller.png"
    codec.hide(path, MESSAGE, smaller, key=KEY, scale=0.7)
    assert codec.reveal(smaller, key=KEY) == MESSAGE
    assert decoded(smaller.read_bytes()).size == (134, 134)
    with pytest.raises(ValueError, match=r"scale is 1.5, but must be 0.1 to 0.9"):
        codec.hide(path, MESSAGE, tmp_path / "third.png", key=KEY, scale=1.5)


def test_a_lossy_webp_is_warned_about() -> None:
    file, exact = io.BytesIO(), io.BytesIO()
    leaves().save(file, "WEBP", quality=80)
    with pytest.warns(UserWarning, match="is a lossy WebP, and changes may show"):
        codec.hide(file.getvalue(), MESSAGE, key=KEY)
    codec.hide(file.getvalue(), MESSAGE, key=KEY, scale=0.7)
    clear, behind = leaves().copy(), io.BytesIO()
    clear.putalpha(Image.effect_noise(clear.size, 90))  # comes before the samples, and is long
    clear.save(behind, "WEBP", quality=80)
    with pytest.warns(UserWarning, match="is a lossy WebP, and changes may show"):
        codec.hide(behind.getvalue(), MESSAGE, key=KEY)
    leaves().save(exact, "WEBP", lossless=True, exif=b"Exif\0\0")
    codec.hide(exact.getvalue(), MESSAGE, key=KEY)


def test_nets_are_under_the_same_rule(tmp_path: Path) -> None:
    path, nets = tmp_path / "photo.jpg", "keyed-symmetric-0.5"
    path.write_bytes(saved(leaves(side=256)))
    with pytest.raises(ValueError, match=r"photo.jpg is a JPEG: .* file shows against it. shrink"):
        codec.hide(path, MESSAGE, key=KEY, model=nets)
    with pytest.warns(UserWarning, match="was a JPEG once"):
        codec.hide(png(decoded(saved(leaves(side=256)))), MESSAGE, key=KEY, model=nets)
    for way in ({"scale": 0.6}, {"anyway": True}):
        stego = codec.hide(path, MESSAGE, key=KEY, model=nets, **way)
        assert codec.reveal(stego.file, key=KEY) == MESSAGE


def test_changes_in_a_flat_area_are_warned_about() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    drawing = np.full((64, 64), 100, np.uint8)
    drawing[:30] = noise[:30]
    codec.hide(png(Image.fromarray(drawing)), MESSAGE, key=KEY)  # goes where the noise is
    drawing[2:] = 100
    with pytest.warns(UserWarning, match="changes show in flat areas, where the cover has none"):
        codec.hide(png(Image.fromarray(drawing)), MESSAGE, key=KEY)


def test_what_is_told_of_a_jpeg() -> None:
    cover = saved()
    stego = codec.hide(cover, MESSAGE, key=KEY)
    plane = jpeg.read(cover).components[0].coefficients.reshape(-1, 64)[:, 1:]
    assert stego.rate == (stego.bits + 8 * 16) / np.count_nonzero(plane)
    assert codec.hide(png(leaves()), MESSAGE, key=KEY).rate is None


def test_openings_for_a_public_key() -> None:
    """Every image has one for the syndrome embedder; of nets, those that were put there."""
    secret, nets = SecretKey.generate(), "keyed-asymmetric-0.0625"
    cover = png(leaves(side=256))
    for model, names in ((None, ["syndrome"]), (nets, ["syndrome", nets])):
        stego = codec.hide(cover, MESSAGE, to=secret.public, model=model)
        assert [name for name, _ in codec.openings(stego.file, secret.public)] == names
    assert [name for name, _ in codec.openings(cover, SecretKey.generate().public)] == ["syndrome"]
    stego = codec.hide(saved(), MESSAGE, to=secret.public)
    ((_, opening),) = codec.openings(stego.file, secret.public)
    assert len(opening) == 32


def test_a_png_that_was_a_jpeg_is_warned_about() -> None:
    with pytest.warns(UserWarning, match="was a JPEG once"):
        codec.hide(png(decoded(saved())), MESSAGE, key=KEY)
    codec.hide(png(leaves()), MESSAGE, key=KEY)  # a warning would be an error


def test_no_jpg_from_what_is_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"is no JPEG file, and .jpg takes one"):
        codec.hide(png(leaves()), MESSAGE, tmp_path / "out.jpg", key=KEY)
    with pytest.raises(ValueError, match=r"no JPEG any more"):
        codec.hide(saved(), MESSAGE, tmp_path / "out.jpg", key=KEY, scale=0.5)
    with pytest.raises(ValueError, match="nets change samples"):
        codec.hide(saved(), MESSAGE, tmp_path / "out.jpg", key=KEY, model="keyed-symmetric-0.5")


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_gray_stays_gray(mode: str) -> None:
    """In a file of three channels, too, whose number stays as well."""
    gray = leaves("L").convert(mode)
    found = codec.hide(png(gray), MESSAGE, key=KEY)
    assert found.picture.gray and decoded(found.file).mode == mode
    assert decoded(codec.hide(saved(leaves("L")), MESSAGE, key=KEY).file).mode == "L"
    equal = decoded(codec.hide(saved(leaves("L").convert("RGB")), MESSAGE, key=KEY).file)
    assert equal.mode == "RGB" and (np.ptp(np.asarray(equal), axis=-1) == 0).all()


def test_stored_samples_and_their_profile_stay() -> None:
    """Only what is changed for the message differs, whatever colours the profile gives them."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    file = io.BytesIO()
    leaves().save(file, "PNG", icc_profile=profile)
    stego = codec.hide(file.getvalue(), MESSAGE, key=KEY)
    found = decoded(stego.file)
    assert found.info["icc_profile"] == profile
    assert np.count_nonzero(np.asarray(found) != np.asarray(leaves())) == stego.changed < 300


def test_an_opened_jpeg_becomes_a_jpeg_or_nothing() -> None:
    cover, key = jpeg.read(saved()), SharedKey.generate()
    stego = codec.hide(cover, b"at noon", key=key)
    assert codec.reveal(stego.file, key=key) == b"at noon"
    for wishes, rule in (
        ({"out": "x.png"}, "is an opened JPEG file, which becomes no other format"),
        ({"scale": 0.5}, "a scaled cover is no JPEG any more"),
        ({"model": "keyed-symmetric-0.0625"}, r"nets change samples, which a \.jpg would not keep"),
    ):
        with pytest.raises(ValueError, match=rule):
            codec.hide(cover, b"at noon", key=key, **wishes)

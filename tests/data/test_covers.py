"""Covers from folders and named data sets: formats, what is skipped, what is refused."""

from __future__ import annotations

import shutil
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keystego_tf.data import encoded
from keystego_tf.data.covers import (
    FolderCovers,
    SkippedFile,
    Subset,
    SyntheticCovers,
    UnusableCover,
    assert_disjoint,
    open_covers,
    split_covers,
    usable_images,
)


def picture(seed: int = 0, height: int = 20, width: int = 24, channels: int = 3) -> np.ndarray:
    """Smooth but for a little noise, so that lossy formats stay near it; uint8."""
    rng = np.random.default_rng(seed)
    rows, columns = np.arange(height)[:, None, None], np.arange(width)[None, :, None]
    slopes = rng.uniform(0.5, 2, (2, channels))
    ramp = 60 + slopes[0] * rows + slopes[1] * columns + rng.integers(0, 60)
    return (ramp + rng.integers(0, 3, ramp.shape)).astype(np.uint8)


def save(path: Path, pixels: np.ndarray, mode: str | None = None, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def open_folder(path: Path, channels: int = 3, least_side: int = 16) -> FolderCovers:
    return FolderCovers(path, channels, least_side)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.webp", "a.ppm", "a.PNG"])
def test_lossless_colour_formats_keep_every_sample(tmp_path, name):
    save(tmp_path / name, picture(), **({"lossless": True} if name == "a.webp" else {}))
    np.testing.assert_array_equal(open_folder(tmp_path).image(0), picture())


def test_jpeg_is_read(tmp_path):
    save(tmp_path / "a.jpg", picture(), quality=98)
    assert np.abs(open_folder(tmp_path).image(0).astype(int) - picture()).mean() < 3


@pytest.mark.parametrize("name", ["a.pgm", "a.png", "a.tif"])
def test_grayscale_both_ways(tmp_path, name):
    gray = picture(channels=1)
    save(tmp_path / name, gray)
    np.testing.assert_array_equal(open_folder(tmp_path, channels=1).image(0), gray)
    np.testing.assert_array_equal(open_folder(tmp_path).image(0), gray.repeat(3, axis=2))


def test_colour_to_grayscale_is_luma(tmp_path):
    save(tmp_path / "a.png", picture())
    gray = open_folder(tmp_path, channels=1).image(0)
    assert gray.shape == (20, 24, 1)
    np.testing.assert_allclose(gray[..., 0], picture() @ [0.299, 0.587, 0.114], atol=1)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("mode", ["P", "RGBA", "LA", "1", "CMYK"])
def test_other_modes_are_converted(tmp_path, mode, channels):
    name = "a.tif" if mode == "CMYK" else "a.png"
    save(tmp_path / name, picture(), mode)
    image = open_folder(tmp_path, channels).image(0)
    assert image.shape == (20, 24, channels)
    if mode not in ("1", "P"):
        expected = picture().mean(axis=2)
        np.testing.assert_allclose(image.mean(axis=2), expected, atol=12)


@pytest.mark.parametrize("channels", [1, 3])
def test_palette_with_transparency(tmp_path, channels):
    image = Image.fromarray(picture()).quantize(8)
    image.save(tmp_path / "a.png", transparency=bytes(range(0, 240, 30)))
    expected = np.asarray(image.convert("RGB" if channels == 3 else "L"))
    opened = open_folder(tmp_path, channels).image(0)
    np.testing.assert_allclose(opened.squeeze(), expected, atol=1)


def test_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # stored turned: show it rotated clockwise by a right angle
    save(tmp_path / "a.png", picture(), exif=exif)
    np.testing.assert_array_equal(open_folder(tmp_path).image(0), np.rot90(picture(), -1))


def test_nested_sorted_and_hidden(tmp_path):
    for number, name in enumerate(["b/x.png", "a/deep/y.png", "c.png", ".h.png", "b/.hid/z.png"]):
        save(tmp_path / "set" / name, picture(number))
    (tmp_path / "set" / "notes.txt").write_text("not an image")
    covers = open_folder(tmp_path / "set")
    labels = [Path(covers.label(i)).relative_to(tmp_path / "set").as_posix() for i in range(3)]
    assert len(covers) == 3
    assert labels == ["a/deep/y.png", "b/x.png", "c.png"]
    assert covers.name == "set"
    np.testing.assert_array_equal(covers.image(1), picture(0))


def sixteen_bit(path: Path) -> None:
    Image.fromarray(np.full((20, 20), 40000, np.uint16)).save(path)


def sixteen_bit_colours(path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = chunk(b"IHDR", struct.pack(">2I5B", 20, 20, 16, 2, 0, 0, 0))
    samples = chunk(b"IDAT", zlib.compress(20 * bytes(1 + 20 * 6)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + samples + chunk(b"IEND", b""))


def truncated(path: Path) -> None:
    whole = save(path, np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    path.write_bytes(whole.read_bytes()[:-3000])


UNUSABLE = {
    "empty.png": lambda path: path.write_bytes(b""),
    "text.jpg": lambda path: path.write_text("not a JPEG"),
    "short.png": truncated,
    "colours.png": sixteen_bit_colours,
    "short.jpg": truncated,
    "small.png": lambda path: save(path, picture(height=15, width=40)),
    "deep.png": sixteen_bit,
    "deep.tif": sixteen_bit,
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_files_are_skipped_when_they_are_met(tmp_path, name):
    save(tmp_path / "a.png", picture())
    UNUSABLE[name](tmp_path / name)
    covers = open_folder(tmp_path)
    assert (len(covers), covers.skipped) == (2, 0), "nobody has asked for it yet"
    with pytest.warns(SkippedFile, match=f"skipped .*{name}: .+") as caught:
        for _ in range(2):
            with pytest.raises(UnusableCover, match=f"{name}: .+"):
                covers.image(1)
    assert (len(caught), covers.skipped) == (1, 1), "named and counted once"
    assert [index for index, _ in usable_images(covers)] == [0]


def test_opening_goes_on_to_the_first_that_can_be_used(tmp_path):
    for name in ("empty.png", "short.jpg", "small.png"):
        UNUSABLE[name](tmp_path / name)
    save(tmp_path / "t.png", picture())
    UNUSABLE["text.jpg"](tmp_path / "z.jpg")
    with pytest.warns(SkippedFile) as caught:
        covers = open_folder(tmp_path)
    assert (len(caught), covers.skipped, len(covers)) == (3, 3, 5)


def test_reasons_are_given(tmp_path):
    save(tmp_path / "a.png", picture())
    UNUSABLE["small.png"](tmp_path / "b.png")
    UNUSABLE["deep.png"](tmp_path / "c.png")
    with pytest.warns(SkippedFile) as caught:
        assert len(list(usable_images(open_folder(tmp_path)))) == 1
    small, deep = (str(each.message) for each in caught)
    assert "is 40 x 15, but the shorter side must be at least 16" in small
    assert "has more than 8 bits a sample, but must have 8" in deep


@pytest.mark.parametrize("strict", [True, False])
def test_decompression_bombs_are_skipped(tmp_path, monkeypatch, strict):
    save(tmp_path / "a.png", picture())
    save(tmp_path / "warned.png", picture(height=30, width=30))
    save(tmp_path / "x-refused.png", picture(height=60, width=60))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20 * 24)
    covers = open_folder(tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if strict:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
        assert len(list(usable_images(covers))) == 1
    skipped = [str(each.message) for each in caught if each.category is SkippedFile]
    assert len(skipped) == covers.skipped == 2
    assert all("decompression bomb" in message for message in skipped)


def test_folders_without_covers_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"nowhere.* no such directory"):
        open_folder(tmp_path / "nowhere")
    (tmp_path / "a.txt").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"a\.txt is not a folder .*: it is a file") as error:
        open_folder(Path("a.txt"))
    assert str(tmp_path / "a.txt") in str(error.value)
    with pytest.raises(ValueError, match=r"0 image files seen, 0 skipped.*at least 16 pixels"):
        open_folder(tmp_path)
    UNUSABLE["small.png"](tmp_path / "small.png")
    with (
        pytest.warns(SkippedFile),
        pytest.raises(ValueError, match=f"{tmp_path.name}.* 1 image files seen, 1 skipped"),
    ):
        open_folder(tmp_path)


def test_decoded_images_are_kept_up_to_a_number_of_bytes(tmp_path, monkeypatch):
    for number in range(4):
        save(tmp_path / f"{number}.png", picture(number))
    monkeypatch.setattr(encoded, "CACHE_BYTES", 2 * 20 * 24 * 3 + 1)
    covers = open_folder(tmp_path)
    images = [covers.image(number) for number in range(4)]
    for number, image in enumerate(images):
        np.testing.assert_array_equal(image, picture(number))
        assert not image.flags.writeable
        again = covers.image(number)
        np.testing.assert_array_equal(again, image)
        assert (again is image) == (number < 2)


@pytest.mark.parametrize("spec", [None, "synthetic"])
def test_open_synthetic(spec):
    covers = open_covers(spec, channels=1, least_side=200, seed=3)
    assert isinstance(covers, SyntheticCovers)
    assert (covers.side, covers.channels, covers.seed) == (200, 1, 3)
    assert open_covers(spec, 3, least_side=16, seed=3).image(0).shape == (160, 160, 3)


def test_open_folder(tmp_path):
    save(tmp_path / "a.png", picture())
    covers = open_covers(str(tmp_path), channels=3, least_side=16, seed=0)
    assert isinstance(covers, FolderCovers)


def test_overlap_is_found_whatever_the_file_is_called(tmp_path):
    save(tmp_path / "train" / "a.png", picture(0))
    save(tmp_path / "train" / "b.png", picture(1))
    save(tmp_path / "test" / "c.png", picture(2))
    train = open_folder(tmp_path / "train")
    assert_disjoint(train, open_folder(tmp_path / "test"))
    shutil.copy(tmp_path / "train" / "b.png", tmp_path / "test" / "copy.png")
    with pytest.raises(ValueError, match=r"copy\.png is in the test covers.*train.b\.png"):
        assert_disjoint(train, open_folder(tmp_path / "test"))
    (tmp_path / "test" / "copy.png").unlink()
    (tmp_path / "test" / "link.png").symlink_to(tmp_path / "train" / "a.png")
    with pytest.raises(ValueError, match=r"link\.png is in the test covers.*train.a\.png"):
        assert_disjoint(train, open_folder(tmp_path / "test"))
    with pytest.raises(ValueError, match="have 1 channels, but the training covers 3"):
        assert_disjoint(train, open_folder(tmp_path / "test", channels=1))


def test_files_of_equal_size_that_differ_are_different(tmp_path):
    """BMP files: 32 KB, more than the digest's blocks, differing at the start, middle or end."""
    paths = []
    for number, row in enumerate((0, 50, 99)):
        pixels = np.zeros((100, 120, 3), np.uint8)
        pixels[row] = 200
        paths.append(save(tmp_path / f"{number}.bmp", pixels))
    shutil.copy(paths[1], tmp_path / "3.bmp")
    covers = open_folder(tmp_path)
    assert {covers.file_size(index) for index in range(4)} == {paths[0].stat().st_size}
    digests = [covers.digest(index) for index in range(4)]
    assert len(set(digests[:3])) == 3 and digests[3] == digests[1]


@pytest.mark.parametrize("share, held_out", [(0.1, 2), (0.001, 1), (0.999, 19)])
def test_split_is_disjoint_and_complete(share, held_out):
    covers = SyntheticCovers(3, 16, count=20)
    train, test = split_covers(covers, share, seed=4)
    assert_disjoint(train, test)
    assert (len(train), len(test)) == (20 - held_out, held_out)
    parts = [part.digest(index) for part in (train, test) for index in range(len(part))]
    assert sorted(parts) == sorted(covers.digest(index) for index in range(20))
    again = split_covers(covers, share, seed=4)[1]
    assert [again.label(i) for i in range(held_out)] == [test.label(i) for i in range(held_out)]


def test_split_depends_on_the_seed():
    covers = SyntheticCovers(3, 16, count=50)
    tests = [split_covers(covers, 0.2, seed)[1] for seed in range(3)]
    assert len({tuple(test.label(i) for i in range(10)) for test in tests}) == 3


def test_copies_stay_on_one_side(tmp_path):
    for number in range(12):
        path = save(tmp_path / f"{number:02}.png", picture(number // 3))
    save(path.with_name("other.png"), picture(99, height=30))
    (tmp_path / "00.png").rename(tmp_path / "zz.png")
    for seed in range(5):
        train, test = split_covers(open_folder(tmp_path), 0.25, seed)
        assert_disjoint(train, test)
        held_out = [test.label(index) for index in range(len(test))]
        assert len(held_out) == 3 or held_out == [str(tmp_path / "other.png")]
        assert len(train) + len(test) == 13


def test_split_refuses_what_it_cannot_do(tmp_path):
    with pytest.raises(ValueError, match=r"share is 1, but must be in \(0, 1\)"):
        split_covers(SyntheticCovers(3, 16), 1, seed=0)
    with pytest.raises(ValueError, match="has 1 pictures"):
        split_covers(SyntheticCovers(3, 16, count=1), 0.5, seed=0)


def test_subset_shows_the_covers_it_names():
    covers = SyntheticCovers(1, 16, count=9)
    subset = Subset(covers, np.array([8, 2]))
    assert (len(subset), subset.name, subset.channels) == (2, "synthetic", 1)
    np.testing.assert_array_equal(subset.image(0), covers.image(8))
    assert subset.label(1) == covers.label(2)


def test_remarks_of_pillow_do_not_count(tmp_path):
    save(tmp_path / "a.jpg", picture(), exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0")
    with pytest.warns(UserWarning, match="EXIF"), Image.open(tmp_path / "a.jpg") as image:
        image.getexif().get_ifd(0x8769)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        covers = open_folder(tmp_path)
    assert (len(covers), covers.skipped) == (1, 0)
    assert not [each for each in caught if each.category is SkippedFile]


def test_opening_leaves_the_warning_filters_alone(tmp_path):
    save(tmp_path / "a.png", picture())
    before = list(warnings.filters)
    open_folder(tmp_path)
    assert warnings.filters == before

"""Images that are refused: by kind, by size, and for damage; and random files."""

from __future__ import annotations

import os
import struct
import zlib
from io import BytesIO
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_files import FILES, GRAY, HEIGHT, PROFILE, RGB, RGBA, WIDTH, png, saved, smooth
from PIL import Image

from keystego_tf.io import images
from keystego_tf.io.images import Picture, read, read_exact


def tiff_of_16_bits(channels: int) -> bytes:
    """Uncompressed, little-endian, one strip, 2 x 1 pixels; gray or RGB."""
    data = struct.pack(f"<{2 * channels}H", *range(1000, 1000 + 2 * channels))
    start = 8 + 2 + 9 * 12 + 4
    bits = (16, 3, 3, start + len(data)) if channels == 3 else (16, 3, 1, 16)
    entries = [
        (256, 3, 1, 2),
        (257, 3, 1, 1),
        (258, *bits[1:]),
        (259, 3, 1, 1),
        (262, 3, 1, 2 if channels == 3 else 1),
        (273, 4, 1, start),
        (277, 3, 1, channels),
        (278, 3, 1, 1),
        (279, 4, 1, len(data)),
    ]
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(4)
    return head + data + struct.pack("<3H", 16, 16, 16)


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
def test_a_png_of_16_bits_is_refused(colour: int) -> None:
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    row = b"\0" + bytes(range(2 * channels))
    file = png(1, 1, 16, colour, row[: 1 + 2 * channels])
    assert Image.open(BytesIO(file)).load()
    with pytest.raises(ValueError, match="more than 8 bits a sample: convert it to 8 bits"):
        read(file)
    with pytest.raises(ValueError, match="8 bits"):
        read_exact(file)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_tiff_of_16_bits_is_refused(channels: int) -> None:
    file = tiff_of_16_bits(channels)
    assert Image.open(BytesIO(file)).load()
    with pytest.raises(ValueError, match="convert it to 8 bits"):
        read(file)


@pytest.mark.parametrize("magic", ["P2", "P3", "P5", "P6"])
@pytest.mark.parametrize("largest", [256, 1000, 65535])
def test_a_ppm_of_more_than_8_bits_is_refused(magic: str, largest: int) -> None:
    count = 3 if magic in ("P3", "P6") else 1
    body = b" ".join([b"200"] * count) if magic in ("P2", "P3") else b"\0\1" * count
    file = f"{magic} 1 1 {largest}\n".encode() + body
    assert Image.open(BytesIO(file)).load()
    with pytest.raises(ValueError, match="convert it to 8 bits"):
        read(file)


def test_a_ppm_of_fewer_than_8_bits_is_read() -> None:
    assert read(b"P6 1 1 15\n\x0f\x00\x05").rgb_u8.tolist() == [[[255, 0, 85]]]


@pytest.mark.parametrize("mode", ["I", "F", "I;16"])
def test_wide_pillow_images_are_refused(mode: str) -> None:
    with pytest.raises(ValueError, match="the image has more than 8 bits"):
        read(Image.new(mode, (4, 4)))


@pytest.mark.parametrize("mode", ["I;16", "F"])
def test_wide_files_are_refused(mode: str) -> None:
    with pytest.raises(ValueError, match="more than 8 bits"):
        read(saved(Image.new(mode, (4, 4)), "TIFF"))


@pytest.mark.parametrize("mode", ["LAB", "CMYK"])
def test_other_colours_are_refused(mode: str) -> None:
    """Converted, they would not be the samples that the file stores."""
    files = [saved(Image.new(mode, (4, 4)), "TIFF")]
    if mode == "CMYK":
        files.append(saved(smooth(mode), "JPEG"))
    for file in files:
        with pytest.raises(ValueError, match=f"colours {mode}: convert it to RGB"):
            read(file)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_and_pages_are_refused(format: str) -> None:
    frames = [smooth("RGB"), smooth("RGB").rotate(180)]
    file = saved(frames[0], format, save_all=True, append_images=frames[1:])
    for reader in (read, read_exact):
        with pytest.raises(ValueError, match="several frames or pages"):
            reader(file)


def test_other_formats_are_refused_though_pillow_has_them(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    for file in (saved(RGB, "TGA"), saved(RGB, "ICO"), saved(RGB, "PCX"), b"text", b""):
        path.write_bytes(file)
        with pytest.raises(ValueError, match=r"image\.png is not an image in one of PNG, JPEG"):
            read(path)


def test_a_source_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="source is of type int, but must be a path, bytes"):
        read(3)  # type: ignore[arg-type]


def test_an_image_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="0 x 5 pixels, but must have 1 to"):
        read(Image.new("RGB", (0, 5)))


@pytest.mark.parametrize("side", [60_000, 12_000])
def test_a_bomb_is_refused_by_its_header(side: int, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(side, side, 8, 2, b""))
    with (
        mock.patch.object(images, "_load", side_effect=AssertionError),
        pytest.raises(ValueError, match=r"bomb\.png .*1 to 100000000"),
    ):
        read(path)


def test_a_large_webp_canvas_is_refused_before_it_is_opened() -> None:
    head = b"RIFF\x64\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xff\xff\xff\xff\0\0" + bytes(90)
    with (
        mock.patch.object(Image, "open", side_effect=AssertionError),
        pytest.raises(ValueError, match="16777216 x 256 pixels, but must have 1 to"),
    ):
        read(head)


def test_sizes_at_the_limit_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", HEIGHT * WIDTH)
    # where Pillow itself would warn already
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", HEIGHT * WIDTH - 1)
    assert read(FILES["png"]).rgb_u8.shape == (HEIGHT, WIDTH, 3)
    monkeypatch.setattr(images, "MAX_PIXELS", HEIGHT * WIDTH - 1)
    with pytest.raises(ValueError, match=f"{WIDTH} x {HEIGHT} pixels, but must have 1 to"):
        read(FILES["png"])


def test_large_files_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(FILES["png"])
    size = len(FILES["png"])
    monkeypatch.setattr(images, "MAX_BYTES", size)
    assert read(path) and read(FILES["png"])
    monkeypatch.setattr(images, "MAX_BYTES", size - 1)
    with pytest.raises(ValueError, match=rf"image\.png has {size} bytes, but at most {size - 1}"):
        read(path)
    with pytest.raises(ValueError, match=f"the image has {size} bytes"):
        read(FILES["png"])


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.8])
def test_a_cut_file_is_refused_by_name(name: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    path.write_bytes(FILES[name][: int(share * len(FILES[name]))])
    for reader in (read, read_exact):
        with pytest.raises(ValueError, match=r"cut (is damaged|is not an image)"):
            reader(path)


@pytest.mark.parametrize("error", [MemoryError(), KeyError("x"), AssertionError(), zlib.error("x")])
def test_whatever_a_decoder_raises_is_a_value_error(error: Exception) -> None:
    with (
        mock.patch.object(Image.Image, "load", side_effect=error),
        pytest.raises(ValueError, match="the image is damaged and cannot be decoded: "),
    ):
        read(RGB)


def test_paths_that_cannot_be_opened_stay_os_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.png")
    with pytest.raises(IsADirectoryError):
        read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe is not a regular file"):
        read(tmp_path / "pipe")


def _reads_or_refuses(file: bytes) -> None:
    with mock.patch.object(images, "MAX_PIXELS", 10**6):
        for reader in (read, read_exact):
            try:
                found = reader(file)
            except ValueError:
                continue
            assert isinstance(found, Picture)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([b"", *(file[:16] for file in FILES.values()), b"P3 ", b"P1 "]),
    st.binary(max_size=200),
)
def test_random_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    _reads_or_refuses(start + rest)


FUZZED = [
    *FILES.values(),
    saved(RGB.quantize(7), "PNG", transparency=bytes([255, 0, 128, 7])),
    saved(RGBA, "WEBP", lossless=True, icc_profile=PROFILE),
    saved(RGB, "TIFF", compression="tiff_adobe_deflate", icc_profile=PROFILE),
    saved(
        smooth("CMYK"), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6" + bytes(7)
    ),
    saved(GRAY.convert("1"), "TIFF", compression="group4"),
    b"P3 2 1 255\n1 2 3 4 5 6\n",
    b"P1 2 2\n1 0 0 1\n",
]


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(FUZZED), st.data())
def test_changed_files_are_read_or_refused(file: bytes, data: st.DataObject) -> None:
    places = st.integers(0, len(file) - 1) | st.integers(0, min(len(file) - 1, 60))
    edits = st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)
    changed = bytearray(file)
    for place, value in data.draw(edits):
        changed[place] = value
    _reads_or_refuses(bytes(changed))

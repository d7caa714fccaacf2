"""JPEG files: a plain rewrite is the file itself, other coefficients come back, structure stays."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jpeglib
import numpy as np
import pytest
from PIL import Image

from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.io import jpeg
from keystego_tf.io.jpeg import huffman, segments

PHOTOS = Path(os.environ.get("KEYSTEGO_PHOTOS", Path(__file__).parents[3] / "shared" / "data"))


def picture(size: tuple[int, int] = (83, 61), mode: str = "RGB") -> Image.Image:
    leaves = Image.fromarray(dead_leaves(np.random.default_rng(5), 128))
    return leaves.crop((0, 0, *size)).convert(mode)


def saved(image: Image.Image | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    (image or picture()).save(file, "JPEG", **{"quality": 85, **options})
    return file.getvalue()


def changed(file: jpeg.JpegFile, share: float = 0.02) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    result = []
    for each in file.components:
        step = rng.choice([-1, 1], each.coefficients.shape)
        hit = rng.random(each.coefficients.shape) < share
        result.append((each.coefficients + hit * step).astype(np.int16))
    return result


KINDS: list[dict[str, Any]] = [
    {},
    {"optimize": True},
    {"progressive": True},
    {"restart_marker_rows": 1},
    {"restart_marker_blocks": 3, "progressive": True},
    {"restart_marker_blocks": 1, "optimize": True},
]


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_plain_rewrite_is_the_file_itself(options: dict, subsampling: int, mode: str) -> None:
    for quality in (40, 95):
        content = saved(picture(mode=mode), quality=quality, subsampling=subsampling, **options)
        assert jpeg.read(content).to_bytes() == content


@pytest.mark.parametrize("build", ["6b", "8d", "9c", "9e", "turbo120", "turbo210", "mozjpeg403"])
def test_other_encoders_files_come_back_too(build: str, tmp_path: Path) -> None:
    path = tmp_path / "it.jpg"
    with jpeglib.version(build):
        pixels = np.asarray(picture((120, 100)))
        jpeglib.from_spatial(pixels).write_spatial(str(path), 85, flags=["+OPTIMIZE_CODING"])
    file = jpeg.read(path.read_bytes())
    assert file.to_bytes() == path.read_bytes()
    assert len(file.counted_tables) >= 4


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("subsampling", [0, 2])
def test_changed_coefficients_come_back_under_the_same_markers(
    options: dict, subsampling: int
) -> None:
    content = saved(subsampling=subsampling, **options)
    file = jpeg.read(content)
    wanted = changed(file)
    stego = file.to_bytes(wanted)
    again = jpeg.read(stego)
    for got, each in zip(again.components, wanted):
        np.testing.assert_array_equal(got.coefficients, each)
    Image.open(io.BytesIO(stego)).load()
    markers = [[e.marker for e in segments.split(c)[0]] for c in (content, stego)]
    assert markers[0] == markers[1]
    kept = [
        [e for e in segments.split(c)[0] if e.marker not in (0xC4, 0xDA)] for c in (content, stego)
    ]
    assert kept[0] == kept[1]
    assert again.counted_tables == file.counted_tables
    counts = options.get("optimize") or options.get("progressive")
    assert bool(file.counted_tables) == bool(counts)


@pytest.mark.parametrize("optimize", [False, True])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_libjpeg_writes_the_same_for_changed_coefficients(
    optimize: bool, subsampling: int, tmp_path: Path
) -> None:
    """Huffman tables and coded data, with libjpeg-turbo's own transcoder as the reference."""
    source, target = tmp_path / "source.jpg", tmp_path / "target.jpg"
    source.write_bytes(saved(subsampling=subsampling, optimize=optimize))
    file = jpeg.read(source.read_bytes())
    wanted = changed(file)
    with jpeglib.version("turbo210"):
        reference = jpeglib.read_dct(str(source))
        reference.Y, reference.Cb, reference.Cr = wanted
        flags = ["+OPTIMIZE_CODING"] if optimize else []
        reference.write_dct(str(target), flags=flags)
    ours, theirs = (
        [e for e in segments.split(content)[0] if e.marker in (0xC4, 0xDA)]
        for content in (file.to_bytes(wanted), target.read_bytes())
    )
    assert b"".join(e.payload for e in ours[:-1]) == b"".join(e.payload for e in theirs[:-1])
    assert ours[-1].data == theirs[-1].data


def test_blocks_that_fill_up_are_kept_as_they_are() -> None:
    """Cameras code pixels there; told smaller, a file of libjpeg's has such blocks."""
    whole = saved(picture((64, 64)), subsampling=2)
    header = next(e for e in segments.split(whole)[0] if e.marker == 0xC0)
    smaller = header.payload[:1] + (50).to_bytes(2, "big") + (52).to_bytes(2, "big")
    content = whole.replace(header.payload, smaller + header.payload[5:])
    file = jpeg.read(content)
    assert [e.coefficients.shape[:2] for e in file.components] == [(7, 7), (4, 4), (4, 4)]
    assert not file.components[0].as_libjpeg
    assert file.to_bytes() == content


def test_components_tables_and_sampling() -> None:
    table = np.arange(1, 65).reshape(8, 8)
    rows = table.reshape(-1).tolist()
    content = saved(qtables=[rows, [7] * 64], subsampling=1, quality=50)  # 50: as they are
    file = jpeg.read(content)
    assert (file.height, file.width, file.progressive) == (61, 83, False)
    assert [(e.vertical, e.horizontal) for e in file.components] == [(1, 2), (1, 1), (1, 1)]
    np.testing.assert_array_equal(file.components[0].table, table)
    np.testing.assert_array_equal(file.components[2].table, np.full((8, 8), 7))
    reference = Image.open(io.BytesIO(content))
    assert list(reference.quantization[0]) == table.reshape(-1).tolist()


def without_jfif(content: bytes) -> bytes:
    found, _ = segments.split(content)
    colour = (segments.APP, segments.APP + 14)  # Adobe's says so of red, green and blue
    others = [each.to_bytes() for each in found if each.marker not in colour]
    return b"\xff\xd8" + b"".join(others) + b"\xff\xd9"


def test_metadata_goes_but_for_profile_and_orientation() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "a camera", 6
    content = saved(exif=exif, icc_profile=b"a profile", comment=b"made by somebody")
    file = jpeg.read(content)
    image = Image.open(io.BytesIO(file.to_bytes()))
    assert dict(image.getexif()) == {0x0112: 6}
    assert image.info["icc_profile"] == b"a profile" and "comment" not in image.info
    np.testing.assert_array_equal(np.asarray(image), np.asarray(Image.open(io.BytesIO(content))))
    assert jpeg.read(content, keep_metadata=True).to_bytes() == content
    exif[0x0112] = 1
    assert jpeg.read(saved(exif=exif)).to_bytes() == saved()
    # as some cameras write it: EXIF, and no JFIF; libjpeg would add JFIF
    assert jpeg.read(without_jfif(saved(exif=exif))).to_bytes() == saved()
    rgb = without_jfif(saved(keep_rgb=True))
    assert jpeg.read(rgb).rgb and jpeg.read(jpeg.read(rgb).to_bytes()).rgb
    behind = jpeg.read(content + b"second picture", keep_metadata=True)
    assert behind.to_bytes() == content


def test_what_is_no_such_file_is_refused() -> None:
    content = saved()
    header = next(e for e in segments.split(content)[0] if e.marker == 0xC0).to_bytes()
    cases = {
        b"": "starts with ''",
        b"GIF89a": "starts with '474946'",
        content[:200]: "ends at byte",
        content[: len(content) // 2]: "cut off",
        saved(picture(mode="CMYK")): r"4 components \(CMYK\?\), but must have 1 or 3",
        content.replace(b"\xff\xc0", b"\xff\xc9"): r"arithmetic coding \(marker ffc9\)",
        content.replace(b"\xff\xc0", b"\xff\xc3"): "uses lossless",
        content.replace(header, header[:4] + b"\x0c" + header[5:]): "12 bits a sample",
        content.replace(header, b""): "0 frame headers",
        content.replace(header, header[:5] + b"\xff\xff\xff\xff" + header[9:]): "65535 x 65535",
    }
    for damaged, message in cases.items():
        with pytest.raises(ValueError, match=message):
            jpeg.read(damaged)


def test_without_a_huffman_table_there_is_no_file() -> None:
    content = saved()
    for each in segments.split(content)[0]:
        if each.marker == 0xC4:
            with pytest.raises(ValueError, match=r"is damaged|which is not in the file"):
                jpeg.read(content.replace(each.to_bytes(), b"")).to_bytes()


def test_wrong_coefficients_are_refused() -> None:
    file = jpeg.read(saved())
    own = [each.coefficients for each in file.components]
    with pytest.raises(ValueError, match="component 1 is float64"):
        file.to_bytes([own[0], own[1].astype(float), own[2]])
    with pytest.raises(ValueError, match="2 components are given, but must be 3"):
        file.to_bytes(own[:2])


def test_damaged_files_are_an_error_or_read_the_same_again() -> None:
    rng = np.random.default_rng(1)
    whole = [saved(**options) for options in KINDS]
    read = refused = 0
    for number in range(240):
        content = bytearray(whole[number % len(whole)])
        for _ in range(rng.integers(1, 4)):
            content[rng.integers(2, len(content))] = rng.integers(256)
        try:
            file = jpeg.read(bytes(content))
            again = jpeg.read(file.to_bytes())
        except ValueError:
            refused += 1
            continue
        read += 1
        for one, other in zip(file.components, again.components):
            np.testing.assert_array_equal(one.coefficients, other.coefficients)
    assert read > 20 and refused > 20


def test_optimal_tables_by_hand() -> None:
    counts = np.zeros(256, np.int64)
    counts[[3, 5, 9]] = 4, 2, 1
    # with the reserved code of ones: 3 -> 0, 5 -> 10, 9 -> 110
    assert huffman.optimal(counts) == huffman.Table((1, 1, 1) + (0,) * 13, bytes([3, 5, 9]))
    fibonacci = [1, 1]
    while len(fibonacci) < 30:
        fibonacci.append(sum(fibonacci[-2:]))
    counts[:30] = fibonacci  # lengths up to 30, to be mended
    table = huffman.optimal(counts)
    assert sum(table.counts) == 30 and set(table.symbols) == set(range(30))
    used = sum(n * 2.0**-length for length, n in enumerate(table.counts, 1))
    assert used == 1 - 2.0**-16


@pytest.mark.skipif(not PHOTOS.is_dir(), reason=f"no photos in {PHOTOS}; set KEYSTEGO_PHOTOS")
def test_photos_as_they_come_are_written_back() -> None:
    paths = sorted((PHOTOS / "imagenet-sample-jpeg" / "test").iterdir())[:8]
    paths += sorted((PHOTOS / "photos").iterdir())[:3]
    for path in paths:
        content = path.read_bytes()
        assert jpeg.read(content, keep_metadata=True).to_bytes() == content, path


READ_AND_LIST = """
import sys
from pathlib import Path
from keystego_tf.io import jpeg

kept = []
sys.addaudithook(lambda event, given: kept.append(event) if event == "tempfile.mkdtemp" else None)
print(len(jpeg.read(Path(sys.argv[1]).read_bytes()).components), kept)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the decoder reads from the disk")
def test_no_copy_of_a_photo_is_put_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(saved())
    command = [sys.executable, "-c", READ_AND_LIST, str(tmp_path / "photo.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "3 []"

"""Each simple detector finds what it is for, and stays silent where that is not."""

from __future__ import annotations

import io
import math
from functools import cache
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
from covers import PHOTOS, leaves, needs_photos
from PIL import Image

from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.io import jpeg
from keystego_tf.io.jpeg.transform import standard_tables
from keystego_tf.steganalysis import roc, simple
from keystego_tf.steganalysis.scores import scores
from keystego_tf.steganalysis.simple import (
    coefficients,
    curve,
    jpeg_past,
    lattice,
    samples,
    structure,
)


def saved(pixels: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    image.save(file, "JPEG", **{"quality": 75, **options})
    return file.getvalue()


def loaded(content: bytes) -> np.ndarray:
    pixels = np.asarray(Image.open(io.BytesIO(content)))
    return pixels[..., None] if pixels.ndim == 2 else pixels


def stepped(pixels: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """The image with ``count`` samples changed by one."""
    rng = np.random.default_rng(seed)
    changed = pixels.astype(np.int16)
    where = rng.choice(pixels.size, count, replace=False)
    changed.reshape(-1)[where] += rng.choice([-1, 1], count).astype(np.int16)
    return np.clip(changed, 0, 255).astype(np.uint8)


@cache
def photos(count: int) -> list[np.ndarray]:
    """Photos of 320 x 240 or so whose JPEG past scaling has taken away."""
    found = []
    for path in sorted((PHOTOS / "imagenet-sample-jpeg" / "test").iterdir())[:count]:
        with Image.open(path) as image:
            size = image.width * 2 // 3, image.height * 2 // 3
            found.append(np.asarray(image.convert("RGB").resize(size, Image.Resampling.LANCZOS)))
    return found


def test_colour_is_looked_for_where_it_is() -> None:
    pixels = dead_leaves(np.random.default_rng(3), 704)
    middle = pixels[176:528, 176:528]
    middle[:] = middle[..., :1]
    past = jpeg_past.find(loaded(saved(pixels, quality=80, subsampling=2)))
    assert past is not None and (past.quality, past.sampling) == (80, 2)


@pytest.mark.parametrize("quality", [50, 75, 90, 95, 98, 100])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_a_decoded_jpeg_is_known_with_its_quality_and_sampling(
    quality: int, subsampling: int
) -> None:
    image = dead_leaves(np.random.default_rng(7), 160)
    decoded = loaded(saved(image, quality=quality, subsampling=subsampling))
    past = jpeg_past.find(decoded)
    assert past is not None and (past.top, past.left, past.quality) == (0, 0, quality)
    if quality < 95:
        assert past.sampling == subsampling and past.exact > 0.4


def test_an_image_that_was_never_jpeg_has_no_past() -> None:
    assert jpeg_past.find(dead_leaves(np.random.default_rng(7), 160)) is None


def test_a_cropped_one_is_known_by_its_grid() -> None:
    image = dead_leaves(np.random.default_rng(7), 256)
    decoded = loaded(saved(image, quality=80, subsampling=2))
    past = jpeg_past.find(np.ascontiguousarray(decoded[3:, 6:]))
    assert past is not None and (past.top % 8, past.left % 8, past.quality) == (5, 2, 80)
    assert past.exact > 0.4


def test_tables_of_no_known_encoder_are_estimated() -> None:
    image = dead_leaves(np.random.default_rng(7), 256)
    rng = np.random.default_rng(0)
    tables = [rng.integers(3, 20, 64).tolist(), rng.integers(5, 30, 64).tolist()]
    decoded = loaded(saved(image, qtables=tables, quality=50, subsampling=2))
    past = jpeg_past.find(decoded)
    assert past is not None and past.quality is None and past.sampling == 2
    known = lattice.steps(jpeg_past._luma(decoded)).reshape(-1) > 0
    found = past.tables[0].reshape(-1)
    assert known.sum() > 40
    assert np.mean(found[known] == np.array(tables[0])[known]) > 0.95


def test_a_gray_one_too() -> None:
    gray = leaves(1, 192, 1)[0]
    decoded = loaded(saved(gray, quality=85))
    past = jpeg_past.find(decoded)
    assert past is not None and past.quality == 85 and past.exact > 0.9
    assert jpeg_past.score(decoded) < 0.01 < 0.2 < jpeg_past.score(stepped(decoded, 200))
    coloured = jpeg_past.find(np.repeat(decoded, 3, axis=-1))
    assert coloured is not None and (coloured.quality, coloured.exact) == (85, past.exact)


def test_foreign_samples_are_counted() -> None:
    image = dead_leaves(np.random.default_rng(7), 256)
    decoded = loaded(saved(image, quality=75, subsampling=0))
    past = jpeg_past.find(decoded)
    assert past is not None
    before = jpeg_past.blocks_that_come_back(decoded, past)
    # one sample in each of forty blocks
    changed = decoded.copy()
    for number in range(40):
        row, column = divmod(number, 8)
        sample = changed[32 * row + 9 : 32 * row + 10, 32 * column + 12, 1]
        sample += np.where(sample < 200, 1, -1).astype(np.uint8)
    after = jpeg_past.blocks_that_come_back(changed, past)
    came_back = before[0] - after[0]
    assert after[1] - before[1] == came_back and 20 < came_back <= 40 and after[2] == 1024


@needs_photos
@pytest.mark.parametrize("subsampling", [0, 2])
def test_compatibility_finds_300_changes_in_photos(subsampling: int) -> None:
    covers = [loaded(saved(each, quality=75, subsampling=subsampling)) for each in photos(5)]
    stegos = [stepped(each, 300, seed) for seed, each in enumerate(covers)]
    found = scores(*([jpeg_past.score(each) for each in side] for side in (covers, stegos)))
    assert roc.area(found).value > 0.99


@needs_photos
def test_compatibility_says_nothing_of_photos_that_were_never_jpeg() -> None:
    for seed, each in enumerate(photos(5)):
        assert math.isnan(jpeg_past.score(each))
        assert math.isnan(jpeg_past.score(stepped(each, 300, seed)))


@pytest.mark.parametrize("quality", [1, 10, 49, 50, 75, 99, 100])
def test_standard_tables_are_those_of_libjpeg(quality: int) -> None:
    image = Image.open(io.BytesIO(saved(np.zeros((16, 16, 3), np.uint8), quality=quality)))
    for number, table in enumerate(standard_tables(quality)):
        assert table.reshape(-1).tolist() == list(image.quantization[number])


def test_gray_with_exceptions() -> None:
    gray = np.repeat(leaves(1, 64, 1)[0], 3, axis=-1)
    assert samples.gray_exceptions(gray) == 0
    assert samples.gray_exceptions(stepped(gray, 40)) == pytest.approx(40 / 4096, rel=0.05)
    assert samples.gray_exceptions(leaves(1, 64, 3)[0]) == 0
    assert samples.gray_exceptions(gray[..., :1]) == 0


def test_ends_of_the_range() -> None:
    clipped = np.zeros((32, 32, 1), np.uint8)
    clipped[:, 16:] = 255
    assert samples.range_ends(clipped) == 0
    # either way half of the steps leave the range, and are clipped
    assert samples.range_ends(stepped(clipped, 400)) == pytest.approx(200 / 1024, abs=0.04)
    assert math.isnan(samples.range_ends(np.full((32, 32, 1), 100, np.uint8)))


def test_lone_samples_in_flat_areas() -> None:
    flat = np.full((40, 40, 3), 90, np.uint8)
    assert samples.lone_samples(flat) == 0
    flat[10, 10, 1] += 1
    flat[20, 30, 0] -= 1
    flat[30, 30, 2] += 2  # not by one
    assert samples.lone_samples(flat) == pytest.approx(2 / (3 * 38 * 38 - 3 * 8))
    assert math.isnan(samples.lone_samples(leaves(1, 64, 1)[0][:6, :6]))


def test_x25519_keys_are_told_from_random_bytes() -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    keys = [X25519PrivateKey.generate().public_key().public_bytes_raw() for _ in range(40)]
    assert {curve.score(each) for each in keys} == {3.0}
    rng = np.random.default_rng(0)
    found = [curve.score(rng.bytes(32)) for _ in range(400)]
    shares = [found.count(value) / 400 for value in (0.0, 1.0, 2.0, 3.0)]
    # the upper bit, then the twist, then the other seven cosets
    assert shares == pytest.approx([1 / 2, 1 / 4, 7 / 32, 1 / 32], abs=0.07)
    with pytest.raises(ValueError, match="31 bytes are given, but must be 32"):
        curve.score(bytes(31))


def test_x25519_points_of_low_order_are_outside_the_subgroup() -> None:
    """RFC 7748's base point generates it; 1 has order 4."""
    assert curve.score((9).to_bytes(32, "little")) == 3.0
    assert curve.score((1).to_bytes(32, "little")) == 2.0


def embedded(file: jpeg.JpegFile, change: Callable[[np.ndarray], np.ndarray]) -> jpeg.JpegFile:
    """A file whose AC coefficients of luma went through ``change``, read from its bytes."""
    planes = [each.coefficients.copy() for each in file.components]
    dc = planes[0][..., 0, 0].copy()
    planes[0] = change(planes[0].astype(np.int64)).astype(np.int16)
    planes[0][..., 0, 0] = dc
    return jpeg.read(file.to_bytes(planes))


def jsteg(values: np.ndarray) -> np.ndarray:
    """LSB replacement of all coefficients but 0 and 1, all of them."""
    bits = np.random.default_rng(0).integers(0, 2, values.shape)
    return np.where((values == 0) | (values == 1), values, values & ~1 | bits)


def shrinking(values: np.ndarray) -> np.ndarray:
    """As F5: a third of the coefficients a step nearer to zero."""
    chosen = np.random.default_rng(0).random(values.shape) < 0.33
    return values - np.sign(values) * chosen


@pytest.mark.parametrize(
    "score, change",
    [
        (coefficients.equal_pairs, jsteg),
        (coefficients.asymmetry, jsteg),
        (coefficients.calibration, shrinking),
        (coefficients.calibrated_zeros, shrinking),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_changes_of_coefficients_are_found(score: Any, change: Any) -> None:
    pytest.importorskip("sklearn", reason="the area under the curve needs scikit-learn")
    covers = [jpeg.read(saved(each, quality=80)) for each in leaves(8, 192, 3, seed=3)]
    before = [score(each) for each in covers]
    after = [score(embedded(each, change)) for each in covers]
    assert roc.area(scores(before, after)).value > 0.95


def test_too_little_for_a_histogram_has_no_score() -> None:
    tiny = jpeg.read(saved(np.full((8, 8, 1), 7, np.uint8)))
    for score in (
        coefficients.calibration,
        coefficients.calibrated_zeros,
        coefficients.equal_pairs,
        coefficients.asymmetry,
    ):
        assert math.isnan(score(tiny))


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}])
def test_files_of_pillow_have_no_oddities(options: dict) -> None:
    content = saved(leaves(1, 96, 3)[0], **options)
    assert structure.oddities(content) == []
    file = jpeg.read(content)
    planes = [each.coefficients.copy() for each in file.components]
    planes[0][..., 1, 1] += 1
    assert structure.oddities(file.to_bytes(planes)) == []


def test_traces_in_the_structure(tmp_path: Path) -> None:
    import jpeglib

    cover = leaves(1, 96, 3)[0]
    content = saved(cover, optimize=True)
    path = tmp_path / "it.jpg"
    path.write_bytes(content)
    with jpeglib.version("turbo210"):  # names components from 0, and takes the standard tables
        jpeglib.read_dct(str(path)).write_dct(str(path))
    assert structure.oddities(path.read_bytes()) == ["components are named [0, 1, 2], not 1, 2, 3"]
    assert structure.oddities(content + b"more") == ["4 bytes follow the image"]
    # coefficients changed, and the old tables that were made by counting kept
    file = jpeg.read(content)
    planes = [each.coefficients.copy() for each in file.components]
    planes[0][::2, ::3, 1, 1] += 1
    kept = jpeg.file.writing.write(file.frame, file.segments, planes, {})
    assert structure.score(kept) == 1 and "neither standard" in structure.oddities(kept)[0]


def test_a_thumbnail_of_another_picture() -> None:
    cover, other = (
        dead_leaves(np.random.default_rng(1), 96),
        dead_leaves(np.random.default_rng(2), 96),
    )
    for shown, different in ((cover, False), (255 - other, True)):
        exif = Image.Exif()
        exif[0x0112] = 1
        small = Image.fromarray(shown).resize((48, 48))
        file = io.BytesIO()
        small.save(file, "JPEG")
        content = saved(cover, exif=exif.tobytes() + file.getvalue())
        found = structure.oddities(content)
        assert found == (["the thumbnail in EXIF shows another picture"] if different else [])


def test_the_registry_names_each_and_says_what_it_is() -> None:
    names = [each.name for each in simple.DETECTORS]
    assert len(set(names)) == len(names) >= 12
    for each in simple.DETECTORS:
        assert each.about.endswith(("?", ".", ":")) and len(each.about) > 20, each.name
    image = leaves(1, 64, 3)[0]
    for each in simple.reading(simple.SAMPLES):
        if each.extra is None:
            assert isinstance(each.score(image), float)

"""Tiles of photos: disjoint, of every photo, and no photo on both sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keystego_tf.data.covers import SkippedFile
from keystego_tf.evaluation.covers import open_covers


def write(folder: Path, name: str, height: int, width: int, seed: int) -> None:
    """A photo whose every pixel tells where it is: seed, row and column."""
    folder.mkdir(exist_ok=True)
    rows, columns = np.indices((height, width))
    pixels = np.stack([rows % 256, columns % 256, np.full_like(rows, seed)], axis=-1)
    Image.fromarray(pixels.astype(np.uint8)).save(folder / name)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Photos of 4, 1, 2 and 1 tiles."""
    for seed, size in enumerate([(256, 256), (130, 140), (128, 250), (200, 256)]):
        write(tmp_path / "photos", f"{seed}.png", *size[:2], seed)
    return tmp_path / "photos"


def test_tiles_are_disjoint_and_one_of_each_photo_comes_first(photos: Path, tmp_path: Path) -> None:
    write(tmp_path / "other", "x.png", 128, 128, 9)
    covers = open_covers([photos], [tmp_path / "other"])
    photo = covers.test[:, 0, 0, 2]
    assert sorted(photo) == [0, 0, 0, 0, 1, 2, 3, 3]
    assert len(set(photo[:4])) == 4
    assert len(set(zip(photo, covers.test[:, 0, 0, 0], covers.test[:, 0, 0, 1]))) == 8
    for number in set(photo):
        assert len(set(covers.test_sources[photo == number])) == 1
    assert len(set(covers.test_sources)) == 4
    # Where a photo is no whole number of tiles, the grid lies in the middle.
    (narrow,) = covers.test[photo == 1]
    assert (narrow[0, 0, 0], narrow[0, 0, 1]) == (1, 6)
    assert (covers.train[0, 0, 0] == [0, 0, 9]).all() and covers.train.shape == (1, 128, 128, 3)
    assert not set(covers.test_sources) & set(covers.train_sources)
    tiles, sources = covers.pool()
    assert len(tiles) == len(sources) == 9
    # the attackers' photo comes before the second tiles of test photos
    first, few = covers.pool(5)
    assert [*few[:4]] == [*covers.test_sources[:4]] and few[4] == covers.train_sources[0]
    assert (first[4] == covers.train[0]).all() and (first[:4] == covers.test[:4]).all()


def test_without_attackers_photos_the_photos_are_split(photos: Path) -> None:
    covers = open_covers([photos], seed=3)
    test, train = (set(each[:, 0, 0, 2]) for each in (covers.test, covers.train))
    assert len(test) == len(train) == 2 and not test & train
    assert not set(covers.test_sources) & set(covers.train_sources)
    again = open_covers([photos], seed=3)
    assert (again.test == covers.test).all() and (again.train == covers.train).all()
    other = open_covers([photos], seed=4)
    assert other.test.shape != covers.test.shape or (other.test != covers.test).any()


def test_a_limit_keeps_as_many_photos_as_it_can(photos: Path, tmp_path: Path) -> None:
    write(tmp_path / "other", "x.png", 128, 128, 9)
    covers = open_covers([photos], [tmp_path / "other"], most=4)
    assert len(set(covers.test_sources)) == len(covers.test) == 4


def test_a_photo_on_both_sides_is_refused_and_one_given_twice_counts_once(
    photos: Path, tmp_path: Path
) -> None:
    write(tmp_path / "other", "copy.png", 130, 140, 1)
    with pytest.raises(ValueError, match=r"in --covers, but .* is in --attacker-covers: "):
        open_covers([photos], [tmp_path / "other"])
    covers = open_covers([photos, tmp_path / "other"])
    assert len(covers.pool()[0]) == 8


def test_grayscale_is_lumas(photos: Path) -> None:
    covers = open_covers([photos])
    gray = covers.of(1)
    assert gray.channels == 1 and covers.of(3) is covers and gray is covers.of(1)
    luma = covers.test.astype(float) @ [0.299, 0.587, 0.114]
    assert np.abs(gray.test[..., 0] - luma).max() <= 1


def test_synthetic_covers_and_what_is_refused(tmp_path: Path) -> None:
    covers = open_covers(["synthetic"], most=2)
    assert covers.test.shape == covers.train.shape == (2, 128, 128, 3)
    with pytest.raises(ValueError, match="there is no folder of covers"):
        open_covers([])
    with pytest.raises(ValueError, match="no such directory"):
        open_covers([tmp_path / "none"])


def test_a_photo_that_is_too_small_is_left_out(photos: Path) -> None:
    write(photos, "small.png", 100, 100, 7)
    with pytest.warns(SkippedFile, match=r"small\.png"):
        covers = open_covers([photos])
    assert 7 not in covers.pool()[0][:, 0, 0, 2] and len(covers.pool()[0]) == 8

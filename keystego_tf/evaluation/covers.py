"""The covers of an evaluation: tiles of photos, those of the attackers' photos apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..bundles.catalogue import TILE
from ..data.covers import Covers as Photos
from ..data.covers import (
    FolderCovers,
    Subset,
    SyntheticCovers,
    UnusableCover,
    assert_disjoint,
    split_covers,
)
from .cache import digest_of

#: uint8 [tiles, TILE, TILE, C].
Tiles = NDArray[np.uint8]
Integers = NDArray[np.int64]

#: Of the photos, if there are none for the attackers, this share goes to them.
ATTACKERS_SHARE = 0.5


@dataclass(frozen=True)
class Covers:
    """Tiles of test photos, and of others that attackers may learn from.

    test, train: uint8 [tiles, TILE, TILE, C], in an order drawn at random that has one tile of
    each photo before the second of any; test_sources, train_sources: int64 [tiles], the number of
    the photo, no number in both.
    """

    test: Tiles
    test_sources: Integers
    train: Tiles
    train_sources: Integers

    @property
    def channels(self) -> int:
        return int(self.test.shape[-1])

    @property
    def pool(self) -> tuple[Tiles, Integers]:
        """All tiles and their sources, the test tiles first: for what needs many, and trains
        attackers on some photos to test them on others."""
        return (
            np.concatenate([self.test, self.train]),
            np.concatenate([self.test_sources, self.train_sources]),
        )

    @cached_property
    def digest(self) -> str:
        """Hash of all tiles and sources."""
        return digest_of([self.test, self.test_sources, self.train, self.train_sources])

    def of(self, channels: int) -> Covers:
        """The same in grayscale, if ``channels`` is 1; ValueError if these have no colours."""
        if channels == self.channels:
            return self
        if (self.channels, channels) != (3, 1):
            raise ValueError(f"channels is {channels}, but the covers have {self.channels}")
        return self._gray

    @cached_property
    def _gray(self) -> Covers:
        test, train = (_to_gray(tiles) for tiles in (self.test, self.train))
        return Covers(test, self.test_sources, train, self.train_sources)


def open_covers(
    tests: Sequence[str | Path],
    attackers: Sequence[str | Path] = (),
    most: int = 900,
    seed: int = 0,
    channels: int = 3,
    least: int = 1,
) -> Covers:
    """Covers from folders of photos.

    tests, attackers: folders, or "synthetic"; without attackers, the photos of ``tests`` are split
    in two. A file that is in several folders of a side counts once. most: tiles of either side;
    seed: of the split and of the order; channels: 3, or 1 for grayscale; least: photos of the test.
    ValueError if a folder holds nothing usable, if a picture is on both sides, or if there are
    fewer photos.
    """
    photos = _photos(tests, channels, most, seed)
    if attackers:
        test: Photos | Subset = photos
        train: Photos | Subset = _photos(attackers, channels, most, seed + 1)
        assert_disjoint(train, test, ("--attacker-covers", "--covers"))
    elif len(photos) < 2:  # which cannot be split
        raise _too_few(photos, 0, least)
    else:
        test, train = split_covers(photos, ATTACKERS_SHARE, seed)
    if len(test) < least:
        raise _too_few(photos, None if attackers else len(test), least)
    test_tiles, test_sources = _tiles(test, most, seed)
    train_tiles, train_sources = _tiles(train, most, seed)
    return Covers(test_tiles, test_sources, train_tiles, len(test) + train_sources)


def _too_few(photos: Photos, left: int | None, least: int) -> ValueError:
    """left: for the test, if the attackers get half."""
    has = f"{photos.name} has {len(photos)} photo{'s' * (len(photos) != 1)}"
    needed = f"but at least {least} {'is' if least == 1 else 'are'} needed: add photos"
    if left is None:
        return ValueError(f"{has}, {needed}")
    half = f"of which {left} {'is' if left == 1 else 'are'} left for the test after the attackers'"
    return ValueError(f"{has}, {half} half, {needed} or give --attacker-covers")


class _Joined:
    """The photos of several folders, each picture once."""

    def __init__(self, parts: Sequence[Photos]) -> None:
        self.name = ", ".join(part.name for part in parts)
        self.channels = parts[0].channels
        places = [(part, index) for part in parts for index in range(len(part))]
        once = {part.digest(index): (part, index) for part, index in reversed(places)}
        self._places = list(reversed(once.values()))

    def __len__(self) -> int:
        return len(self._places)

    def image(self, index: int) -> Tiles:
        part, place = self._places[index]
        return part.image(place)

    def label(self, index: int) -> str:
        part, place = self._places[index]
        return part.label(place)

    @property
    def skipped(self) -> int:
        return sum(part.skipped for part in {id(part): part for part, _ in self._places}.values())

    def file_size(self, index: int) -> int:
        part, place = self._places[index]
        return part.file_size(place)

    def digest(self, index: int) -> bytes:
        part, place = self._places[index]
        return part.digest(place)


def _photos(folders: Sequence[str | Path], channels: int, most: int, seed: int) -> Photos:
    if not folders:
        raise ValueError("there is no folder of covers, but one at least is needed")
    return _Joined(
        [
            # Two times as many as tiles: they may be split in two.
            SyntheticCovers(channels, TILE, seed, 2 * most)
            if str(folder) == "synthetic"
            else FolderCovers(Path(folder), channels, TILE)
            for folder in folders
        ]
    )


def _tiles(photos: Photos | Subset, most: int, seed: int) -> tuple[Tiles, Integers]:
    """Up to ``most`` tiles, one of each photo before the second of any."""
    order = np.random.default_rng(seed).permutation(len(photos))
    tiles: list[Tiles] = []
    sources: list[int] = []
    left = {int(photo): -1 for photo in order}  # -1: not looked at yet
    round_number = 0
    while left and len(tiles) < most:
        for photo in list(left):
            try:
                image = photos.image(photo)
            except UnusableCover:
                del left[photo]
                continue
            rows, columns = image.shape[0] // TILE, image.shape[1] // TILE
            if round_number >= rows * columns:
                del left[photo]
                continue
            # The grid lies in the middle; which of its tiles comes first is drawn.
            places = np.random.default_rng([seed, photo]).permutation(rows * columns)
            row, column = divmod(int(places[round_number]), columns)
            top = (image.shape[0] - rows * TILE) // 2 + row * TILE
            left_side = (image.shape[1] - columns * TILE) // 2 + column * TILE
            tiles.append(image[top : top + TILE, left_side : left_side + TILE])
            sources.append(photo)
            if len(tiles) >= most:
                break
        round_number += 1
    return np.stack(tiles), np.asarray(sources, np.int64)


def _to_gray(tiles: Tiles) -> Tiles:
    """Luma as Pillow has it, uint8 [tiles, TILE, TILE, 1]."""
    planes = [np.asarray(Image.fromarray(tile).convert("L")) for tile in tiles]
    return np.stack(planes)[..., np.newaxis]

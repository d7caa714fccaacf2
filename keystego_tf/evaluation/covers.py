"""Cut the covers of an evaluation: tiles of photos, with the attackers' photos apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..bundles.catalogue import TILE
from ..data.covers import Covers as Photos
from ..data.covers import FolderCovers, SyntheticCovers, usable_images

#: uint8 [tiles, TILE, TILE, C].
Tiles = NDArray[np.uint8]
Integers = NDArray[np.int64]

#: A photo: what it belongs to, and its number there.
Photo = tuple[Photos, int]


@dataclass(frozen=True)
class Covers:
    """Tiles of test photos, and of others that attackers may learn from.

    test, train: uint8 [tiles, TILE, TILE, C], in a random order that has one tile of each photo
    before the second of any; test_sources, train_sources: int64 [tiles], the number of the photo;
    no number is in both.
    """

    test: Tiles
    test_sources: Integers
    train: Tiles
    train_sources: Integers

    @property
    def channels(self) -> int:
        return int(self.test.shape[-1])

    def pool(self, count: int | None = None) -> tuple[Tiles, Integers]:
        """Return the first ``count`` of all tiles and their sources.

        One tile of each photo comes before the second of any, the test photos' before the others'.
        """
        tiles = np.concatenate([self.test, self.train])
        sources = np.concatenate([self.test_sources, self.train_sources])
        seen: Counter[int] = Counter()
        turns = []
        for source in sources.tolist():
            turns.append(seen[source])
            seen[source] += 1
        chosen = np.argsort(turns, kind="stable")[:count]
        return tiles[chosen], sources[chosen]

    def of(self, channels: int) -> Covers:
        """Return these covers, in grayscale if they have colours and ``channels`` is 1."""
        return self if channels == self.channels else self._gray

    @cached_property
    def _gray(self) -> Covers:
        """Convert to luma as Pillow does."""
        test, train = (
            np.stack([np.asarray(Image.fromarray(tile).convert("L")) for tile in tiles])
            for tiles in (self.test, self.train)
        )
        return replace(self, test=test[..., np.newaxis], train=train[..., np.newaxis])


def open_covers(
    tests: Sequence[str | Path],
    attackers: Sequence[str | Path] = (),
    most: int = 900,
    seed: int = 0,
    least: int = 1,
) -> Covers:
    """Cut covers from folders of photos, in colour; ``of`` makes gray ones of the same tiles.

    Args:
        tests: folders, or "synthetic". A picture in several folders of a side counts once.
        attackers: the same for the attackers; without them, ``tests`` are split in two.
        most: most tiles of either side.
        seed: of the split and of the order.
        least: fewest test photos.

    Raises:
        ValueError: a folder is unusable, a picture is on both sides, or photos are too few.
    """
    test = photos = _photos(tests, most, seed)
    if attackers:
        train = _photos(attackers, most, seed + 1)
        for digest in set(train) & set(test):
            a, b = (side[digest][0].label(side[digest][1]) for side in (test, train))
            raise ValueError(f"{a} is in --covers, but {b} is in --attacker-covers: the same photo")
    else:
        digests = sorted(photos)
        order = np.random.default_rng(seed).permutation(len(digests))
        train, test = ({digests[i]: photos[digests[i]] for i in order[n::2]} for n in (0, 1))
    if len(test) < least:
        has = f"of {len(photos)} photos in --covers {len(test)} are left for the test"
        ask = "add photos, or give others to the attackers with --attacker-covers"
        raise ValueError(f"{has}, but at least {least} are needed: {ask}")
    tiles = _tiles(list(test.values()), most, seed)
    others, sources = _tiles(list(train.values()), most, seed)
    return Covers(*tiles, others, len(test) + sources)


def _photos(folders: Sequence[str | Path], most: int, seed: int) -> dict[bytes, Photo]:
    """Return the photos of several folders by the digest of their pictures, each once."""
    if not folders:
        raise ValueError("there is no folder of covers, but one at least is needed")
    photos: dict[bytes, Photo] = {}
    for folder in folders:
        source: Photos
        if str(folder) == "synthetic":
            # Twice the number of tiles, because they may be split in two.
            source = SyntheticCovers(3, TILE, seed, 2 * most)
        else:
            source = FolderCovers(Path(folder), 3, TILE)
        for index, _ in usable_images(source):
            photos.setdefault(source.digest(index), (source, index))
    return photos


def _tiles(photos: Sequence[Photo], most: int, seed: int) -> tuple[Tiles, Integers]:
    """Return up to ``most`` tiles, one of each photo before the second of any."""
    waiting = np.random.default_rng(seed).permutation(len(photos)).tolist()
    found: list[tuple[Tiles, int]] = []
    round_number = 0
    while waiting and len(found) < most:
        unfinished = []
        for photo in waiting[: most - len(found)]:
            source, index = photos[photo]
            image = source.image(index)
            sides = np.array(image.shape[:2])
            grid = sides // TILE
            # The grid lies in the middle; the order of its tiles is random.
            places = np.random.default_rng([seed, photo]).permutation(grid.prod())
            place = divmod(int(places[round_number]), int(grid[1]))
            top, left = (sides - grid * TILE) // 2 + np.array(place) * TILE
            found.append((image[top : top + TILE, left : left + TILE], photo))
            if round_number + 1 < len(places):
                unfinished.append(photo)
        waiting, round_number = unfinished, round_number + 1
    tiles, sources = zip(*found)
    return np.stack(tiles), np.asarray(sources, np.int64)

"""Run a bundle's Alice and Bob over the tiles of an image (docs/format.md, section 8)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..bundles.catalogue import TILE
from ..bundles.runner import Runner
from ..payload.code import Bits, Probabilities, Spent, to_bits
from ..payload.correction import REED_SOLOMON
from ..payload.derivation import chosen, stream
from ..payload.frame import NothingThere
from ..payload.layout import (
    code_opening,
    header_bits,
    read_opening,
)
from .embedder import DoesNotFit, Opening, Pixels, Progress, no_progress

#: Number of tiles among which the sender chooses the opening tile.
CANDIDATES = 4

#: Largest number of times that a tile is painted over.
MOST_PAINTINGS = 4

#: The least probability that Bob should give a right bit, and the share of a tile's bits that may
#: fall short of it. Error correction handles these.
WANTED_PROBABILITY, TOLERATED = 0.7, 0.002

#: The largest share of its correction that an opening may use when it is made. The rest is for
#: receivers on other processors, which read slightly different probabilities.
OPENING_SHARE = 0.5

#: The streams for key maps: the locator's for the opening, the root's for the rest.
OPENING_KEY, BODY_KEY = "nets opening key", "key"

Slots = NDArray[np.int64]


class Tiles:
    """The tiles of an image, numbered row by row: uint8 [TILE, TILE, C] each.

    ``image`` is uint8 [H, W, C]. Setting a tile changes it.
    """

    def __init__(self, image: Pixels) -> None:
        self.image = image
        self.columns = image.shape[1] // TILE
        self.count = self.columns * (image.shape[0] // TILE)

    def _slices(self, number: int) -> tuple[slice, slice]:
        top, left = (TILE * at for at in divmod(number, self.columns))
        return slice(top, top + TILE), slice(left, left + TILE)

    def __getitem__(self, number: int) -> Pixels:
        return self.image[self._slices(number)]

    def __setitem__(self, number: int, tile: Pixels) -> None:
        self.image[self._slices(number)] = tile


@dataclass(frozen=True)
class TileLayout:
    """The places of bits in the message maps of tiles.

    ``tile_bits``: bits of a message map; ``key_rows``: rows of a key map. A *slot* is one bit of
    the maps of all tiles: number of the tile * tile_bits + place in the map.
    """

    tile_bits: int
    key_rows: int

    def opening_rows(self, opening: int) -> int:
        """Count the rows that an opening's coded bits take in the opening tile's key map."""
        return -(-opening * self.key_rows // self.tile_bits)

    def opening_slots(self, opening: int) -> int:
        """Count the slots of the opening tile under these rows, where no other bits go."""
        return self.opening_rows(opening) * self.tile_bits // self.key_rows

    def slots(self, tiles: int, tile: int, root: bytes, opening: int, count: int) -> Slots:
        """Return the slots of the first ``count`` bits of the flat string: int64 [count].

        ``tiles``: number of tiles of the image; ``tile``: the opening's; ``opening``: its coded
        bits.
        """
        free = tile * self.tile_bits + np.arange(self.opening_slots(opening), self.tile_bits)
        head = header_bits(REED_SOLOMON)
        heads = chosen(root, "header slots", len(free), head)
        rest = np.delete(free, heads)
        order = chosen(root, "tiles", tiles, tiles)
        further = -(-max(0, count - head - len(rest)) // self.tile_bits)
        starts = order[order != tile][:further] * self.tile_bits
        body = np.concatenate([rest, (starts[:, None] + np.arange(self.tile_bits)).reshape(-1)])
        places = chosen(root, "body slots", len(body), max(0, count - head))
        return np.concatenate([free[heads], body[places]])[:count]


class NetEmbedder:
    """A model's Alice and Bob, called through a runner; ``progress`` is told of the tiles."""

    identity = "nets"
    correction = REED_SOLOMON

    def __init__(self, name: str, runner: Runner, progress: Progress = no_progress) -> None:
        self.name, self.runner = name, runner
        self.scheme: str | None = "asymmetric" if runner.agents.asymmetric else "symmetric"
        self.channels: int | None = runner.agents.channels
        self._progress = progress
        self._tile_bits = int(np.prod(runner.message_shape))
        self._layout = TileLayout(self._tile_bits, self.runner.key_shape[0])

    def holds(self, shape: tuple[int, ...], opening: int) -> int:
        tiles = (shape[0] // TILE) * (shape[1] // TILE)
        coded = REED_SOLOMON.opening.coded(opening)
        return tiles * self._tile_bits - self._layout.opening_slots(coded)

    def embed(
        self, image: Pixels, opening: bytes, locator: bytes, root: bytes, bits: Bits
    ) -> Pixels:
        cover, stego = Tiles(image), Tiles(image.copy())
        coded = code_opening(opening, locator, self.identity, REED_SOLOMON)
        candidates = _candidates(cover, locator)
        for tile in candidates:
            slots = self._layout.slots(cover.count, tile, root, len(coded), len(bits))
            maps = self._maps(slots, bits)
            maps[tile][: len(coded)] = coded
            mask = self._opening_mask(tile, locator, root, len(coded))
            stego[tile] = paint(self.runner, cover[tile], maps.pop(tile), mask)
            if self._opens(stego[tile], tile, locator, opening):
                break
            stego[tile] = cover[tile]
        else:
            raise DoesNotFit(
                f"the opening of the message is misread in all {len(candidates)} tiles that may "
                f"hold it with {self.name}; try another image or another model"
            )
        for done, (number, message) in enumerate(maps.items(), 1):
            self._progress("hiding", done, len(maps) + 1)
            _, mask = tile_keys(self.runner, root, BODY_KEY, number)
            stego[number] = paint(self.runner, cover[number], message, mask)
        self._progress("hiding", len(maps) + 1, len(maps) + 1)
        return stego.image

    def openings(self, image: Pixels, locator: bytes, length: int) -> Iterator[Opening]:
        tiles = Tiles(image)
        for tile in _candidates(tiles, locator):
            with suppress(NothingThere):
                yield Opening(self._read_opening(tiles[tile], tile, locator, length)[0], tile)

    def read(
        self,
        image: Pixels,
        opening: Opening,
        locator: bytes,
        root: bytes,
        first: int,
        count: int,
    ) -> Probabilities:
        tiles = Tiles(image)
        coded = REED_SOLOMON.opening.coded(len(opening.content))
        slots = self._layout.slots(tiles.count, opening.place, root, coded, first + count)[first:]
        probabilities = np.empty(count, np.float32)
        numbers = np.unique(slots // self._tile_bits).tolist()
        for done, number in enumerate(numbers, 1):
            read = self.runner.read(tiles[number], *tile_keys(self.runner, root, BODY_KEY, number))
            here = slots // self._tile_bits == number
            probabilities[here] = read[slots[here] % self._tile_bits]
            self._progress("reading", done, len(numbers))
        return probabilities

    def _maps(self, slots: Slots, bits: Bits) -> dict[int, Bits]:
        """Return the message maps of the tiles that are used; unused slots have random bits."""
        maps = {}
        for number in np.unique(slots // self._tile_bits).tolist():
            here = slots // self._tile_bits == number
            maps[number] = to_bits(os.urandom(self._tile_bits // 8))
            maps[number][slots[here] % self._tile_bits] = bits[here]
        return maps

    def _opening_mask(self, tile: int, locator: bytes, root: bytes, opening: int) -> Bits:
        """Return the opening tile's mask: the locator's in the opening's rows, else the root's."""
        _, above = tile_keys(self.runner, locator, OPENING_KEY, tile)
        _, below = tile_keys(self.runner, root, BODY_KEY, tile)
        middle = self._layout.opening_rows(opening) * self.runner.key_shape[1]
        return np.concatenate([above[:middle], below[middle:]])

    def _read_opening(
        self, pixels: Pixels, tile: int, locator: bytes, length: int
    ) -> tuple[bytes, Spent]:
        read = self.runner.read(pixels, *tile_keys(self.runner, locator, OPENING_KEY, tile))
        coded = read[: REED_SOLOMON.opening.coded(length)]
        return read_opening(coded, locator, self.identity, REED_SOLOMON, length)

    def _opens(self, pixels: Pixels, tile: int, locator: bytes, opening: bytes) -> bool:
        try:
            read, spent = self._read_opening(pixels, tile, locator, len(opening))
        except NothingThere:
            return False
        return read == opening and spent.share <= OPENING_SHARE


def tile_keys(runner: Runner, secret: bytes, label: str, tile: int) -> tuple[Bits, Bits]:
    """Return the nets' key of a tile and its mask, as key maps with bits row by row.

    ``secret`` is the root with the label BODY_KEY, or the locator with OPENING_KEY.
    """
    key = to_bits(stream(secret, label, tile, int(np.prod(runner.key_shape)) // 8))
    return key, runner.mask(key)


def _candidates(tiles: Tiles, locator: bytes) -> list[int]:
    """Return the tiles that may hold the opening, in their order."""
    count = min(CANDIDATES, tiles.count)
    return [int(tile) for tile in chosen(locator, "nets opening tiles", tiles.count, count)]


def paint(runner: Runner, cover_u8: Pixels, message: Bits, mask: Bits) -> Pixels:
    """Make Alice's stego tile, painted over where Bob would not read it well.

    Alice misses a few bits, most of them where an image is busy or saturated. There she gets her
    own stego tile as the cover and changes it once more in the same way. The rest of the tile
    stays.

    ``cover_u8``: uint8 [TILE, TILE, C]; ``message``, ``mask``: bits of the maps, row by row.
    Returns uint8 [TILE, TILE, C].
    """
    stego = runner.hide(cover_u8, message, mask)
    for _ in range(MOST_PAINTINGS - 1):
        probabilities = runner.read_under(stego, mask)
        missed = np.where(message > 0, probabilities, 1 - probabilities) < WANTED_PROBABILITY
        if missed.mean() <= TOLERATED:
            break
        again = runner.hide(stego, message, mask)
        stego = np.where(_around(missed, runner)[..., None], again, stego)
    return stego


def _around(bits: NDArray[np.bool_], runner: Runner) -> NDArray[np.bool_]:
    """Mark the pixels of some bits of the message map and those near by: bool [TILE, TILE]."""
    (rows, columns), (height, width) = runner.message_shape, runner.key_shape
    blocks = bits.reshape(height, rows // height, width, columns // width).any(axis=(1, 3))
    near = np.lib.stride_tricks.sliding_window_view(np.pad(blocks, 1), (3, 3)).any(axis=(2, 3))
    return np.kron(near, np.ones((TILE // height, TILE // width), bool))

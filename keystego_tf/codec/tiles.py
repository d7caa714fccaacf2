"""Tiles of an image, and the keys of the nets in them (docs/format.md, sections 1 to 3).

Bits are uint8 arrays of 0 and 1, pixels uint8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..bundles.catalogue import TILE
from ..bundles.runner import Bits, Pixels, Probabilities, Runner
from ..config import AgentsConfig
from ..payload.keys import PublicKey, SecretKey
from ..payload.places import Layout
from ..payload.root import OPENING_BYTES, OPENING_KEY, Key, candidates, stream


class Grid:
    """The tiles of an image, numbered row by row: uint8 [TILE, TILE, C] each.

    pixels: uint8 [H, W, C]. Setting a tile changes them.
    """

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels
        self.height, self.width = pixels.shape[:2]
        self.columns = self.width // TILE
        self.count = self.columns * (self.height // TILE)

    def _slices(self, number: int) -> tuple[slice, slice]:
        top, left = (TILE * at for at in divmod(number, self.columns))
        return slice(top, top + TILE), slice(left, left + TILE)

    def __getitem__(self, number: int) -> Pixels:
        return self.pixels[self._slices(number)]

    def __setitem__(self, number: int, tile: Pixels) -> None:
        self.pixels[self._slices(number)] = tile

    def candidates(self, agents: AgentsConfig) -> list[int]:
        """The tiles that may hold the opening, in their public order.

        With coding that is the first: any tile can be made to hold one, and reads as if it did.
        """
        found = candidates(self.width, self.height, self.count)
        return [int(tile) for tile in (found[:1] if agents.coding == "trellis" else found)]


@dataclass(frozen=True)
class Shape:
    """How a model's tile is shared out between an opening and the body.

    ``opening``: bits of the opening; ``key_rows``: rows of the key map that are the opening's;
    ``first``: the bit of the message map that is the body's first; ``total``: bits of the map.
    """

    opening: int
    key_rows: int
    first: int
    total: int

    def layout(self, tiles: int, opening_tile: int = 0) -> Layout:
        """The slots of an image of so many tiles."""
        return Layout(self.total - self.first, self.total, tiles, opening_tile)


def shape_of(agents: AgentsConfig) -> Shape:
    rows, columns = agents.message_shape(TILE, TILE)
    total, of_key_row = rows * columns, rows * columns // agents.key_shape(TILE, TILE)[0]
    opening = 8 * OPENING_BYTES[agents.scheme]
    key_rows = -(-opening // of_key_row)
    return Shape(opening, key_rows, key_rows * of_key_row, total)


def to_bits(content: bytes) -> Bits:
    return np.unpackbits(np.frombuffer(content, np.uint8))


def to_bytes(bits: NDArray[np.bool_] | Bits) -> bytes:
    return np.packbits(bits).tobytes()


def opening_mask(runner: Runner, key: Key) -> Bits:
    """The key map under which the opening of an image for ``key`` is hidden."""
    if isinstance(key, PublicKey):
        return to_bits(key.neural)
    if isinstance(key, SecretKey):
        return runner.mask(to_bits(key.neural))
    return to_bits(OPENING_KEY)


def opening_reader(runner: Runner, key: Key) -> Callable[[Pixels], Probabilities]:
    """How a tile is read for its opening: as the receiver does, or, with a public key, as near to
    that as a sender comes, who has to take the receiver's mask for granted."""
    mask = opening_mask(runner, key)
    if isinstance(key, SecretKey):
        secret = to_bits(key.neural)
        return lambda tile: runner.read(tile, secret, mask)
    return lambda tile: runner.read_under(tile, mask)


def body_key(runner: Runner, root: bytes, tile: int) -> tuple[Bits, Bits]:
    """The nets' key of the body in a tile, and the mask that belongs to it: key maps."""
    key = to_bits(stream(root, "neural", tile, len(OPENING_KEY)))
    return key, runner.mask(key)

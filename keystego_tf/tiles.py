"""The neural side of hiding and revealing: tiles, openings and the keys of the nets.

docs/format.md, sections 1 and 2. Bits are uint8 arrays of 0 and 1, pixels uint8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .config import AgentsConfig
from .models.catalogue import TILE
from .models.runner import Bits, Pixels, Probabilities, Runner
from .payload.frame import NothingThere, cost
from .payload.keys import PublicKey, SecretKey
from .payload.places import Layout, Spent, further_tiles, read_body, read_header
from .payload.root import OPENING_BYTES, OPENING_KEY, Key, candidates, root_of, stream

#: Least certainty (absolute logit) of an opening's bits that a sender settles for. A receiver on
#: another processor, or with quantised weights, reads logits that differ a little.
CERTAIN = 2.0

#: Below this certainty a receiver does not try an opening: no sender has made it.
FLOOR = 0.5


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

    def candidates(self) -> list[int]:
        """The tiles that may hold the opening, in their public order."""
        return [int(tile) for tile in candidates(self.width, self.height, self.count)]


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


def certainty(probabilities: Probabilities) -> float:
    """The least absolute logit of some bits."""
    inside = np.clip(probabilities.astype(np.float64), 1e-12, 1 - 1e-12)
    return float(np.abs(np.log(inside / (1 - inside))).min())


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


@dataclass(frozen=True)
class Opening:
    """An opening as it was read: in which tile, and how certain its least certain bit is."""

    tile: int
    content: bytes
    certainty: float


class Reader:
    """Reads what is hidden in an image for one key, through one model.

    root: the root that belongs to an opening; by default the key's own way to it. A sender who
    checks his work has only a public key, and hands in the root that he knows.
    """

    def __init__(
        self, runner: Runner, key: Key, root: Callable[[bytes], bytes] | None = None
    ) -> None:
        self.runner = runner
        self.shape = shape_of(runner.agents)
        self._read_opening = opening_reader(runner, key)
        if root is None and not isinstance(key, PublicKey):
            secret = key
            root = lambda opening: root_of(secret, opening)  # noqa: E731
        if root is None:
            raise ValueError("a public key reads nothing: the secret key is needed")
        self._root = root

    def openings(self, grid: Grid) -> Iterator[Opening]:
        """What stands in each candidate tile, whether or not it is an opening."""
        for tile in grid.candidates():
            yield self.opening(grid, tile)

    def opening(self, grid: Grid, tile: int) -> Opening:
        probabilities = self._read_opening(grid[tile])[: self.shape.opening]
        return Opening(tile, to_bytes(probabilities > 0.5), certainty(probabilities))

    def message(self, grid: Grid, opening: Opening) -> tuple[bytes, Spent]:
        """The message behind an opening; NothingThere if there is none."""
        try:
            root = self._root(opening.content)
        except ValueError as error:  # no sender makes such an opening
            raise NothingThere from error
        layout = self.shape.layout(grid.count, opening.tile)
        first = self._body(grid, root, opening.tile)[self.shape.first :]
        header = read_header(first, root, layout)
        tiles = further_tiles(root, layout, cost(header.length, header.level))
        rest = [self._body(grid, root, int(tile)) for tile in tiles]
        return read_body(np.concatenate([first, *rest]), header, root, layout)

    def _body(self, grid: Grid, root: bytes, tile: int) -> Probabilities:
        return self.runner.read(grid[tile], *body_key(self.runner, root, tile))

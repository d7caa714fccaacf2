"""Reading: which tile has an opening, and the message behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Callable

import numpy as np

from ..bundles.runner import Probabilities, Runner
from ..payload.frame import NothingThere, cost
from ..payload.keys import PublicKey
from ..payload.places import Spent, further_tiles, read_body, read_header
from ..payload.root import Key, root_of
from .tiles import Grid, body_key, opening_reader, shape_of, to_bytes

#: Called with what is being done (hiding, reading), tiles done and tiles in all.
Progress = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Where nobody looks."""


#: Least certainty (absolute logit) of an opening's bits that a sender settles for. A receiver on
#: another processor, or with quantised weights, reads logits that differ a little.
CERTAIN = 2.0

#: Below this certainty a receiver does not try an opening: no sender has made it.
FLOOR = 0.5


def certainty(probabilities: Probabilities) -> float:
    """The least absolute logit of some bits."""
    inside = np.clip(probabilities.astype(np.float64), 1e-12, 1 - 1e-12)
    return float(np.abs(np.log(inside / (1 - inside))).min())


@dataclass(frozen=True)
class Opening:
    """An opening as it was read: in which tile, and how certain its least certain bit is."""

    tile: int
    content: bytes
    certainty: float


class Reader:
    """Reads what is hidden in an image for one key, through one model.

    root: the root that belongs to an opening; by default the key's own way to it. A sender who
    checks his work has only a public key, and hands in the root that he knows. progress: called
    while a message is read.
    """

    def __init__(
        self,
        runner: Runner,
        key: Key,
        root: Callable[[bytes], bytes] | None = None,
        progress: Progress = no_progress,
    ) -> None:
        self.runner = runner
        self.progress = progress
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
        for tile in grid.candidates(self.runner.agents):
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
        read = [first]
        for tile in tiles:
            self.progress("reading", len(read), len(tiles) + 1)
            read.append(self._body(grid, root, int(tile)))
        self.progress("reading", len(read), len(read))
        return read_body(np.concatenate(read), header, root, layout)

    def _body(self, grid: Grid, root: bytes, tile: int) -> Probabilities:
        return self.runner.read(grid[tile], *body_key(self.runner, root, tile))


def first_message(readers: list[tuple[Reader, Grid]]) -> bytes:
    """The first message that there is; NothingThere if there is none."""
    for reader, grid, opening in _likely_first(readers):
        try:
            return reader.message(grid, opening)[0]
        except NothingThere:
            pass
    raise NothingThere


def _likely_first(
    readers: list[tuple[Reader, Grid]],
) -> Iterator[tuple[Reader, Grid, Opening]]:
    """What may be an opening: the certain ones as they are found, then the doubtful ones."""
    doubtful = []
    for found in _openings(readers):
        if found[2].certainty >= CERTAIN:
            yield found
        elif found[2].certainty >= FLOOR:
            doubtful.append(found)
    yield from sorted(doubtful, key=lambda found: -found[2].certainty)


def _openings(readers: list[tuple[Reader, Grid]]) -> Iterator[tuple[Reader, Grid, Opening]]:
    """Every model's first candidate, then every model's second, and so on."""
    ways = [(reader, grid, iter(reader.openings(grid))) for reader, grid in readers]
    while ways:
        for way in list(ways):
            reader, grid, openings = way
            opening = next(openings, None)
            if opening is None:
                ways.remove(way)
            else:
                yield reader, grid, opening

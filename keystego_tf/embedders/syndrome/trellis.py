"""Syndrome-trellis codes (Filler, Judas and Fridrich, 2011): message bits as parities of samples.

Each message bit is the parity of the samples of its cell and of some of the cells to the left, so
that a bit can be turned over by changing any of many samples by one, and one change can turn
several bits. What is cheapest over all samples, the Viterbi algorithm finds exactly. Bob's first
layer computes the parities (agents/syndrome.py), the sender's search is here. NumPy only.

The code is part of a model's format: COLUMNS makes it, from a hash and nothing else.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Message bits that one sample can turn over, and the base-2 logarithm of the trellis's states.
HEIGHT = 10

#: Parts that the samples of a cell fall into, at most; each part is taken from another place.
GROUPS = 6

Bits = NDArray[np.uint8]
Flips = NDArray[np.bool_]


@dataclass(frozen=True)
class Code:
    """The code of images with C channels at a payload, for any H x W.

    A cell is the pixels of one message bit: 4 x 4 at 0.0625 bits per pixel, 1 x 2 at 0.5. Its K
    samples, in the order of rows, columns, channels, fall into equal groups. Group g is taken from
    the cell that lies g/groups of the map further down and to the right, around the edges: a bit
    whose own pixels are smooth sky can be turned over in the grass.
    """

    channels: int
    bits_per_pixel: float

    @cached_property
    def cell(self) -> tuple[int, int]:
        """Height and width of a cell, pixels."""
        return (1, 2) if self.bits_per_pixel == 0.5 else (4, 4)

    @cached_property
    def samples(self) -> int:
        """K: samples of a cell."""
        return self.cell[0] * self.cell[1] * self.channels

    @cached_property
    def groups(self) -> int:
        return math.gcd(self.samples, GROUPS)

    def shifts(self, height: int, width: int) -> list[tuple[int, int]]:
        """How far each group lies down and to the right, in cells of a height x width map."""
        return [
            (group * height // self.groups, group * width // self.groups)
            for group in range(self.groups)
        ]

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """For each sample of a cell, the bits that it turns over: bit t for the t-th to the right.

        The first sample turns its own bit only: so a net finds a way, too. All others turn the
        first and the last of HEIGHT bits, and of those between them what a hash says, no two alike.
        """
        label = f"keystego-tf trellis {self.channels} {self.cell[0]} {self.cell[1]}"
        stream = hashlib.shake_256(label.encode("ascii")).digest(4096)
        inside = dict.fromkeys(stream)  # each byte once, in the order that they come in
        ends = 1 | 1 << (HEIGHT - 1)
        return (1, *(ends | byte << 1 for byte in list(inside)[: self.samples - 1]))

    def to_cells(self, image: NDArray[Any]) -> NDArray[Any]:
        """[H, W, C] -> [h, w, K], the samples of each bit's cell; H, W whole cells."""
        rows, columns = self.cell
        height, width = image.shape[0] // rows, image.shape[1] // columns
        split = image.reshape(height, rows, width, columns, self.channels)
        cells = split.transpose(0, 2, 1, 3, 4).reshape(height, width, self.samples)
        return self._roll(cells, -1)

    def to_image(self, cells: NDArray[Any]) -> NDArray[Any]:
        """[h, w, K] -> [H, W, C]: undoes ``to_cells``."""
        (rows, columns), (height, width) = self.cell, cells.shape[:2]
        split = self._roll(cells, 1).reshape(height, width, rows, columns, self.channels)
        joined = split.transpose(0, 2, 1, 3, 4)
        return joined.reshape(height * rows, width * columns, self.channels)

    def _roll(self, cells: NDArray[Any], sign: int) -> NDArray[Any]:
        shifts = self.shifts(*cells.shape[:2])
        parts = np.split(cells, self.groups, axis=-1)
        rolled = [
            np.roll(part, (sign * down, sign * right), (0, 1))
            for part, (down, right) in zip(parts, shifts)
        ]
        return np.concatenate(rolled, axis=-1)

    def kernel(self) -> NDArray[np.float32]:
        """The code as a convolution's kernel, float32 [1, HEIGHT, K, 1] of 0 and 1, over cells with
        HEIGHT - 1 empty ones before them."""
        reach = np.arange(HEIGHT - 1, -1, -1)[:, None]
        taps = np.asarray(self.columns)[None, :] >> reach & 1  # [HEIGHT, K]
        return taps[None, :, :, None].astype(np.float32)

    def syndrome(self, image_u8: NDArray[np.uint8]) -> Bits:
        """What an image carries, uint8 [h, w]: 1 where the sum of the bit's samples is odd."""
        lowest = self.to_cells(image_u8 & 1)  # [h, w, K]
        height, width, _ = lowest.shape
        sums = np.zeros((height, width), np.int64)
        for reach in range(min(HEIGHT, width)):
            taps = np.asarray(self.columns) >> reach & 1
            sums[:, reach:] += (lowest[:, : width - reach] * taps).sum(axis=-1)
        return (sums & 1).astype(np.uint8)

    def flips(
        self,
        cost: NDArray[np.floating],
        wrong: Bits | Flips,
        needed: Flips | None = None,
        rows: slice = slice(None),
    ) -> Flips:
        """The samples to change by one so that just the wrong bits turn over, at the least cost.

        cost: [H, W, C], finite, not negative, of changing each sample; wrong: [h, w], 1 for the
        bits to turn over; needed: bool [h, w], False for bits that may become anything (default:
        none may); rows: of the map, the others stay as they are: each row is a code of its own.
        Returns bool [H, W, C].
        """
        cells = self.to_cells(np.asarray(cost, np.float32))
        free = np.zeros(wrong.shape, bool) if needed is None else ~needed
        steps = np.ascontiguousarray(cells[rows].transpose(1, 2, 0))  # [w, K, rows]
        flips = np.zeros(cells.shape, bool)
        found = _viterbi(steps, self.columns, wrong[rows].T.astype(np.intp), free[rows].T)
        flips[rows] = found.transpose(2, 0, 1)
        return self.to_image(flips)


def _viterbi(
    cost: NDArray[np.float32], columns: tuple[int, ...], wrong: NDArray[np.intp], free: Flips
) -> Flips:
    """Flips [w, K, h] of least cost; cost: [w, K, h]; wrong, free: [w, h].

    A state is the bits that are turned over so far, among the current one (its lowest bit) and
    those HEIGHT - 1 to the right that the samples so far can reach.
    """
    width, samples, rows = cost.shape
    states, row = np.arange(1 << HEIGHT), np.arange(rows)
    distance = np.full((states.size, rows), np.inf, np.float32)
    distance[0] = 0
    flipped = np.empty((width, samples, states.size, rows), bool)
    odd = np.empty((width, states.size // 2, rows), bool)
    for at in range(width):
        for sample, reached in enumerate(_within(columns, width - at)):
            other = distance[states ^ reached]
            other += cost[at, sample]
            np.less(other, distance, out=flipped[at, sample])
            np.minimum(other, distance, out=distance)
        even_odd = distance.reshape(-1, 2, rows)
        better = even_odd[:, 1] < even_odd[:, 0]
        odd[at] = np.where(free[at], better, wrong[at] == 1)
        distance = np.full_like(distance, np.inf)
        distance[: states.size // 2] = np.where(odd[at], even_odd[:, 1], even_odd[:, 0])
    flips = np.zeros((width, samples, rows), bool)
    state = np.zeros(rows, np.intp)
    for at in range(width - 1, -1, -1):
        state = state << 1 | odd[at, state, row]
        for sample, reached in reversed([*enumerate(_within(columns, width - at))]):
            flips[at, sample] = flipped[at, sample, state, row]
            state = np.where(flips[at, sample], state ^ reached, state)
    return flips


def _within(columns: tuple[int, ...], left: int) -> list[int]:
    """The columns, less what lies beyond the last bit; ``left``: bits from the current one on."""
    return [column & (1 << min(left, HEIGHT)) - 1 for column in columns]

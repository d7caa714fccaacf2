"""Quantisation index modulation with dither, on DCT coefficients of luma, without nets or training.

A coefficient is moved to the nearest point of one of two lattices. The bit chooses the lattice and
the key shifts it. If the lattice matches a platform's JPEG table, the platform's encoder leaves the
points unchanged. Source: Chen and Wornell, "Quantization index modulation", IEEE Trans. Information
Theory 47(4), 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..channel.platforms import META, WHATSAPP
from ..io.jpeg import transform
from ..io.jpeg.changed import YCBCR
from .blocks import Blocks, Floats, Phases
from .embedder import Pixels

#: Coefficients that carry bits, (row, column): the first four after DC in zigzag order. They have
#: the finest steps in every table.
PLACES = ((0, 1), (1, 0), (2, 0), (1, 1))

#: Qualities of libjpeg whose tables serve as lattices. A channel of another quality has a finer
#: table than one of them, and leaves its points nearly unchanged.
QUALITIES = (50, 55, 60, 65, 70, 75, 80, 85)

#: Distance of the points, in steps of the table.
MULTIPLES = (1, 2, 3)

#: Weights of R, G and B in Y.
LUMA = YCBCR[0]

#: Log-likelihood ratio of a coefficient that lies on a point.
SURE = 4.0

Table = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Lattice:
    """The positions of points, by coefficient, float32 [8, 8].

    ``steps``: distance of a point to the next, which stands for the other bit; ``grid``: all points
    are multiples of it under any dither; 0 if the dither is free.
    """

    steps: Table
    grid: Table

    @classmethod
    def of_table(cls, luma: NDArray, multiple: int = 1) -> Lattice:
        """Take every ``multiple``-th point of a quantisation table, numbers [8, 8]."""
        grid = luma.astype(np.float32)
        return cls(multiple * grid, grid)

    @classmethod
    def free(cls, step: float) -> Lattice:
        """Make a lattice that follows no table, with one step for all coefficients."""
        return cls(np.full((8, 8), step, np.float32), np.zeros((8, 8), np.float32))


#: Tables that lattices are made from, by name.
TABLES: dict[str, NDArray] = {
    "whatsapp": WHATSAPP,
    "meta": META,
    **{f"q{quality}": transform.standard_tables(quality)[0] for quality in QUALITIES},
}

#: All lattices that a reader tries, by table and multiple, in this order.
LATTICES = {
    (name, multiple): Lattice.of_table(table, multiple)
    for multiple in MULTIPLES
    for name, table in TABLES.items()
}


def table_for(tables: Sequence[NDArray]) -> str:
    """Choose the finest of TABLES that is nowhere finer at PLACES than these, or the coarsest."""
    rows, columns = np.array(PLACES).T

    def steps(table: NDArray) -> Floats:
        return table[rows, columns].astype(np.float32)

    least = np.max([steps(table) for table in tables], axis=0)
    sizes = {name: float(steps(table).sum()) for name, table in TABLES.items()}
    good = [name for name, table in TABLES.items() if (steps(table) >= least).all()]
    return min(good, key=sizes.__getitem__) if good else max(sizes, key=sizes.__getitem__)


class Qim:
    """A ``blocks.Modulator``.

    ``lattices``: tried in reading; writing uses the first; ``places``: the coefficients, (row,
    column), each of which carries a bit.
    """

    name, identity = "qim", "qim"
    channels: int | None = None

    def __init__(self, *lattices: Lattice, places: Sequence[tuple[int, int]] = PLACES) -> None:
        self._lattices = lattices or tuple(LATTICES.values())
        self._rows, self._columns = np.array(places).T
        self.bits = self.phases = len(places)
        self.readings = len(self._lattices)
        # [64 samples, places], orthonormal
        products = transform.DCT[self._rows][:, :, None] * transform.DCT[self._columns][:, None]
        self._waves = products.reshape(len(places), 64).T

    def see(self, image_u8: Pixels) -> Floats:
        return transform.flattened(_luma(image_u8.astype(np.float32))) @ self._waves

    def read(self, seen: Floats, phases: Phases, blocks: Blocks, reading: int) -> Floats:
        steps, offsets = self._points(phases[blocks], reading)
        turns = (seen[blocks] - offsets) / steps
        odds: Floats = -SURE * np.cos(np.pi * turns)
        return odds

    def write(self, image_u8: Pixels, wanted: NDArray[np.int8], phases: Phases) -> Floats:
        steps, offsets = self._points(phases, 0)
        first = offsets + steps * (wanted > 0)  # a point that stands for the bit
        samples = image_u8.astype(np.float32)
        have = transform.flattened(_luma(samples)) @ self._waves
        nearest = first + 2 * steps * np.rint((have - first) / (2 * steps))
        changes = np.where(wanted != 0, nearest - have, 0) @ self._waves.T  # [blocks, 64]
        return samples + transform.placed(changes, image_u8.shape[:2])[..., None]

    def filters(self, channels: int) -> Floats:
        colours = LUMA if channels == 3 else np.ones(1, np.float32)
        return np.kron(self._waves, colours[:, None])

    def _points(self, phases: Phases, reading: int) -> tuple[Floats, Floats]:
        """Return steps [places] and dithers [n, places], whose period is two steps."""
        lattice = self._lattices[reading]
        steps = lattice.steps[self._rows, self._columns]
        grid = lattice.grid[self._rows, self._columns]
        points = np.where(grid > 0, 2 * steps / np.where(grid > 0, grid, 1), 256)
        return steps, np.floor(phases * points) * (2 * steps / points)


def _luma(samples: Floats) -> Floats:
    """Convert [H, W, 1 or 3] to Y less 128, [H, W]."""
    return (samples @ LUMA if samples.shape[-1] == 3 else samples[..., 0]) - 128

"""Quantisation index modulation (``embedders.qim``) as a method: what nets that are to survive JPEG
are compared with.

A random message and a dither from the key in every block of 8 x 8 pixels, without header and error
correction, on a lattice of no table, as the quality to come is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..embedders.blocks import SIDE, Phases, rounded
from ..embedders.qim import Lattice, Qim
from .method import Pixels, check_cover

#: From a point of a bit to the next one of the other, in units of coefficients.
STEP = 24.0

#: Fewest coefficients used in a block, and most, which is also the most bits.
FEWEST, MOST = 4, 32


@dataclass(frozen=True)
class QimMethod:
    """Four coefficients carry up to four bits together; more bits take one coefficient each."""

    bits_per_pixel: float
    name: str = "qim"

    def __post_init__(self) -> None:
        bits = self.bits_per_pixel * SIDE**2
        if bits not in range(1, MOST + 1) or (bits < FEWEST and FEWEST % bits):
            raise ValueError(
                f"bits_per_pixel is {self.bits_per_pixel}, but must give 1, 2 or {FEWEST} to "
                f"{MOST} whole bits for {SIDE} x {SIDE} pixels"
            )

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """See ``Method.embed``."""
        check_cover(cover_u8)
        bits, phases = self._drawn(cover_u8, rng)
        return rounded(self._qim.write(cover_u8, 2 * bits - 1, phases))

    def bits_read(self, stego_u8: Pixels, rng: np.random.Generator) -> float:
        """See ``Readable.bits_read``."""
        bits, phases = self._drawn(stego_u8, rng)
        odds = self._qim.read(self._qim.see(stego_u8), phases, np.arange(len(bits)), 0)
        return float(np.mean((odds > 0) == (bits > 0)))

    @cached_property
    def _qim(self) -> Qim:
        bits = int(self.bits_per_pixel * SIDE**2)
        places = [divmod(number, SIDE) for number in range(SIDE**2)]
        order = sorted(places, key=lambda place: (sum(place), place))
        used = max(bits, FEWEST)
        return Qim(Lattice.free(STEP), places=order[1 : used + 1], per_bit=used // bits)

    def _drawn(self, image_u8: Pixels, rng: np.random.Generator) -> tuple[NDArray[np.int8], Phases]:
        blocks = (image_u8.shape[0] // SIDE) * (image_u8.shape[1] // SIDE)
        bits = rng.integers(0, 2, (blocks, self._qim.bits), dtype=np.int8)
        phases = rng.integers(0, 256, (blocks, self._qim.phases)).astype(np.float32) / 256
        return bits, phases

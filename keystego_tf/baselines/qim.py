"""Offer quantisation index modulation (``embedders.qim``) as a method.

Nets that should survive JPEG are compared with it. Every block of 8 x 8 pixels gets a random
message and a dither from the key, without header and error correction. The lattice belongs to no
table, because the quality to come is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config.checked import require
from ..embedders.blocks import SIDE, Phases
from ..embedders.qim import LUMA, Lattice, Qim
from .blocks import bits_right, filled
from .method import Pixels, check_cover

#: Distance from a point of one bit to the next point of the other, in units of coefficients: the
#: period is 24.
STEP = 12.0

#: Highest number of bits of a block.
MOST = 32


class ColourQim(Qim):
    """QIM that changes luma by the smallest changes of R, G and B."""

    def write(self, image_u8: Pixels, wanted: NDArray[np.int8], phases: Phases) -> Any:
        changed = super().write(image_u8, wanted, phases)
        if image_u8.shape[-1] == 1:
            return changed
        return image_u8 + (changed[..., :1] - image_u8[..., :1]) * LUMA / np.sum(LUMA**2)


@dataclass(frozen=True)
class QimMethod:
    """QIM with a coefficient a bit, the lowest frequencies first."""

    bits_per_pixel: float
    name: str = "qim"
    reads_coefficients = True

    def __post_init__(self) -> None:
        bits = self.bits_per_pixel * SIDE**2
        rule = f"must give 1 to {MOST} whole bits for {SIDE} x {SIDE} pixels"
        require(bits in range(1, MOST + 1), "bits_per_pixel", self.bits_per_pixel, rule)

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """See ``Method.embed``."""
        check_cover(cover_u8)
        return filled(self._qim, cover_u8, rng)

    def bits_read(self, stego_u8: Pixels, rng: np.random.Generator) -> float:
        """See ``Readable.bits_read``."""
        return bits_right(self._qim, stego_u8, rng)

    @cached_property
    def _qim(self) -> Qim:
        bits = int(self.bits_per_pixel * SIDE**2)
        places = [divmod(number, SIDE) for number in range(SIDE**2)]
        order = sorted(places, key=lambda place: (sum(place), place))
        return ColourQim(Lattice.free(STEP), places=order[1 : bits + 1])

"""Define an error-correcting code: bytes to bits, probabilities back to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Probabilities = NDArray[np.float32]


class Uncorrectable(ValueError):
    """The data has more errors than a code can correct."""


@dataclass(frozen=True)
class Spent:
    """The correction that a decoding used.

    ``share``: the share of the correcting power that was used, in [0, 1]; ``corrected``: how many
    coded bytes (Reed-Solomon) or bits (LDPC) were wrong.
    """

    share: float
    corrected: int


class Code(Protocol):
    """An error-correcting code for data of any length."""

    def coded(self, length: int) -> int:
        """Return the number of bits that ``length`` bytes of data take."""

    def room(self, bits: int) -> int:
        """Return the most bytes of data whose code fits into ``bits``; below 0 if none does."""

    def encode(self, data: bytes) -> Bits:
        """Encode data as bits: uint8, 0 or 1."""

    def decode(self, probabilities: Probabilities, length: int) -> tuple[bytes, Spent]:
        """Decode ``length`` bytes of data, and say what correcting them took.

        ``probabilities``: float32 [coded(length)] in [0, 1], the probability that each bit is 1;
        NaN means unknown. Raises Uncorrectable if there are too many errors.
        """


def to_bits(content: bytes) -> Bits:
    """Convert bytes to bits: uint8 [8 * bytes], 0 or 1, the highest bit of a byte first."""
    return np.unpackbits(np.frombuffer(content, np.uint8))

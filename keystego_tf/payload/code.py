"""Define an error-correcting code: bytes to bits, probabilities back to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Probabilities = NDArray[np.float32]


class Uncorrectable(ValueError):
    """There are more errors than a code can correct."""


@dataclass(frozen=True)
class Spent:
    """What a decoding took.

    ``share``: the share of the power of correction that was used, in [0, 1]; ``corrected``: how
    many coded bytes (Reed-Solomon) or bits (LDPC) were wrong.
    """

    share: float
    corrected: int


class Code(Protocol):
    """An error-correcting code for data of any length."""

    def coded(self, length: int) -> int:
        """Bits that so many bytes of data take."""

    def room(self, bits: int) -> int:
        """The most bytes of data whose coded bits are so many at most; or below 0."""

    def encode(self, data: bytes) -> Bits:
        """The coded bits, uint8 of 0 and 1."""

    def decode(self, probabilities: Probabilities, length: int) -> tuple[bytes, Spent]:
        """The ``length`` bytes of data, and what correcting them took.

        ``probabilities``: float32 [coded(length)] in [0, 1], of each bit being 1; NaN is read as
        not knowing. Raises Uncorrectable if they cannot be corrected.
        """


def to_bits(content: bytes) -> Bits:
    """uint8 [8 * bytes] of 0 and 1, the highest bit of a byte first."""
    return np.unpackbits(np.frombuffer(content, np.uint8))

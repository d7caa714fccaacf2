"""Items of a scan: Huffman symbols, the bits that follow them, restarts.

Items are made kind by kind, over all blocks at once, and then sorted by a key. The key gives an
item's position in the scan: the block in the upper bits, the place inside the block in the lower
16.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Symbols are 256 * slot + symbol, with DC tables in slots 0 to 3 and AC tables in 4 to 7.
AC_SLOT = 4
RAW, RESTART = 0xFFFE, 0xFFFF

#: Number of bits of a magnitude, for int16 values and differences of two of them.
SIZES = np.ceil(np.log2(np.arange(1 << 16) + 1.0)).astype(np.uint8)

#: Places in a block's key. Whatever ends the previous block comes first.
RESTART_PLACE, DC_PLACE, END_PLACE = 2, 3, 0xFFFF


class Items(NamedTuple):
    """Symbols of a scan in order: uint16 [n]; the bits after each: uint16 [n], uint8 [n]."""

    symbols: NDArray[np.uint16]
    bits: NDArray[np.uint16]
    sizes: NDArray[np.uint8]

    def frequencies(self) -> NDArray[np.int64]:
        """Count each symbol: int64 [8 slots, 256]."""
        kept = self.symbols[self.symbols < RAW]
        return np.bincount(kept, minlength=2048).astype(np.int64).reshape(8, 256)


class Collector:
    """Collects items kind by kind, and puts them in order at the end."""

    def __init__(self) -> None:
        self.parts: list[tuple[NDArray, ...]] = []

    def add(self, keys: NDArray, symbols: NDArray | int, bits: NDArray | int = 0,
            sizes: NDArray | int = 0) -> None:  # fmt: skip
        kinds = (np.uint16, np.uint16, np.uint8)
        values = (
            np.broadcast_to(np.asarray(value).astype(kind), keys.shape)
            for value, kind in zip((symbols, bits, sizes), kinds)
        )
        self.parts.append((keys, *values))

    def items(self) -> Items:
        keys, symbols, bits, sizes = (np.concatenate(part) for part in zip(*self.parts))
        order = np.argsort(keys, kind="stable")
        return Items(symbols[order], bits[order], sizes[order])


def joined(parts: list[Items]) -> Items:
    return Items(*(np.concatenate(arrays) for arrays in zip(*parts)))


def add_restarts(found: Collector, mcus: int, restart: int, per_mcu: int, first: int) -> None:
    """Add a restart before each MCU at a multiple of the interval, except the first."""
    if restart:
        numbers = np.arange(first, first + mcus)
        numbers = numbers[(numbers % restart == 0) & (numbers > 0)]
        keys = ((numbers - first) * per_mcu << 16) + RESTART_PLACE
        found.add(keys, RESTART, numbers // restart - 1 & 7)


def magnitudes(values: NDArray) -> tuple[NDArray, NDArray]:
    """Return each value's size, and its bits among the values of that size (T.81, table F.1)."""
    sizes = SIZES[np.abs(values)]
    return sizes, np.where(values < 0, values + (1 << sizes.astype(np.int32)) - 1, values)


def starts_of(block: NDArray) -> NDArray[np.bool_]:
    """Mark where each block's first value stands in sorted block numbers."""
    starts = np.ones(block.size, bool)
    starts[1:] = block[1:] != block[:-1]
    return starts


def add_zero_runs(found: Collector, keys: NDArray, counts: NDArray, base: NDArray) -> None:
    """Add ZRL (sixteen zeros) ``counts`` times before the items with these keys."""
    for number in range(3):
        chosen = counts > number
        if chosen.any():
            found.add(keys[chosen] + 2 * number, base[chosen] + 0xF0)

"""Error correction: Reed-Solomon blocks, or none (docs/format.md, section 5).

All blocks are encoded and checked together with NumPy, by one table look-up per byte. The few
broken ones go to ``reedsolo`` one by one. For this, a block that is shorter than its neighbours
gets a leading zero, which changes no parity byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
import reedsolo
from numpy.typing import NDArray

from .code import Bits, Probabilities, Spent, Uncorrectable, to_bits

#: Length in bytes of the longest block: the field has this many elements besides 0.
BLOCK = 255

#: The polynomial of the field GF(2^8); its generator is 2.
POLYNOMIAL = 0x11D

#: Parity bytes that must stay unused if bytes were erased. With this many, a random block passes
#: with a probability below 2^-32; with none, nearly every block would.
SLACK = 4

Bytes = NDArray[np.uint8]
Number = TypeVar("Number", np.uint8, np.float32)


@dataclass(frozen=True)
class ReedSolomon:
    """Blocks with ``parity`` bytes (0 to 254) each: a ``code.Code``."""

    parity: int

    def coded(self, length: int) -> int:
        return 8 * (length + self.parity * self._blocks(length))

    def room(self, bits: int) -> int:
        whole, rest = divmod(max(bits, 0) // 8, BLOCK)
        return whole * (BLOCK - self.parity) + max(0, rest - self.parity)

    def encode(self, data: bytes) -> Bits:
        count = self._blocks(len(data))
        if count == 0 or self.parity == 0:
            return to_bits(data)
        rows = _rows(np.frombuffer(data, np.uint8), count)  # [blocks, data bytes]
        coded = np.hstack([rows, _parity_of(rows, self.parity)])  # [blocks, coded bytes]
        return to_bits(_joined(coded, len(data) + count * self.parity))

    def decode(self, probabilities: Probabilities, length: int) -> tuple[bytes, Spent]:
        """See ``code.Code``; a byte is as doubtful as the least certain of its bits."""
        coded, count = np.packbits(probabilities > 0.5), self._blocks(length)
        if count == 0 or self.parity == 0:
            return coded.tobytes(), Spent(0.0, 0)
        certain = np.nan_to_num(np.abs(probabilities - np.float32(0.5)) * 2, nan=0.0)
        doubts = _rows(1 - certain.reshape(-1, 8).min(axis=1), count)
        rows = _rows(coded, count)  # [blocks, coded bytes]
        data, parity = rows[:, : -self.parity], rows[:, -self.parity :]
        share, corrected = 0.0, 0
        longer = length % count or count  # the first ``longer`` blocks have no leading zero
        for index in np.flatnonzero((_parity_of(data, self.parity) != parity).any(axis=1)):
            inside = slice(0 if index < longer else 1, None)
            block = rows[index, inside]
            fixed, used = _corrected(block, self.parity, doubts[index, inside])
            share, corrected = max(share, used), corrected + int((fixed != block).sum())
            rows[index, inside] = fixed
        return _joined(data, length), Spent(share, corrected)

    def _blocks(self, length: int) -> int:
        return -(-length // (BLOCK - self.parity))


def _rows(values: NDArray[Number], count: int) -> NDArray[Number]:
    """Cut into ``count`` rows, the longer ones first, the others with a leading zero."""
    short, longer = divmod(len(values), count)
    if not longer:
        return values.reshape(count, short).copy()
    rows = np.zeros((count, short + 1), values.dtype)
    middle = longer * (short + 1)
    rows[:longer] = values[:middle].reshape(longer, short + 1)
    rows[longer:, 1:] = values[middle:].reshape(count - longer, short)
    return rows


def _joined(rows: Bytes, length: int) -> bytes:
    """Undo ``_rows``: join the rows to the ``length`` bytes that they were cut from."""
    longer = length % len(rows) or len(rows)
    return rows[:longer].tobytes() + rows[longer:, 1:].tobytes()


@cache
def _products() -> Bytes:
    """Tabulate the product of any two elements of the field: uint8 [256, 256]."""
    codec = _codec(1)  # any has the field's tables
    powers, logs = (np.array(list(each)) for each in (codec.gf_exp, codec.gf_log))
    table = powers[(logs[:, None] + logs) % BLOCK].astype(np.uint8)
    table[0] = table[:, 0] = 0  # 0 has no logarithm
    return table


@cache
def _feedback(parity: int) -> Bytes:
    """Multiply every element by the generator without its leading 1: uint8 [256, parity]."""
    generator = list(_codec(parity).gen[parity])  # coefficients from the highest power down
    return _products()[:, generator[1:]]


def _parity_of(rows: Bytes, parity: int) -> Bytes:
    """Compute the parity bytes of every row at once: uint8 [blocks, parity].

    This divides by the generator polynomial, one step per column, and keeps the remainder.
    """
    feedback = _feedback(parity)
    remainder = np.zeros((len(rows), parity), np.uint8)
    for column in rows.T:
        shifted = feedback[column ^ remainder[:, 0]]  # [blocks, parity]
        shifted[:, :-1] ^= remainder[:, 1:]
        remainder = shifted
    return remainder


@cache
def _codec(parity: int) -> reedsolo.RSCodec:
    return reedsolo.RSCodec(parity, nsize=BLOCK, fcr=0, prim=POLYNOMIAL)


def _corrected(block: Bytes, parity: int, doubt: NDArray[np.float32]) -> tuple[Bytes, float]:
    """Correct a broken block; also return the share of its correcting power that this took.

    A block with too many errors is tried again with its most doubtful bytes as erasures.
    """
    doubtful = np.argsort(-doubt, kind="stable")
    # few enough that some parity is left to detect a wrong result
    for count in (parity * quarters // 4 for quarters in range(4)):
        erased = doubtful[:count]
        try:
            fixed = _codec(parity).decode(block.tobytes(), erase_pos=erased.tolist())[1]
        except (reedsolo.ReedSolomonError, ZeroDivisionError, IndexError):
            continue
        result = np.frombuffer(bytes(fixed), np.uint8)
        wrong = result != block
        wrong[erased] = False
        used = 2 * int(wrong.sum()) + len(erased)
        if used <= parity - (SLACK if count else 0):
            return result, used / parity
    raise Uncorrectable("a block has more errors than its parity can correct")

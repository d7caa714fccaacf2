"""Quasi-cyclic LDPC codes with soft decisions, for data of any length (docs/format.md, section 5).

The codes are repeat-accumulate codes. Each check adds some data bits and one parity bit to the
parity bit before it, so encoding is a running sum. The circulants are drawn for each length,
without cycles of four wherever possible. Up to a rate of 1/2, some bits take part in more checks
than others, in the shares of DVB-S2 (ETSI EN 302 307-1, annex B). At higher rates short words do
better without this. Decoding is min-sum with a factor: Chen, Dholakia, Eleftheriou, Fossorier and
Hu, "Reduced-complexity decoding of LDPC codes", IEEE Trans. Comm. 53(8), 2005.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .code import Bits, Probabilities, Spent, Uncorrectable, to_bits

#: Number of columns of circulants, data and parity together.
COLUMNS = 24

#: By rate: the number of checks that each data column takes part in, and the decoding factor.
_DEGREES: dict[tuple[int, int], tuple[tuple[int, ...], float]] = {
    (5, 6): ((4,) * 20, 0.75),
    (3, 4): ((4,) * 18, 0.75),
    (2, 3): ((4,) * 16, 0.75),
    (1, 2): ((8, 8, 8, 8, 7) + (3,) * 7, 0.8),
    (1, 3): ((12, 12, 9) + (3,) * 5, 0.9),
    (1, 4): ((12, 12) + (3,) * 4, 0.9),
    (1, 6): ((5,) * 4, 1.0),
}

#: Rates, the highest first, and the rate of opening and header.
RATES = tuple(_DEGREES)
STRONGEST = RATES[-1]

#: Least size of a circulant. Shorter data is padded with zeros that are not sent.
LEAST_SIZE = 16

#: Seed of the circulants' generator.
SEED = 1

#: Number of draws for a circulant before a cycle of four is accepted.
DRAWS = 64

#: Largest number of decoding rounds.
ROUNDS = 60

#: Largest log-likelihood ratio of a bit. Known zeros have KNOWN.
LARGEST, KNOWN = 12.0, 1e4

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Ldpc:
    """The code for one of RATES: a ``code.Code``."""

    rate: tuple[int, int]

    def coded(self, length: int) -> int:
        return 8 * length + (COLUMNS - self._data) * self._size(length)

    def room(self, bits: int) -> int:
        low, high = -1, max(bits, 0) // 8 + 1  # the length ``low`` has room, ``high`` has none
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.coded(middle) <= bits else (low, middle)
        return low

    def encode(self, data: bytes) -> Bits:
        size, bits = self._size(len(data)), to_bits(data)
        filled = np.zeros((self._data, size), np.uint8)
        filled.reshape(-1)[: len(bits)] = bits
        sums = np.zeros((COLUMNS - self._data, size), np.uint8)
        for row, column, shift in circulants(self.rate, size):
            sums[row] ^= np.roll(filled[column], -shift)
        parity = np.bitwise_xor.accumulate(sums.T.reshape(-1))
        return np.concatenate([bits, parity])

    def decode(self, probabilities: Probabilities, length: int) -> tuple[bytes, Spent]:
        """``Spent.share`` says how much of the code a channel with so many errors uses."""
        size, sent = self._size(length), 8 * length
        likely = np.nan_to_num(np.asarray(probabilities, np.float64), nan=0.5)
        odds = np.log(np.maximum(likely, 1e-9) / np.maximum(1 - likely, 1e-9))  # above 0 for a 1
        odds = np.clip(odds, -LARGEST, LARGEST).astype(np.float32)
        found = _decoded(self._whole(odds, length), self.rate, size)
        coded = np.concatenate([found[:sent], found[self._data * size :]])
        wrong = int(np.count_nonzero(coded != (odds > 0)))
        # Shannon's limit for so many errors and no more knowledge
        share = _entropy(wrong / len(coded)) / (1 - sent / len(coded))
        return np.packbits(found[:sent]).tobytes(), Spent(min(share, 1.0), wrong)

    def unmet(self, probabilities: Probabilities, length: int) -> float:
        """Return the share of checks that the likeliest bits do not meet: a half by chance."""
        ones = self._whole(np.asarray(probabilities, np.float32) - 0.5, length) > 0
        bits = _bits_of_checks(self.rate, self._size(length))
        return float(np.mean(np.append(ones, False)[bits].sum(axis=0) & 1))

    def _whole(self, odds: Floats, length: int) -> Floats:
        """Put the known zeros between data and checks."""
        sent = 8 * length
        zeros = np.full(self._data * self._size(length) - sent, -KNOWN, np.float32)
        return np.concatenate([odds[:sent], zeros, odds[sent:]])

    @property
    def _data(self) -> int:
        return len(_DEGREES[self.rate][0])

    def _size(self, length: int) -> int:
        return max(LEAST_SIZE, -(-8 * length // self._data))


@lru_cache(maxsize=16)
def circulants(rate: tuple[int, int], size: int) -> tuple[tuple[int, int, int], ...]:
    """List the circulants of the data as (row, column, shift).

    Check z of a row has bit (z + shift) % size. The rows take turns in an order that is drawn anew
    for each turn, so that all checks have equally many data bits.
    """
    degrees = _DEGREES[rate][0]
    rows, state = COLUMNS - len(degrees), SEED
    taken: dict[tuple[int, int], set[int]] = {}
    for row in range(rows):  # the running sum: each check's result goes into the next
        after, shift = (row + 1) % rows, int(row == rows - 1)
        taken.setdefault((row, after), set()).add(shift % size)
        taken.setdefault((after, row), set()).add(-shift % size)
    found, order = [], list[int]()
    for column, degree in enumerate(degrees):
        own: list[tuple[int, int]] = []
        for _ in range(degree):
            if not order:
                order = list(range(rows))
                for last in range(rows - 1, 0, -1):
                    state = _next(state)
                    other = state % (last + 1)
                    order[last], order[other] = order[other], order[last]
            row = order.pop()
            for _ in range(DRAWS):
                state = _next(state)
                shift = state % size
                pairs = _differences(row, shift, own, size)
                if all(each not in taken.get(pair, ()) for pair, each in pairs) and len(
                    set(pairs)
                ) == len(pairs):
                    break
            for pair, each in pairs:
                taken.setdefault(pair, set()).add(each)
            own.append((row, shift))
            found.append((row, column, shift))
    return tuple(found)


def _next(state: int) -> int:
    """Lehmer's generator, whose products all fit into JavaScript's numbers."""
    return state * 48271 % 0x7FFFFFFF


def _differences(
    row: int, shift: int, own: list[tuple[int, int]], size: int
) -> list[tuple[tuple[int, int], int]]:
    """List what a circulant would add: pairs of rows, and the distance of their shifts in a column.

    Two columns that share an entry make a cycle of four.
    """
    found = []
    for other, its in own:
        found.append(((row, other), (shift - its) % size))
        found.append(((other, row), (its - shift) % size))
    return found


@lru_cache(maxsize=4)
def _bits_of_checks(rate: tuple[int, int], size: int) -> NDArray[np.int32]:
    """Index the bits that each check adds: int32 [bits a check, checks]; the last is a known 0."""
    data = len(_DEGREES[rate][0])
    rows = COLUMNS - data
    by_row: list[list[NDArray[np.int64]]] = [[] for _ in range(rows)]
    for row, column, shift in circulants(rate, size):
        by_row[row].append(column * size + (np.arange(size) + shift) % size)
    checks = np.array(by_row).transpose(1, 2, 0).reshape(len(by_row[0]), rows * size)
    parity = data * size + np.arange(rows * size)
    before = np.concatenate([[COLUMNS * size], parity[:-1]])
    return np.vstack([checks, parity, before]).astype(np.int32)


def _decoded(odds: Floats, rate: tuple[int, int], size: int) -> Bits:
    """Decode a word from log-likelihood ratios, float32 [COLUMNS * size], above 0 for a 1."""
    bits, factor = _bits_of_checks(rate, size), np.float32(_DEGREES[rate][1])
    flat, total = bits.reshape(-1), np.append(odds, np.float32(-KNOWN))
    messages = np.zeros(bits.shape, np.float32)
    own = total.copy()
    numbers = np.arange(bits.shape[1])
    for _ in range(ROUNDS):
        if not ((total > 0)[bits].sum(axis=0) & 1).any():
            return (total[:-1] > 0).astype(np.uint8)
        incoming = total[bits] - messages
        # a check's bits add up to 0, so each bit equals the sum of the others
        ones, sizes = incoming > 0, np.abs(incoming)
        odd = ones ^ (ones.sum(axis=0) & 1).astype(bool)
        weakest = sizes.argmin(axis=0)
        least = sizes[weakest, numbers]
        sizes[weakest, numbers] = np.inf
        second = sizes.min(axis=0)
        messages = np.broadcast_to(least, bits.shape).copy()
        messages[weakest, numbers] = second
        messages *= np.where(odd, factor, -factor)
        total = own + np.bincount(flat, messages.reshape(-1), len(own)).astype(np.float32)
    raise Uncorrectable("the checks of the code are not met")


def _entropy(share: float) -> float:
    """Entropy, in bits, of whether a bit is wrong, if this share of the bits is."""
    if not 0 < share < 1:
        return 0.0 if share == 0 else 1.0
    return float(-share * np.log2(share) - (1 - share) * np.log2(1 - share))

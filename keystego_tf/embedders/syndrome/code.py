"""Bits that samples carry: syndromes of a convolutional code over the integers modulo 3.

A sample changes by -1, 0 or +1, which its residue modulo 3 tells apart, so a ternary code uses all
three (a code of parities uses two). Here: the code and its reader. ``search`` finds the cheapest
changes. Syndrome-trellis codes: Filler, Judas and Fridrich, "Minimizing additive distortion in
steganography using syndrome-trellis codes", IEEE TIFS 6(3), 2011.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Trits = NDArray[np.uint8]

#: Trits of the message that one sample can change; the trellis has 3 ** HEIGHT states.
HEIGHT = 8

#: Samples of a block that act differently at most; the others repeat the first.
COLUMNS = 32

#: Samples a bit beyond which more hardly lower the cost; callers select no more.
SAMPLES_PER_BIT = 64

#: Bits and trits of a group: 2 ** 19 <= 3 ** 12.
GROUP_BITS, GROUP_TRITS = 19, 12

#: Trits by which a uniform group is longer than it need be: its residues differ from uniform by
#: less than 3 ** -UNIFORM_TRITS.
UNIFORM_TRITS = 15


def most_bits(n: int) -> int:
    """The most bits that n samples carry: one for every two samples."""
    return n // 2


def trits_for(count: int, uniform: bool = False) -> int:
    """The number of trits that carry ``count`` bits."""
    if uniform:
        return _least_trits(count) + UNIFORM_TRITS
    groups, rest = divmod(count, GROUP_BITS)
    return groups * GROUP_TRITS + _least_trits(rest)


def extract(values: NDArray[Any], count: int, *, uniform: bool = False) -> Bits:
    """The bits that some samples carry.

    Args:
        values: integers [n], of any dtype, negative ones included; the order matters.
        count: number of bits, from 0 to most_bits(n).
        uniform: as given to ``embed``.

    Returns:
        uint8 [count], 0 and 1.

    Raises:
        ValueError: count is out of range.
    """
    check_count(values.size, count)
    return to_bits(syndrome(values, trits_for(count, uniform)), count, uniform)


def check_count(n: int, count: int) -> None:
    """Raises ValueError unless n samples carry ``count`` bits."""
    if not 0 <= count <= most_bits(n):
        raise ValueError(
            f"count is {count}, but {n} samples carry 0 to {most_bits(n)} bits, one for every two"
        )


def syndrome(values: NDArray[Any], trits: int) -> Trits:
    """The trits that samples carry. values: integers [n]. Returns uint8 [trits] of 0, 1, 2."""
    if not trits:
        return np.zeros(0, np.uint8)
    table = columns()
    first = block_starts(values.size, trits)
    block = np.repeat(np.arange(trits), np.diff(first))
    column = (np.arange(values.size) - first[block]) % COLUMNS
    sums = np.bincount(block * COLUMNS + column, np.mod(values, 3), trits * COLUMNS)
    sums = sums.reshape(trits, COLUMNS)
    result = np.zeros(trits)
    for reach in range(min(HEIGHT, trits)):
        result[reach:] += (sums @ table[:, reach].astype(float))[: trits - reach]
    return (result % 3).astype(np.uint8)


def block_starts(n: int, trits: int) -> NDArray[np.int64]:
    """int64 [trits + 1]: block b is the samples from starts[b] up to starts[b + 1]."""
    return -(np.arange(trits + 1, dtype=np.int64) * -n // trits)


@lru_cache(maxsize=1)
def columns() -> Trits:
    """uint8 [COLUMNS, HEIGHT]: by how much a sample of each column changes each of HEIGHT trits."""
    stream = hashlib.shake_256(b"keystego-tf syndrome columns").digest(4096)
    found: dict[tuple[int, ...], None] = {}
    for at in range(0, len(stream), HEIGHT):
        digits = [byte % 3 for byte in stream[at : at + HEIGHT]]
        digits[0] = 1
        digits[-1] = digits[-1] or 1
        found[tuple(digits)] = None
    return np.array(list(found)[:COLUMNS], np.uint8)


def to_trits(bits: Bits, rng: np.random.Generator, uniform: bool = False) -> Trits:
    """The trits that stand for bits; where several do, rng chooses one."""
    total, groups = trits_for(bits.size, uniform), []
    size = bits.size if uniform else GROUP_BITS
    for at in range(0, bits.size, size or 1):
        part = bits[at : at + size]
        length = trits_for(part.size, uniform)
        number = int("".join(map(str, part.tolist())), 2)
        spare = (3**length - 1 - number) >> part.size
        number += _below(spare + 1, rng) << part.size
        digits = []
        for _ in range(length):
            number, digit = divmod(number, 3)
            digits.append(digit)
        groups += digits
    result = np.array(groups, np.uint8)
    return result if groups else np.zeros(total, np.uint8)


def to_bits(trits: Trits, count: int, uniform: bool = False) -> Bits:
    """The bits that trits stand for: undoes ``to_trits``; other trits stand for some bits too."""
    result: list[int] = []
    size = count if uniform else GROUP_BITS
    at = 0
    while len(result) < count:
        bits = min(size, count - len(result))
        length = trits_for(bits, uniform)
        number = 0
        for digit in trits[at : at + length][::-1].tolist():
            number = number * 3 + digit
        result += [number >> bit & 1 for bit in range(bits - 1, -1, -1)]
        at += length
    return np.array(result, np.uint8)


def _least_trits(count: int) -> int:
    trits = 0
    while 3**trits < 1 << count:
        trits += 1
    return trits


def _below(limit: int, rng: np.random.Generator) -> int:
    """A random integer from 0 to limit - 1; limit: of any size."""
    length = (limit.bit_length() + 7) // 8 + 8
    return int.from_bytes(rng.bytes(length), "big") % limit

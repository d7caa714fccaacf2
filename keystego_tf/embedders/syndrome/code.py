"""Read bits as syndromes of a convolutional code over the integers modulo 3.

A sample changes by -1, 0 or +1, and its residue modulo 3 tells all three apart. So a ternary code
uses all three changes, while a code of parities uses two. This module has the code and its reader;
``search`` finds the cheapest changes. Source for syndrome-trellis codes: Filler, Judas and
Fridrich, "Minimizing additive distortion in steganography using syndrome-trellis codes", IEEE TIFS
6(3), 2011.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .trits import Bits, Trits, bits_in, to_bits, trits_for

#: Number of message trits that one sample can change; the trellis has 3 ** HEIGHT states.
HEIGHT = 8

#: Most samples of a block that act differently, for messages of up to MANY_TRITS trits and for
#: longer ones. The block's other samples repeat them.
COLUMNS, COLUMNS_OF_MANY = 32, 12
MANY_TRITS = 1 << 16

#: Least number of samples per trit.
LEAST_WIDTH = 3

#: Samples per bit beyond which more samples hardly lower the cost. Callers select no more.
SAMPLES_PER_BIT = 64

#: Seeds by the number of columns: the best of 24 (40 for 3 columns) at HILL costs of photos. Other
#: numbers have seed 0.
_SEEDS = {3: 24, 4: 1, 10: 12}

#: Number of samples that are summed at once, which bounds memory.
_CHUNK = 1 << 21


def most_bits(n: int, *, uniform: bool = False) -> int:
    """Return the most bits that n samples carry: a trit for three samples, 0.528 bits a sample."""
    return bits_in(n // LEAST_WIDTH, uniform)


def extract(values: NDArray[Any], count: int, *, uniform: bool = False) -> Bits:
    """Extract the bits that some samples carry.

    Args:
        values: integers [n], of any dtype, negative ones included; the order matters.
        count: number of bits, from 0 to most_bits(n).
        uniform: as given to ``embed``.

    Returns:
        uint8 [count], 0 and 1.

    Raises:
        ValueError: count is out of range.
    """
    check_count(values.size, count, uniform)
    return to_bits(syndrome(values, trits_for(count, uniform)), count, uniform)


def check_count(n: int, count: int, uniform: bool = False) -> None:
    """Raise ValueError unless n samples can carry ``count`` bits."""
    most = most_bits(n, uniform=uniform)
    if not 0 <= count <= most:
        raise ValueError(f"count is {count}, but {n} samples carry 0 to {most} bits")


def syndrome(values: NDArray[Any], trits: int) -> Trits:
    """Compute the trits that samples, integers [n], carry: uint8 [trits], 0, 1 or 2."""
    result = np.zeros(trits, np.int64)
    if not trits:
        return result.astype(np.uint8)
    columns = columns_for(values.size, trits).astype(np.int64)
    starts = block_starts(values.size, trits)
    step = max(1, _CHUNK * trits // values.size)
    for first in range(0, trits, step):
        blocks = np.arange(first, min(first + step, trits))
        sums = np.zeros((blocks.size, len(columns)), np.int64)
        for index, there in block_samples(starts[blocks], starts[blocks + 1], len(columns)):
            sums += np.mod(values[index], 3) * there
        for reach in range(columns.shape[1]):
            result[(blocks + reach) % trits] += sums @ columns[:, reach]
    return (result % 3).astype(np.uint8)


def block_starts(n: int, trits: int) -> NDArray[np.int64]:
    """Return int64 [trits + 1]: block b is the samples from starts[b] up to starts[b + 1]."""
    return -(np.arange(trits + 1, dtype=np.int64) * -n // trits)


def block_samples(
    starts: NDArray[np.int64], ends: NDArray[np.int64], columns: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Yield the samples of some blocks by their columns, G at a time.

    ``starts``, ``ends``: [blocks]. Yields int64 [blocks, G], indices of samples, and bool
    [blocks, G], whether the block has that many samples.
    """
    for first in range(0, int((ends - starts).max()), columns):
        index = starts[:, None] + np.arange(first, first + columns)
        there = index < ends[:, None]
        yield np.where(there, index, 0), there


def columns_for(n: int, trits: int) -> Trits:
    """Return the columns of the code by which n samples carry some trits (``code_of``)."""
    most = COLUMNS if trits <= MANY_TRITS else COLUMNS_OF_MANY
    return code_of(min(-(-n // trits), most))


@cache
def code_of(size: int) -> Trits:
    """Return the code with G columns: uint8 [G, HEIGHT], 0, 1 or 2.

    Sample j of block b adds its value times columns[j % G, t] to trit b + t, cyclically. The
    columns are the first distinct ones of a hash, with a first digit 1 and a last digit not 0.
    """
    label = f"keystego-tf syndrome columns {size} {_SEEDS.get(size, 0)}"
    stream = np.frombuffer(hashlib.shake_256(label.encode()).digest(512 * HEIGHT), np.uint8)
    columns = stream.reshape(-1, HEIGHT) % 3
    columns[:, 0] = 1
    columns[columns[:, -1] == 0, -1] = 1
    distinct = dict.fromkeys(map(tuple, columns.tolist()))
    return np.array(list(distinct)[:size], np.uint8)

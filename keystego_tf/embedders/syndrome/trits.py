"""Convert bits to digits of base 3, trits, and back.

Bits are cut into groups of 19, each 12 trits: 2 ** 19 is 98.7 % of 3 ** 12. With ``uniform``, for
trits that strangers can read, all bits form one group with more trits than it needs. One of the
many numbers that stand for the same bits is drawn at random, so the trits of random bits are
uniform.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Trits = NDArray[np.uint8]

#: Number of bits and trits of a group.
GROUP_BITS, GROUP_TRITS = 19, 12

#: Extra trits of a uniform group: the distribution of its trits is uniform to 3 ** -15.
UNIFORM_TRITS = 15

#: Least number of trits that carry any bits: as many as one sample can change.
LEAST_TRITS = 8


def trits_for(count: int, uniform: bool = False) -> int:
    """Return the number of trits that carry ``count`` bits."""
    if not count:
        return 0
    if uniform:
        return max(_least_trits(count) + UNIFORM_TRITS, LEAST_TRITS)
    groups, rest = divmod(count, GROUP_BITS)
    return max(groups * GROUP_TRITS + _least_trits(rest), LEAST_TRITS)


def bits_in(trits: int, uniform: bool = False) -> int:
    """Return the most bits that a number of trits can carry."""
    if trits < LEAST_TRITS:
        return 0
    if uniform:
        return (3 ** max(trits - UNIFORM_TRITS, 0)).bit_length() - 1
    groups, rest = divmod(trits, GROUP_TRITS)
    return groups * GROUP_BITS + (3**rest).bit_length() - 1


def to_trits(bits: Bits, rng: np.random.Generator, uniform: bool = False) -> Trits:
    """Convert bits, uint8 [count], to uint8 [trits_for(count)], lowest digit of a group first.

    If several numbers stand for the same bits, ``rng`` chooses one.
    """
    groups = 0 if uniform else bits.size // GROUP_BITS
    whole = groups * GROUP_BITS
    numbers = bits[:whole].reshape(groups, GROUP_BITS) @ (1 << np.arange(GROUP_BITS - 1, -1, -1))
    spare = (3**GROUP_TRITS - 1 - numbers) >> GROUP_BITS
    numbers += rng.integers(0, spare, endpoint=True) << GROUP_BITS
    digits = numbers[:, None] // 3 ** np.arange(GROUP_TRITS) % 3
    length = trits_for(bits.size, uniform) - digits.size
    rest = _group_to_trits(bits[whole:], length, rng)
    return np.concatenate([digits.reshape(-1), rest]).astype(np.uint8)


def to_bits(trits: Trits, count: int, uniform: bool = False) -> Bits:
    """Convert trits to the bits that they stand for, undoing ``to_trits``; any trits are valid."""
    groups = 0 if uniform else count // GROUP_BITS
    digits = trits[: groups * GROUP_TRITS].reshape(groups, GROUP_TRITS).astype(np.int64)
    numbers = digits @ 3 ** np.arange(GROUP_TRITS)
    bits = numbers[:, None] >> np.arange(GROUP_BITS - 1, -1, -1) & 1
    number = 0
    for digit in trits[groups * GROUP_TRITS :][::-1].tolist():
        number = 3 * number + digit
    rest = [number >> place & 1 for place in range(count - bits.size - 1, -1, -1)]
    return np.concatenate([bits.reshape(-1), rest]).astype(np.uint8)


def _group_to_trits(bits: Bits, length: int, rng: np.random.Generator) -> list[int]:
    """Convert bits to one group of a length, the first bit being the highest."""
    number = int("0" + "".join(map(str, bits.tolist())), 2)
    number += _random_below((3**length - 1 - number >> bits.size) + 1, rng) << bits.size
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 3)
        digits.append(digit)
    return digits


def _least_trits(count: int) -> int:
    """Return the fewest trits that carry bits as one group."""
    trits = int(count / 1.585)
    while 3**trits < 1 << count:
        trits += 1
    return trits


def _random_below(limit: int, rng: np.random.Generator) -> int:
    """Draw from 0 to limit - 1, almost uniformly; ``limit`` may be of any size."""
    return int.from_bytes(rng.bytes(limit.bit_length() // 8 + 9), "big") % limit

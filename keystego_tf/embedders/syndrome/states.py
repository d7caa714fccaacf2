"""Tables of a code's states: how columns join them, and which are how many changes apart.

A state is the digits, modulo 3, that the samples so far add to the trits from the current block on.
Within a block it has HEIGHT digits, the first for the current trit; between blocks it has HEIGHT -
1. As a number, its first digit is the lowest.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .code import HEIGHT, code_of

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Tables:
    """The predecessors of the triples of states in each column. V = 3 ** (HEIGHT - 1).

    ``entry``: [V], the state before a block for each v of its first column; ``live``: [V], its k;
    ``turn``: [G - 1, 3, V], v in the column before for each (k, v) in a column; ``take``: turn as
    positions in [3 * V].
    """

    entry: Index
    live: Index
    turn: Index
    take: Index


@lru_cache(maxsize=16)
def tables(size: int) -> Tables:
    """Build the tables of the code with ``size`` columns."""
    digits = HEIGHT - 1
    v = np.arange(3**digits)
    powers = 3 ** np.arange(digits)
    tails = code_of(size)[:, 1:].astype(np.intp)  # [G, digits]

    def add(k: int, tail: Index) -> Index:
        return ((v[:, None] // powers + k * tail) % 3) @ powers

    first = tails[0]
    live = (-(v // powers[-1]) * first[-1]) % 3  # 1 and 2 are their own inverses
    full = np.choose(live, [add(k, first) for k in range(3)])
    entry = live + 3 * (full % powers[-1])
    steps = [[add(k, tails[j] - tails[j - 1]) for k in range(3)] for j in range(1, len(tails))]
    turn = np.array(steps, np.intp).reshape(-1, 3, v.size)
    take = (turn + v.size * np.arange(3)[:, None]).reshape(-1, 3 * v.size)
    return Tables(entry, live, turn, take)


@dataclass(frozen=True)
class Few:
    """All ways to make few changes in a block, by the last digit q of the state after it.

    ``ways``: [3, M, most], each change as 1 + 2 * column + (0 for +1, 1 for -1), 0 for none;
    ``before``: uint16 [V, M], the state before the block for each state after it and each of its
    ways.
    """

    ways: Index
    before: NDArray[np.uint16]


@lru_cache(maxsize=16)
def few(size: int) -> Few:
    """List the ways of the code with ``size`` columns."""
    code, digits = code_of(size), HEIGHT - 1
    most = 3 if size <= 10 else 2
    made = [
        [1 + 2 * column + sign for column, sign in zip(columns, signs)] + [0] * (most - number)
        for number in range(most + 1)
        for columns in itertools.combinations(range(size), number)
        for signs in itertools.product((0, 1), repeat=number)
    ]
    single = np.zeros((1 + 2 * size, HEIGHT), np.intp)
    single[1::2], single[2::2] = code, 2 * code.astype(np.intp)
    sums = single[np.array(made)].sum(axis=1) % 3  # [ways, HEIGHT]
    classes = [np.flatnonzero(sums[:, -1] == q) for q in range(3)]
    longest = max(part.size for part in classes)
    chosen = np.array([np.resize(part, longest) for part in classes])  # the shorter ones repeat
    behind = np.arange(3**digits).reshape(3, -1)[0]
    before = np.zeros((3, behind.size, longest), np.uint16)
    for digit in range(digits):
        known = behind // 3 ** (digit - 1) % 3 if digit else np.zeros_like(behind)
        less = _DIFFERENCE[known[:, None], sums[chosen, digit][:, None]]
        before += less * np.uint16(3**digit)
    return Few(np.array(made, np.intp)[chosen], before.reshape(-1, longest))


#: [a, b] -> a - b modulo 3.
_DIFFERENCE = ((np.arange(3)[:, None] - np.arange(3)) % 3).astype(np.uint16)

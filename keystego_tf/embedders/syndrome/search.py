"""The cheapest changes by which samples come to carry given bits: the Viterbi algorithm."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .code import (
    COLUMNS,
    HEIGHT,
    Bits,
    block_starts,
    check_count,
    columns,
    syndrome,
    to_trits,
)


def embed(
    values: NDArray[Any],
    cost: NDArray[np.floating],
    bits: Bits,
    *,
    rng: np.random.Generator,
    cost_down: NDArray[np.floating] | None = None,
    low: int = 0,
    high: int = 255,
    uniform: bool = False,
) -> NDArray[Any]:
    """Samples that carry bits, each changed by -1, 0 or +1, at nearly the least summed cost.

    Args:
        values: integers [n] from low to high. Neighbours in the array should not be neighbours in
            the image: pass samples in random order.
        cost: float [n], at least 0, of +1 and, unless cost_down is given, of -1; inf forbids it.
        bits: 0 and 1 [count].
        rng: chooses among trits that stand for the same bits.
        cost_down: float [n], of -1.
        low: least value that a sample may have.
        high: greatest value that a sample may have.
        uniform: makes the residues of random bits uniform to within 3 ** -15, at the price of 24
            bits more: for bits that strangers can extract.

    Returns:
        [n], of the dtype of values.

    Raises:
        ValueError: shapes or ranges are wrong, there are too many bits, or the samples that may
            change are too few to carry them.
    """
    check_count(values.size, bits.size)
    up = np.where(values < high, cost, np.inf)
    down = np.where(values > low, cost if cost_down is None else cost_down, np.inf)
    trits = to_trits(bits, rng, uniform)
    wanted = (trits + 3 - syndrome(values, trits.size)) % 3
    changes = _viterbi(up, down, wanted) if trits.size else np.zeros(values.shape, np.int8)
    return (values + changes).astype(values.dtype)


def _viterbi(up: NDArray[Any], down: NDArray[Any], wanted: NDArray[np.uint8]) -> NDArray[np.int8]:
    table = columns().astype(np.int64)
    states = 3**HEIGHT
    powers = 3 ** np.arange(HEIGHT)
    digits = np.arange(states)[:, None] // powers % 3
    plus = [((digits + column) % 3) @ powers for column in table]
    minus = [((digits + 2 * column) % 3) @ powers for column in table]
    first = block_starts(up.size, wanted.size)
    distance = np.full(states, np.inf, np.float32)
    distance[0] = 0
    chosen = np.zeros((up.size, states), np.int8)
    for block, trit in enumerate(wanted):
        for at in range(first[block], first[block + 1]):
            c = (at - first[block]) % COLUMNS
            ways = np.stack([distance, distance[minus[c]] + up[at], distance[plus[c]] + down[at]])
            chosen[at] = ways.argmin(axis=0)
            distance = ways.min(axis=0)
        fresh = np.full_like(distance, np.inf)
        fresh[: states // 3] = distance[trit::3]
        distance = fresh
    state = int(distance.argmin())
    if not np.isfinite(distance[state]):
        raise ValueError("too few samples may change to carry these bits")
    changes = np.zeros(up.size, np.int8)
    for block in range(wanted.size - 1, -1, -1):
        state = state * 3 % states + int(wanted[block])
        for at in range(first[block + 1] - 1, first[block] - 1, -1):
            c = (at - first[block]) % COLUMNS
            way = chosen[at, state]
            if way:
                changes[at] = 1 if way == 1 else -1
                state = int((minus if way == 1 else plus)[c][state])
    return changes

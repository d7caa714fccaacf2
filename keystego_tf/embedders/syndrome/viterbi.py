"""The Viterbi algorithm over many windows of a trellis at once, in NumPy.

A window is some blocks in a row. All windows of a batch go through their blocks in step, each a
lane (the last axis) of the arrays here, so that one NumPy call does a step for all states of all
lanes. Two things make these calls few and short:

- A column c joins three states s, s + c and s + 2c. States are kept by triples: ``[k, v]`` is the
  state k * c + (0, v), with v the digits behind the first. With equal costs w of up and down, the
  new distances of a triple are min(old, w + least of the three).
- Distances are 8-bit integers, in eighths of a nat above the least, cut off at ``LIMIT``. This
  changes which path is taken by next to nothing, but a path may come out that uses what is
  forbidden. ``Result.fits`` says so; float32 distances are exact.

Changes are counted from samples that carry the message already, at any cost: then all blocks want
the same of the trellis, and only the costs of each block's first sample turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .code import Code

Metric = NDArray[Any]
Index = NDArray[np.intp]

#: Greatest 8-bit distance and cost; the cost FORBIDDEN is that of what must not happen.
LIMIT, FORBIDDEN = 127, 128

#: 8-bit steps a nat.
SCALE = 8.0


@dataclass(frozen=True)
class Tables:
    """Where the states of a column's triples come from. V = 3 ** (HEIGHT - 1).

    entry: [V], the state before a block for each v of its first column; live: [V], its k;
    turn: [G - 1, 3, V], v in the column before for each (k, v) in a column; take: turn as
    positions in [3 * V].
    """

    entry: Index
    live: Index
    turn: Index
    take: Index


@lru_cache(maxsize=16)
def tables(code: Code) -> Tables:
    """The tables of a code."""
    digits = code.height - 1
    v = np.arange(3**digits)
    powers = 3 ** np.arange(digits)
    tails = code.columns[:, 1:].astype(np.intp)  # [G, digits]

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
class Result:
    """changes: uint8 [blocks, G, lanes], modulo 3, from the samples that carry the message; state:
    [lanes], where ``until`` is entered; fits: bool [lanes], whether nothing forbidden was used."""

    changes: NDArray[np.uint8]
    state: Index
    fits: NDArray[np.bool_]


class Windows:
    """A batch of windows.

    Args:
        code: its columns' number is G.
        costs: [blocks, G, 3, lanes], of a change by 0, 1, 2 (that is, -1) of each column's
            cheapest sample; uint8 (see ``LIMIT``), or float32 with inf for what is forbidden.
    """

    def __init__(self, code: Code, costs: Metric) -> None:
        self.code, self.costs, self.tables = code, costs, tables(code)
        self.blocks, self.columns, _, self.lanes = costs.shape
        self.states = 3 ** (code.height - 1)
        self.exact = costs.dtype != np.uint8
        self.worst = costs.dtype.type(np.inf if self.exact else LIMIT)
        self.even = (costs[:, :, 1] == costs[:, :, 2]).all(axis=-1)
        # NumPy adds long rows faster: several states' lanes are one row
        self.repeat = 1
        while self.repeat * 3 <= self.states // 3 and self.repeat * self.lanes < 512:
            self.repeat *= 3
        wide = (*costs.shape[:3], self.repeat, self.lanes)
        wide_costs = np.broadcast_to(costs[:, :, :, None], wide)
        self.wide = wide_costs.reshape(*costs.shape[:3], self.repeat * self.lanes)
        shape = (3, self.states, self.lanes)
        self.near, self.next = np.empty(shape, costs.dtype), np.empty(shape, costs.dtype)
        self.least = np.empty(shape[1:], costs.dtype)

    def solve(
        self,
        start: Index | None,
        end: Index | None,
        late: NDArray[np.bool_] | None = None,
        until: int = 0,
    ) -> Result:
        """The cheapest path through every window.

        start: [lanes], the state before the first block, or None for any at no cost; end: [lanes],
        the state behind the last one, or None for any; late: bool [lanes], windows that begin at
        block 1; until: the block at which going back ends.
        """
        entered = self._forward(start, late)
        state = entered[-1].argmin(axis=0) if end is None else end
        lanes = np.arange(self.lanes)
        fits = entered[-1][state, lanes] < self.worst if self.exact else np.ones(self.lanes, bool)
        changes = np.zeros((self.blocks, self.columns, self.lanes), np.uint8)
        history = np.empty((self.columns - 1, *self.near.shape), self.near.dtype)
        for block in range(self.blocks - 1, until - 1, -1):
            self._block(entered[block], block, entered[block + 1], history)
            before, changes[block], used = self._back(block, state, history)
            ends = late if late is not None and block == 0 else np.zeros(self.lanes, bool)
            state = np.where(ends, state, before)
            fits &= ends | used
        if until == 0 and start is not None:
            fits &= state == start
        return Result(changes, state, fits)

    def _forward(self, start: Index | None, late: NDArray[np.bool_] | None) -> Metric:
        """[blocks + 1, V, lanes]: the distance of each state before each block, and at the end."""
        entered = np.empty((self.blocks + 1, self.states, self.lanes), self.near.dtype)
        entered[0] = 0
        fresh = np.zeros((self.states, self.lanes), self.near.dtype)
        if start is not None:
            fresh[:] = self.worst
            fresh[start, np.arange(self.lanes)] = 0
            entered[0] = fresh
        for block in range(self.blocks):
            if block == 1 and late is not None and late.any():
                entered[1][:, late] = fresh[:, late]
            self._block(entered[block], block, entered[block + 1])
        return entered

    def _block(
        self, entered: Metric, block: int, left: Metric, history: Metric | None = None
    ) -> None:
        """One block: from distances before it [V, lanes] to those behind it, into ``left``."""
        near, least, last = self.near, self.least, self.columns - 1
        self._expand(entered, block)
        for column in range(1, self.columns):
            seen = self.next if history is None else history[column - 1]
            flat = (3 * self.states, self.lanes)
            take = self.tables.take[column - 1]
            np.take(near.reshape(flat), take, axis=0, out=seen.reshape(flat), mode="clip")
            cost = self.wide[block, column]
            if self.even[block, column]:
                np.minimum(seen[0], seen[1], out=least)
                np.minimum(least, seen[2], out=least)
                self._add(least, cost[1], least)
                if column == last:
                    np.minimum(seen[0], least, out=left)
                else:
                    np.minimum(seen, least, out=near)
                continue
            for k in range(1 if column == last else 3):
                target = left if column == last else near[k]
                self._add(seen[k - 1], cost[1], least)
                np.minimum(seen[k], least, out=target)
                self._add(seen[(k + 1) % 3], cost[2], least)
                np.minimum(target, least, out=target)

    def _expand(self, entered: Metric, block: int) -> None:
        """A block's first column: a third of the states are live, all are reached."""
        lowest = entered.min(axis=0)
        if self.exact:
            lowest[np.isinf(lowest)] = 0
        # uint8 wraps around, and back when the sum comes to at least 0
        cost = self.wide[block, 0] - np.tile(lowest, self.repeat)
        np.take(entered, self.tables.entry, axis=0, out=self.least, mode="clip")
        third = self.states // 3
        for slab in range(3):
            part = slice(slab * third, (slab + 1) * third)
            live = self.tables.live[slab * third]
            for k in range(3):
                self._add(self.least[part], cost[(k - live) % 3], self.near[k, part])
        if not self.exact:
            np.minimum(self.near, self.worst, out=self.near)

    def _add(self, distance: Metric, cost: Metric, out: Metric) -> None:
        """out = distance + cost; distance, out: [states, lanes]; cost: [repeat * lanes]."""
        shape = (-1, self.repeat * self.lanes)
        np.add(distance.reshape(shape), cost, out=out.reshape(shape))

    def _back(
        self, block: int, state: Index, history: Metric
    ) -> tuple[Index, NDArray[np.uint8], NDArray[np.bool_]]:
        """From the states behind a block to those before it: they, the changes and whether none
        is forbidden."""
        lanes = np.arange(self.lanes)
        changes = np.empty((self.columns, self.lanes), np.uint8)
        k, v = np.zeros(self.lanes, np.intp), state
        for column in range(self.columns - 1, 0, -1):
            paths = history[column - 1][_BEFORE[:, k], v, lanes] + self.costs[block, column]
            change = paths.argmin(axis=0)  # no change first
            k = _BEFORE[change, k]
            v = self.tables.turn[column - 1, k, v]
            changes[column] = change
        changes[0] = (k - self.tables.live[v]) % 3
        forbidden = np.inf if self.exact else FORBIDDEN
        used = np.take_along_axis(self.costs[block], changes[:, None].astype(np.intp), axis=1)
        return self.tables.entry[v], changes, (used < forbidden).all(axis=(0, 1))


#: [change, k] -> k before the change.
_BEFORE = (np.arange(3) - np.arange(3)[:, None]) % 3

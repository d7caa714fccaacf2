"""The Viterbi algorithm over many windows of a trellis at once, in NumPy.

A window is some consecutive blocks. All windows of a batch go through their blocks in step. Each is
a lane (the last axis) of the arrays here, so one NumPy call does a step for all states of all
lanes. Four things keep these calls few and short:

- A column c joins three states, s, s + c and s + 2c. States are stored by triples: ``[k, v]`` is
  the state k * c + (0, v), where v is the digits after the first. If up and down have equal costs
  w, the new distances of a triple are min(old, w + least of the three).
- Distances are 8-bit integers, in fifths of a nat above the least, cut off at 127. This hardly
  changes which path is taken, but may allow a forbidden one. ``Result.fits`` says whether it did.
  ``EXACT`` distances never do.
- Distances are stored only for the states between blocks. Going back, trying all ways of few
  changes explains most blocks. Only the others are computed once more.
- Changes are counted from samples that carry the message already, at any cost. Then all blocks want
  the same of the trellis, and only the costs of each block's first sample are rotated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .code import HEIGHT
from .states import Index, few, tables

Metric = NDArray[Any]


class Precision(NamedTuple):
    """How distances are stored: as a type, in steps per nat.

    ``most`` is the greatest cost, ``limit`` the greatest distance. ``forbidden`` is higher than
    both.
    """

    dtype: type
    scale: float
    most: float
    limit: float
    forbidden: float

    def costs(self, nats: NDArray[np.float32]) -> Metric:
        """Convert costs in nats to the units of distances; inf stands for forbidden changes."""
        scaled = np.minimum(nats * np.float32(self.scale), np.float32(self.most))
        if self.dtype is np.uint8:
            np.rint(scaled, scaled)
        return np.where(np.isinf(nats), np.float32(self.forbidden), scaled).astype(self.dtype)


FAST = Precision(np.uint8, 5.0, 127, 127, 128)
# a thousand samples of the greatest cost still cost less than a forbidden change
EXACT = Precision(np.float32, 1.0, 1e3, 1e6, 2e6)


@dataclass(frozen=True)
class Result:
    """Changes, uint8 [blocks, G, lanes], modulo 3, from the samples that carry the message.

    ``state``: [lanes], at the entry of ``until``; ``fits``: bool [lanes], no forbidden change was
    used.
    """

    changes: NDArray[np.uint8]
    state: Index
    fits: NDArray[np.bool_]


class _Distances:
    """Distances of all states, [3, V, lanes], and views of them.

    The views are made once: NumPy is called so often that making them would take as long as the
    work.
    """

    def __init__(self, windows: Windows) -> None:
        lanes, row = windows.lanes, windows.repeat * windows.lanes
        self.all = np.empty((3, windows.states, lanes), windows.costs.dtype)
        self.flat, self.parts = self.all.reshape(-1, lanes), [*self.all]
        self.rows = [part.reshape(-1, row) for part in self.parts]
        self.every = self.all.reshape(-1, row)


class Windows:
    """A batch of windows.

    Args:
        costs: [blocks, G, 3, lanes], of a change by 0, 1, 2 (that is, -1) of each column's cheapest
            sample, from ``Precision.costs``. The code is the one with G columns.
        precision: how distances are stored.
    """

    def __init__(self, costs: Metric, precision: Precision) -> None:
        self.costs, self.precision = costs, precision
        self.blocks, self.columns, _, self.lanes = costs.shape
        self.states, self.tables = 3 ** (HEIGHT - 1), tables(self.columns)
        self.lowest = np.zeros((self.blocks, self.lanes), costs.dtype)
        self.even = (costs[:, :, 1] == costs[:, :, 2]).all(axis=-1)
        # NumPy adds long rows faster, so one row holds several states' lanes
        self.repeat = 1
        self.wide = costs
        while self.wide.shape[-1] < 256 and self.repeat * 3 <= self.states // 3:
            self.repeat *= 3
            self.wide = np.concatenate([self.wide] * 3, axis=-1)
        row = self.wide.shape[-1]
        self.near, self.seen = _Distances(self), _Distances(self)
        self.least = np.empty((self.states, self.lanes), costs.dtype)
        self.least_rows = self.least.reshape(-1, row)
        self.limit = np.full(row, precision.limit, costs.dtype)  # NumPy is slower with one number

    def solve(
        self,
        start: Index | None,
        end: Index | None,
        late: NDArray[np.bool_] | None = None,
        until: int = 0,
    ) -> Result:
        """Find the cheapest path through every window.

        ``start``: [lanes], the state before the first block, or None for any at no cost; ``end``:
        [lanes], the state after the last one, or None for any; ``late``: bool [lanes], windows that
        begin at block 1; ``until``: the block at which going back ends.
        """
        entered = self._forward(start, late)
        state = entered[-1].argmin(axis=0) if end is None else end
        fits = np.ones(self.lanes, bool)
        changes = np.zeros((self.blocks, self.columns, self.lanes), np.uint8)
        for block in range(self.blocks - 1, until - 1, -1):
            before, changes[block] = self._back(entered, block, state)
            used = np.take_along_axis(self.costs[block], changes[block][:, None].astype(int), 1)
            skipped = late if late is not None and block == 0 else np.zeros(self.lanes, bool)
            fits &= skipped | (used < self.precision.forbidden).all(axis=(0, 1))
            state = np.where(skipped, state, before)
        if until == 0 and start is not None:
            fits &= state == start
        return Result(changes, state, fits)

    def _forward(self, start: Index | None, late: NDArray[np.bool_] | None) -> Metric:
        """Return each state's distance before each block and at the end: [blocks + 1, V, lanes]."""
        shape = (self.blocks + 1, self.states, self.lanes)
        entered = np.empty(shape, self.costs.dtype)
        entered[0] = 0
        if start is not None:
            entered[0] = self.precision.limit
            entered[0, start, np.arange(self.lanes)] = 0
        for block in range(self.blocks):
            if block == 1 and late is not None and late.any():
                entered[1][:, late] = entered[0][:, late]
            self._block(entered[block], block, entered[block + 1])
        return entered

    def _block(
        self, entered: Metric, block: int, left: Metric, history: list[_Distances] | None = None
    ) -> None:
        """Process one block: compute ``left``, the distances after it [V, lanes]."""
        near, seen, least, last = self.near, self.seen, self.least, self.columns - 1
        self._expand(entered, block)
        for column, take in enumerate(self.tables.take, 1):
            if history is not None:
                seen = history[column - 1]
            near.flat.take(take, 0, seen.flat, "clip")
            if not self.even[block, column]:
                self._uneven(seen, self.wide[block, column], left if column == last else None)
                continue
            np.minimum(seen.parts[0], seen.parts[1], out=least)
            np.minimum(least, seen.parts[2], out=least)
            np.add(self.least_rows, self.wide[block, column, 1], self.least_rows)
            if column < last:
                np.minimum(seen.all, least, out=near.all)
            else:
                np.minimum(seen.parts[0], least, out=left)

    def _uneven(self, seen: _Distances, cost: Metric, left: Metric | None) -> None:
        """Process a column whose costs up and down differ; ``left`` is for the block's last."""
        for k in range(3 if left is None else 1):
            target = self.near.parts[k] if left is None else left
            np.add(seen.rows[k - 1], cost[1], self.least_rows)
            np.minimum(seen.parts[k], self.least, out=target)
            np.add(seen.rows[(k + 1) % 3], cost[2], self.least_rows)
            np.minimum(target, self.least, out=target)

    def _expand(self, entered: Metric, block: int) -> None:
        """Process a block's first column: a third of the states are live, all are reached."""
        rows = self.least_rows.shape
        lowest = entered.reshape(rows).min(axis=0).reshape(-1, self.lanes).min(axis=0)
        self.lowest[block] = lowest
        # uint8 wraps around, and back if the sum comes to at least 0
        cost = self.wide[block, 0] - np.broadcast_to(lowest, (self.repeat, self.lanes)).ravel()
        entered.take(self.tables.entry, 0, self.least, "clip")
        third = rows[0] // 3
        for slab in range(3):
            part = slice(slab * third, (slab + 1) * third)
            live = self.tables.live[slab * (self.states // 3)]
            for k, near in enumerate(self.near.rows):
                np.add(self.least_rows[part], cost[(k - live) % 3], near[part])
        np.minimum(self.near.every, self.limit, out=self.near.every)

    def _back(self, entered: Metric, block: int, state: Index) -> tuple[Index, NDArray[np.uint8]]:
        """Return the states before a block, from those after it, and the changes [G, lanes]."""
        lanes, ways = np.arange(self.lanes), few(self.columns)
        costs = self.costs[block].astype(np.float32)  # [G, 3, lanes]
        more = np.zeros((self.lanes, 1 + 2 * self.columns), np.float32)
        more[:, 1:] = (costs[:, 1:] - costs[:, :1]).reshape(-1, self.lanes).T
        before = ways.before[state].astype(np.intp)  # [lanes, M]
        made = ways.ways[state // (self.states // 3)]  # [lanes, M, most]
        total = entered[block].take(before * self.lanes + lanes[:, None]).astype(np.float32)
        for change in range(made.shape[-1]):
            total += more.take(made[:, :, change] + more.shape[1] * lanes[:, None])
        best = total.argmin(axis=1)
        least = entered[block + 1][state, lanes].astype(np.float32) + self.lowest[block]
        missed = total[lanes, best] + costs[:, 0].sum(axis=0) > least + 1e-5 * least
        found = np.zeros((1 + 2 * self.columns, self.lanes), np.uint8)
        found[made[lanes, best].T, lanes] = 1
        changes = found[1::2] + 2 * found[2::2]
        state_before = before[lanes, best]
        if missed.any():
            costs = self.costs[block : block + 1, :, :, missed]
            one = Windows(costs, self.precision)
            again = one._back_exactly(entered[block][:, missed], state[missed])
            state_before[missed], changes[:, missed] = again
        return state_before, changes

    def _back_exactly(self, entered: Metric, state: Index) -> tuple[Index, NDArray[np.uint8]]:
        """Do what ``_back`` does, more slowly, for the only block and any number of changes."""
        lanes = np.arange(self.lanes)
        history = [_Distances(self) for _ in range(self.columns - 1)]
        self._block(np.ascontiguousarray(entered), 0, np.empty_like(self.least), history)
        changes = np.empty((self.columns, self.lanes), np.uint8)
        k, v = np.zeros(self.lanes, np.intp), state
        for column in range(self.columns - 1, 0, -1):
            paths = history[column - 1].all[_BEFORE[:, k], v, lanes] + self.costs[0, column]
            change = paths.argmin(axis=0)  # prefer no change
            k = _BEFORE[change, k]
            v = self.tables.turn[column - 1, k, v]
            changes[column] = change
        changes[0] = (k - self.tables.live[v]) % 3
        return self.tables.entry[v], changes


#: [change, k] -> k before the change.
_BEFORE = (np.arange(3) - np.arange(3)[:, None]) % 3

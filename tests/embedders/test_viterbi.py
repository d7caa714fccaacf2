"""The Viterbi algorithm against trying all changes, in both precisions."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from keystego_tf.embedders.syndrome.code import HEIGHT, columns_for
from keystego_tf.embedders.syndrome.viterbi import EXACT, FAST, Precision, Windows

BLOCKS = 3


def paths(columns: Any, start: int, end: int | None) -> Any:
    """All changes of three blocks, [ways, 3, G], that lead from one state to another."""
    size, height = len(columns), HEIGHT
    ways = np.array(list(itertools.product((0, 1, 2), repeat=BLOCKS * size)))
    ways = ways.reshape(-1, BLOCKS, size)
    digits = np.zeros((len(ways), height), int)
    digits[:, :-1] = start // 3 ** np.arange(height - 1) % 3
    allowed = np.ones(len(ways), bool)
    for block in range(BLOCKS):
        digits = (digits + ways[:, block] @ columns.astype(int)) % 3
        allowed &= digits[:, 0] == 0
        digits = np.concatenate([digits[:, 1:], np.zeros((len(ways), 1), int)], axis=1)
    if end is not None:
        allowed &= digits[:, :-1] @ 3 ** np.arange(height - 1) == end
    return ways[allowed]


def cost_of(nats: Any, ways: Any) -> Any:
    """[ways]; nats: [3, G, 3]."""
    return np.take_along_axis(nats[None], ways[..., None], axis=3)[..., 0].sum(axis=(1, 2))


@pytest.mark.parametrize("precision", [FAST, EXACT], ids=["bytes", "exact"])
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("open_end", [False, True])
def test_no_other_changes_cost_less(precision: Precision, uneven: bool, open_end: bool) -> None:
    columns, rng, lanes = columns_for(300, 100), np.random.default_rng(0), 4
    shape = (BLOCKS, len(columns), 3, lanes)
    nats = rng.integers(0, 20, shape).astype(np.float32) / 5  # no rounding to whole steps
    nats[:, :, 0] = 0
    if not uneven:
        nats[:, :, 2] = nats[:, :, 1]
    nats[:, 0] = rng.integers(0, 20, shape[2:]) / 5  # a first sample may start with a change
    start, end = rng.integers(0, 3**7, lanes), np.zeros(lanes, int)
    for lane in range(lanes):  # ends that can be reached
        way = paths(columns, start[lane], None)[lane]
        digits = [*list(start[lane] // 3 ** np.arange(7) % 3), 0]
        for block in way:
            digits = [*((np.array(digits) + block @ columns.astype(int)) % 3)[1:], 0]
        end[lane] = np.array(digits[:-1]) @ 3 ** np.arange(7)
    found = Windows(precision.costs(nats), precision).solve(start, None if open_end else end)
    assert found.fits.all()
    np.testing.assert_array_equal(found.state, start)
    for lane in range(lanes):
        ways = paths(columns, start[lane], None if open_end else end[lane])
        made = found.changes[..., lane]
        assert (ways == made).all(axis=(1, 2)).any()
        least = cost_of(nats[..., lane], ways).min()
        assert cost_of(nats[..., lane], made[None].astype(int))[0] == pytest.approx(least, abs=1e-4)


def test_forbidden_changes_are_reported() -> None:
    """From a state whose trit needs a change that no sample may make."""
    columns = columns_for(300, 100)
    nats = np.full((BLOCKS, len(columns), 3, 2), np.inf, np.float32)
    nats[:, :, 0] = 0
    for precision in (FAST, EXACT):
        found = Windows(precision.costs(nats), precision).solve(np.array([0, 1]), None)
        np.testing.assert_array_equal(found.fits, [True, False])


def test_a_window_that_begins_a_block_late_leaves_that_block_alone() -> None:
    columns, rng = columns_for(300, 100), np.random.default_rng(1)
    nats = rng.exponential(1, (BLOCKS, len(columns), 3, 2)).astype(np.float32)
    nats[:, :, 0] = 0
    start = np.array([5, 5])
    both = Windows(EXACT.costs(nats), EXACT).solve(start, None, np.array([True, False]))
    shorter = Windows(EXACT.costs(nats[1:]), EXACT).solve(start, None)
    np.testing.assert_array_equal(both.changes[1:, :, 0], shorter.changes[..., 0])
    assert both.fits.all()

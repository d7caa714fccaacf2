"""The code's reader against a slow reference and golden vectors; bits and trits."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.embedders.syndrome.code import (
    COLUMNS,
    COLUMNS_OF_MANY,
    HEIGHT,
    MANY_TRITS,
    block_starts,
    columns_for,
    extract,
    most_bits,
    syndrome,
)
from keystego_tf.embedders.syndrome.trits import bits_in, to_bits, to_trits, trits_for

VECTORS = json.loads(Path(__file__).with_name("syndrome_vectors.json").read_text())


def slow_syndrome(values: Any, trits: int) -> list[int]:
    """Every sample adds itself to each trit that it reaches, one after the other."""
    n = len(values)
    columns = columns_for(n, trits)
    result = [0] * trits
    for block in range(trits):
        first, end = -(-block * n // trits), -(-(block + 1) * n // trits)
        for j, value in enumerate(values[first:end]):
            for reach in range(HEIGHT):
                weight = int(columns[j % len(columns)][reach])
                result[(block + reach) % trits] += weight * int(value)
    return [trit % 3 for trit in result]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: f"{len(case['values'])}-{case['count']}")
def test_golden_vectors(case: dict[str, Any]) -> None:
    values, count, uniform = np.array(case["values"]), case["count"], case["uniform"]
    trits = trits_for(count, uniform)
    columns = columns_for(values.size, trits)
    assert ["".join(map(str, column)) for column in columns] == case["columns"]
    assert "".join(map(str, syndrome(values, trits))) == case["trits"]
    assert "".join(map(str, extract(values, count, uniform=uniform))) == case["bits"]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), trits=st.integers(8, 60), width=st.floats(3, 80))
def test_the_syndrome_is_that_of_the_slow_reference(seed: int, trits: int, width: float) -> None:
    values = np.random.default_rng(seed).integers(-2000, 2000, int(trits * width))
    assert syndrome(values, trits).tolist() == slow_syndrome(values, trits)


def test_long_messages_are_summed_in_parts_and_have_fewer_columns() -> None:
    trits = MANY_TRITS + 1
    values = np.random.default_rng(0).integers(0, 256, 33 * trits + 5, dtype=np.uint8)
    assert len(columns_for(values.size, trits)) == COLUMNS_OF_MANY
    assert len(columns_for(values.size, MANY_TRITS)) == COLUMNS
    found = syndrome(values, trits)
    # a change of one sample shows where its column says, in the middle of a later part
    block, j = 60_000, 17
    values[block_starts(values.size, trits)[block] + j] += 1
    expected = np.zeros(trits, int)
    expected[block : block + HEIGHT] = columns_for(values.size, trits)[j % COLUMNS_OF_MANY]
    np.testing.assert_array_equal((syndrome(values, trits) + 3 - found) % 3, expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.uint16, np.int32, np.int64])
def test_bits_do_not_depend_on_the_type_of_the_samples(dtype: Any) -> None:
    values = np.random.default_rng(1).integers(0, 128, 500)
    np.testing.assert_array_equal(extract(values.astype(dtype), 200), extract(values, 200))


@pytest.mark.parametrize("size", range(3, COLUMNS + 1))
def test_columns_differ_and_reach_from_the_first_trit_to_the_last(size: int) -> None:
    columns = columns_for(size * 100, 100)
    assert columns.shape == (size, HEIGHT)
    assert len(set(map(tuple, columns.tolist()))) == size
    assert (columns[:, 0] == 1).all() and (columns[:, -1] > 0).all()


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 400), uniform=st.booleans())
def test_bits_come_back_from_trits(seed: int, count: int, uniform: bool) -> None:
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, count, dtype=np.uint8)
    trits = to_trits(bits, rng, uniform)
    assert trits.dtype == np.uint8 and trits.size == trits_for(count, uniform)
    assert trits.max(initial=0) <= 2
    np.testing.assert_array_equal(to_bits(trits, count, uniform), bits)
    wild = rng.integers(0, 3, trits.size, dtype=np.uint8)
    assert to_bits(wild, count, uniform).size == count, "any trits stand for some bits"


@pytest.mark.parametrize("uniform", [False, True])
def test_most_bits_are_those_whose_trits_fit(uniform: bool) -> None:
    for n in itertools.chain(range(200), (16384, 49152)):
        most = most_bits(n, uniform=uniform)
        assert 3 * trits_for(most, uniform) <= n
        assert 3 * trits_for(most + 1, uniform) > n
    assert most_bits(16384) >= 8192, "0.5 bits per pixel in gray"
    assert bits_in(12) == 19


def test_uniform_trits_of_random_bits_are_uniform() -> None:
    """The highest digits, where a number that is short of 3 ** trits would show."""
    rng = np.random.default_rng(2)
    bits = rng.integers(0, 2, (3000, 19), dtype=np.uint8)
    highest = [to_trits(row, rng, True)[-3:] @ [1, 3, 9] for row in bits]
    counts = np.bincount(highest, minlength=27)
    assert ((counts - 3000 / 27) ** 2 / (3000 / 27)).sum() < 54  # chi-square, 26 degrees, 0.1 %


@pytest.mark.parametrize(("n", "count"), [(23, 1), (100, 53), (100, -1)])
def test_what_does_not_fit_is_refused(n: int, count: int) -> None:
    with pytest.raises(ValueError, match=f"count is {count}, but {n} samples carry 0 to "):
        extract(np.zeros(n, np.uint8), count)

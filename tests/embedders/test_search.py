"""The search: bits that come back, changes that are allowed, and costs near the bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.embedders.syndrome.code import extract, most_bits
from keystego_tf.embedders.syndrome.search import embed, multiplier

COSTS = {
    "flat": lambda rng, n: np.ones(n),
    "exponential": lambda rng, n: rng.exponential(1, n),
    "log-normal": lambda rng, n: rng.lognormal(0, 2, n),
    "zero": lambda rng, n: np.zeros(n),
    "huge": lambda rng, n: rng.choice([1e-9, 1.0, 1e7], n),
    "wet": lambda rng, n: np.where(rng.random(n) < 0.4, np.inf, rng.exponential(1, n)),
}


def bits_of(rng: np.random.Generator, count: int) -> Any:
    return rng.integers(0, 2, count, dtype=np.uint8)


def bound(cost: Any, count: int) -> float:
    """Least expected cost of changes by -1, 0, 1 whose entropy is count bits."""
    low, high = 0.0, 1e3 / np.median(cost)
    for _ in range(60):
        price = (low + high) / 2
        weights = np.exp(-price * cost)
        total = 1 + 2 * weights
        share = 2 * weights / total
        entropy = (np.log(total) + price * cost * share).sum() / np.log(2)
        low, high = (price, high) if entropy > count else (low, price)
    return float((cost * share).sum())


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(0, 1500),
    share=st.floats(0, 0.75),
    shape=st.sampled_from([*COSTS]),
    uniform=st.booleans(),
)
def test_all_bits_come_back(seed: int, n: int, share: float, shape: str, uniform: bool) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 256, n, dtype=np.uint8)
    count = int(share * most_bits(n, uniform=uniform))
    bits, cost = bits_of(rng, count), COSTS[shape](rng, n)
    try:
        stego = embed(values, cost, bits, rng=rng, uniform=uniform)
    except ValueError as error:
        assert shape == "wet" and "too few" in str(error)
        return
    np.testing.assert_array_equal(extract(stego, count, uniform=uniform), bits)
    change = stego.astype(int) - values
    assert stego.dtype == np.uint8 and np.abs(change).max(initial=0) <= 1
    assert np.isfinite(cost[change != 0]).all()


@pytest.mark.parametrize("values", ["black", "white", "both", "coefficients"])
def test_changes_stay_between_the_limits(values: str) -> None:
    """Black samples go up only, white ones down: half of what others carry."""
    rng = np.random.default_rng(0)
    low, high, dtype = (-1024, 1023, np.int16) if values == "coefficients" else (0, 255, np.uint8)
    choice = {"black": [0], "white": [255], "both": [0, 255], "coefficients": [-1024, 0, 1, 1023]}
    cover = rng.choice(np.array(choice[values], dtype), 3000)
    bits = bits_of(rng, 600)
    stego = embed(cover, rng.exponential(1, 3000), bits, rng=rng, low=low, high=high)
    np.testing.assert_array_equal(extract(stego, 600), bits)
    assert stego.min() >= low and stego.max() <= high
    assert np.abs(stego.astype(int) - cover).max() == 1


@pytest.mark.parametrize("shape", ["flat", "exponential"])
@pytest.mark.parametrize(("per_bit", "most"), [(48, 1.45), (6, 1.17), (2, 1.15)])
def test_the_cost_is_near_the_ternary_bound(shape: str, per_bit: int, most: float) -> None:
    rng = np.random.default_rng(2)
    count = 8000 // per_bit  # 167 bits to 4,000
    cost = COSTS[shape](rng, 8000)
    spent = []
    for _ in range(2):
        values = rng.integers(1, 255, 8000, dtype=np.uint8)
        stego = embed(values, cost, bits_of(rng, count), rng=rng)
        spent.append(cost[stego != values].sum())
    assert np.mean(spent) < most * bound(cost, count)
    # no way is known to code at less than the bound, on the average
    assert np.mean(spent) > 0.97 * bound(cost, count)


@pytest.mark.parametrize("dry", [0.26, 0.22])
def test_where_most_samples_must_not_change(dry: float) -> None:
    """8-bit distances alone find no way here that is allowed: the exact ones are needed."""
    rng = np.random.default_rng(4)
    values = rng.integers(1, 255, 4000, dtype=np.uint8)
    cost = np.where(rng.random(4000) < dry, 1.0, np.inf)
    bits = bits_of(rng, 900)
    stego = embed(values, cost, bits, rng=rng)
    np.testing.assert_array_equal(extract(stego, 900), bits)
    assert np.isfinite(cost[stego != values]).all()


def test_lambda_is_the_price_at_which_the_entropy_is_the_message() -> None:
    cost = np.random.default_rng(8).exponential(1, 4000)
    price = multiplier(cost, 1000)
    weights = np.exp(-price * cost)
    share = weights / (1 + 2 * weights)
    entropy = -(2 * share * np.log2(share) + (1 - 2 * share) * np.log2(1 - 2 * share)).sum()
    assert entropy == pytest.approx(1000, rel=1e-3)


def test_samples_that_must_not_change_may_be_too_many() -> None:
    rng = np.random.default_rng(9)
    values, bits = rng.integers(0, 256, 600, dtype=np.uint8), bits_of(rng, 200)
    cost = np.where(np.arange(600) < 100, 1.0, np.inf)
    with pytest.raises(ValueError, match="too few of these 600 samples may change to carry 200"):
        embed(values, cost, bits, rng=rng)
    # what is there already can be kept; the same random numbers choose the same trits
    stego = embed(values, np.ones(600), bits, rng=np.random.default_rng(0))
    kept = embed(stego, np.full(600, np.inf), bits, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(kept, stego)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": np.zeros((2, 50), np.uint8)}, "values are uint8"),
        ({"values": np.zeros(100)}, "values are float64"),
        ({"values": np.full(100, 300)}, "values are 300 to 300, but must be 0 to 255"),
        ({"cost": np.ones(99)}, "costs are"),
        ({"cost": np.full(100, -1.0)}, "the least cost is -1"),
        ({"cost": np.full(100, np.nan)}, "the least cost is nan"),
        ({"bits": np.full(10, 2)}, "bits must be 0 and 1"),
        ({"bits": np.zeros(99, np.uint8)}, "count is 99, but 100 samples carry 0 to 52 bits"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    given_ = {"values": np.zeros(100, np.uint8), "cost": np.ones(100), "bits": np.zeros(10, int)}
    with pytest.raises(ValueError, match=message):
        embed(**(given_ | arguments), rng=np.random.default_rng(0))

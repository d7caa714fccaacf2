"""Intervals against closed forms and simulation; more of them are in test_figures.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.metrics.statistics import (
    Estimate,
    Z,
    bit_accuracy,
    detectable,
    mean,
    mean_share,
    share,
)


@pytest.mark.parametrize("trials", [1, 10, 1000])
def test_wilson_at_the_edges(trials: int) -> None:
    """Without a single hit the formula comes down to z^2 / (n + z^2)."""
    width = Z**2 / (trials + Z**2)
    none, every = share(0, trials), share(trials, trials)
    assert (none.value, none.low, none.high) == (0, 0, pytest.approx(width))
    assert (every.value, every.low, every.high) == (1, pytest.approx(1 - width), 1)


def test_the_ends_of_wilsons_interval_solve_its_equation() -> None:
    """Both are where the estimate is z standard errors away, the error taken there."""
    estimate = share(13, 40)
    for end in (estimate.low, estimate.high):
        assert abs(13 / 40 - end) == pytest.approx(Z * math.sqrt(end * (1 - end) / 40))


@settings(deadline=None)  # the first call imports SciPy
@given(st.integers(0, 50), st.integers(1, 50), st.integers(2, 20))
def test_more_trials_make_it_narrower(hits: int, misses: int, times: int) -> None:
    few, many = share(hits, hits + misses), share(times * hits, times * (hits + misses))
    assert many.high - many.low < few.high - few.low
    assert many.value == pytest.approx(few.value)


@pytest.mark.parametrize("hits, trials", [(-1, 5), (6, 5), (0, 0)])
def test_shares_of_nothing_are_refused(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match=f"hits is {hits}, but must be in"):
        share(hits, trials)


@pytest.mark.parametrize("right", [20, 13, 1])
def test_images_all_right_or_all_wrong_are_one_trial_each(right: int) -> None:
    images = 40
    shares = np.arange(images) < right
    found = bit_accuracy(np.repeat(shares[:, None], 500, axis=1))
    # The sample variance of 0s and 1s is n / (n - 1) of p (1 - p).
    expected = share(right * (images - 1) / images, images - 1, images)
    assert found == Estimate(*map(pytest.approx, vars(expected).values()))


def test_independent_bits_all_count() -> None:
    bits = np.random.default_rng(0).random((50, 400)) < 0.9
    found, every = bit_accuracy(bits), share(bits.sum(), bits.size)
    assert found.value == pytest.approx(every.value) and found.images == 50
    assert 1 <= (found.high - found.low) / (every.high - every.low) < 1.3


@pytest.mark.parametrize("p", [0.5, 0.98])
@pytest.mark.parametrize("spread", [0.0, 0.02], ids=["independent", "clustered"])
def test_intervals_hold_the_truth_as_often_as_they_say(p: float, spread: float) -> None:
    """Images with their own accuracies (a beta distribution around p), 600 evaluations."""
    rng, images, bits, covered = np.random.default_rng(1), 60, 100, 0
    for _ in range(600):
        own = np.full(images, p)
        if spread:
            size = p * (1 - p) / (spread * p * (1 - p)) - 1
            own = rng.beta(p * size, (1 - p) * size, images)
        found = bit_accuracy(rng.random((images, bits)) < own[:, None])
        covered += found.low <= p <= found.high
    assert 0.925 < covered / 600 < 0.98


def test_the_mean_has_the_normal_interval() -> None:
    found = mean([1.0, 2.0, 3.0, 6.0])
    error = math.sqrt(14 / 3 / 4)
    assert found.value == 3 and found.images == 4
    assert (found.low, found.high) == pytest.approx((3 - Z * error, 3 + Z * error))


def test_tiles_of_one_photo_count_as_one() -> None:
    tiles, photos = mean([1.0, 3.0, 2.0, 3.0, 6.0], [7, 7, 1, 2, 3]), mean([2.0, 3.0, 6.0, 2.0])
    assert (tiles.value, tiles.images) == (photos.value, photos.images)
    assert (tiles.low, tiles.high) == pytest.approx((photos.low, photos.high))


@pytest.mark.parametrize("values", [[5.0], [5.0, math.inf]])
def test_no_spread_no_interval(values: list[float]) -> None:
    found = mean(values)
    assert found == Estimate(max(values), -math.inf, math.inf, len(values))


def test_scaling_keeps_the_images() -> None:
    assert Estimate(0.5, 0.25, 1.0, 7).scaled(100) == Estimate(50, 25, 100, 7)


@pytest.mark.parametrize("answers", [50, 400])
def test_what_is_detectable_is_found_in_80_of_100_samples(answers: int) -> None:
    least = detectable(answers)
    hits = np.random.default_rng(0).binomial(answers, least, 1000)
    found = np.mean([share(each, answers).low > 0.5 for each in hits])
    assert found == pytest.approx(0.8, abs=0.06)
    assert detectable(answers, 0.95) > least > detectable(10 * answers) > 0.5
    assert detectable(2) == 1


def test_the_mean_of_shares_stays_between_0_and_1() -> None:
    plain, own = (make([1.0, 1.0, 0.9]) for make in (mean, mean_share))
    assert own.value == plain.value and own.low == plain.low and plain.high > own.high == 1.0

"""RS, primary sets, sample pairs, chi-square: known rates, and plain loops beside them."""

from __future__ import annotations

import math
from typing import Callable

import numpy as np
import pytest
from covers import leaves, needs_extra, needs_photos, photos

from keystego_tf.baselines.lsb import LsbMatching, LsbReplacement
from keystego_tf.steganalysis import estimators, roc
from keystego_tf.steganalysis.scores import scores

pytestmark = needs_extra

#: Of the rates that follow the true one; chi-square only tells rates near 1 from the others.
LINEAR = ("primary_sets", "sample_pairs", "rs")

RATES = tuple(np.arange(11) / 10)


def small(seed: int, shape: tuple[int, int] = (7, 9)) -> np.ndarray:
    """A tiny image of small differences, extremes among them."""
    rng = np.random.default_rng(seed)
    middle = rng.choice([0, 2, 128, 253])
    return np.clip(middle + rng.integers(-3, 4, shape), 0, 255).astype(np.uint8)


def excess_by_loops(plane: np.ndarray, sign: int) -> float:
    """Regular less singular groups, group by group, flips from a table as in the paper."""

    def flip(value: int) -> int:
        up = value % 2 == (0 if sign > 0 else 1)
        return value + 1 if up else value - 1

    def roughness(group: list[int]) -> int:
        return sum(abs(group[i + 1] - group[i]) for i in range(3))

    regular = singular = groups = 0
    for image in (plane.astype(int).tolist(), plane.T.astype(int).tolist()):
        for row in image:
            for start in range(len(row) - 3):
                group = row[start : start + 4]
                other = [group[0], flip(group[1]), flip(group[2]), group[3]]
                groups += 1
                regular += roughness(other) > roughness(group)
                singular += roughness(other) < roughness(group)
    return (regular - singular) / groups


def rs_by_loops(plane: np.ndarray) -> float:
    """The quadratic equation of RS analysis by numpy's root finder."""
    flipped = plane ^ 1
    d0, d1 = excess_by_loops(plane, 1), excess_by_loops(flipped, 1)
    n0, n1 = excess_by_loops(plane, -1), excess_by_loops(flipped, -1)
    roots = np.roots([2 * (d1 + d0), n0 - n1 - d1 - 3 * d0, d0 - n0])
    z = min(roots, key=abs).real
    return float(np.clip(z / (z - 0.5), 0, 1))


def primary_sets_by_loops(plane: np.ndarray) -> tuple[int, int, int, int]:
    """|X|, |Y|, |W| + |Z|, |P|, pair by pair; W and Z from their own definitions."""
    x = y = w = z = pairs = 0
    image = plane.astype(int).tolist()
    height, width = plane.shape
    for i in range(height):
        for j in range(width):
            for k, m in ((i, j + 1), (i, j - 1), (i + 1, j), (i - 1, j)):
                if not (0 <= k < height and 0 <= m < width):
                    continue
                u, v = image[i][j], image[k][m]
                pairs += 1
                if u == v:
                    z += 1
                elif (v % 2 == 0) == (u < v):
                    x += 1
                else:
                    y += 1
                    w += abs(u - v) == 1 and min(u, v) % 2 == 0
    return x, y, w + z, pairs


@pytest.mark.parametrize("seed", range(12))
def test_rs_agrees_with_plain_loops(seed: int) -> None:
    plane = small(seed)
    for sign in (1, -1):
        counted = estimators.regular_excess(plane.astype(np.int16), sign)
        assert counted == pytest.approx(excess_by_loops(plane, sign))
    assert estimators.rs(plane[..., np.newaxis]) == pytest.approx(rs_by_loops(plane), abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_primary_sets_agree_with_plain_loops(seed: int) -> None:
    plane = small(seed)
    x, y, same_pair, pairs = primary_sets_by_loops(plane)
    assert estimators.counts(plane.astype(np.int16)) == (x, y, same_pair, pairs)
    root = min(np.roots([same_pair / 2, 2 * x - pairs, y - x]), key=abs).real
    estimate = estimators.primary_sets(plane[..., np.newaxis])
    assert estimate == pytest.approx(float(np.clip(root, 0, 1)), abs=1e-9)


@pytest.mark.parametrize("channels", [1, 3])
def test_rates_follow_the_true_one_on_synthetic_covers(channels: int) -> None:
    follow_the_true_rate(leaves(12, 160, channels, seed=1), 0.06)


@needs_photos
def test_rates_follow_the_true_one_on_photos() -> None:
    follow_the_true_rate(photos(24, 192, 3), 0.12)


def follow_the_true_rate(covers: np.ndarray, tolerance: float) -> None:
    """Means of the estimates are near each rate, in its order, and agree with each other.

    Near rate 1 the roots of all three equations meet, and noise puts them too low.
    """
    means = []
    for number, rate in enumerate(RATES):
        method = LsbReplacement(rate * covers.shape[-1])
        stegos = [
            method.embed(cover, np.random.default_rng([number, i]))
            for i, cover in enumerate(covers)
        ]
        found = [[estimators.ESTIMATORS[name](each) for name in LINEAR] for each in stegos]
        means.append(np.mean(found, axis=0))
    table = np.array(means)  # [rates, estimators]
    errors = np.abs(table - np.array(RATES)[:, np.newaxis])
    assert (errors[:-1] < tolerance).all(), table
    assert (errors[-1] < 0.25).all(), table
    assert (np.diff(table[:-1], axis=0) > 0.03).all(), table
    apart = np.abs(table[:-1] - table[:-1, [LINEAR.index("sample_pairs")]])
    assert (apart < tolerance).all(), table


@pytest.mark.parametrize("rate", [0.0, 0.5, 0.9])
def test_image_by_image_they_agree_with_sample_pairs(rate: float) -> None:
    covers = leaves(12, 160, 1, seed=1)
    method = LsbReplacement(rate)
    stegos = [method.embed(each, np.random.default_rng(i)) for i, each in enumerate(covers)]
    found = {name: np.array([estimators.ESTIMATORS[name](e) for e in stegos]) for name in LINEAR}
    for name in ("primary_sets", "rs"):
        assert np.abs(found[name] - found["sample_pairs"]).mean() < 0.08, name


def area_at_half_a_bit(covers: np.ndarray, name: str) -> float:
    estimate = estimators.ESTIMATORS[name]
    stegos = [
        LsbReplacement(0.5).embed(each, np.random.default_rng(i)) for i, each in enumerate(covers)
    ]
    found = scores([estimate(each) for each in covers], [estimate(each) for each in stegos])
    return roc.area(found).value


@pytest.mark.parametrize("name", LINEAR)
def test_lsb_replacement_at_half_a_bit_is_caught(name: str) -> None:
    assert area_at_half_a_bit(leaves(40), name) >= 0.95


@needs_photos
@pytest.mark.slow
@pytest.mark.parametrize("name", LINEAR)
def test_lsb_replacement_at_half_a_bit_is_caught_in_photos(name: str) -> None:
    assert area_at_half_a_bit(photos(100), name) >= 0.95


@pytest.mark.parametrize("name", LINEAR)
def test_lsb_matching_looks_like_an_innocent_image(name: str) -> None:
    """They look for LSB replacement and nothing else."""
    covers = leaves(12, 160, 1, seed=1)
    method = LsbMatching(0.5)
    stegos = [method.embed(each, np.random.default_rng(i)) for i, each in enumerate(covers)]
    assert np.mean([estimators.ESTIMATORS[name](each) for each in stegos]) < 0.1


def test_chi_square_knows_a_full_image_from_an_unequal_histogram() -> None:
    rng = np.random.default_rng(0)
    innocent = (2 * rng.integers(0, 100, (64, 64, 1))).astype(np.uint8)
    assert estimators.ESTIMATORS["chi_square"](innocent) < 1e-6
    rates = [
        estimators.ESTIMATORS["chi_square"](LsbReplacement(1.0).embed(innocent, rng))
        for _ in range(200)
    ]
    # Under its own hypothesis a probability is spread evenly over [0, 1].
    assert np.mean(rates) == pytest.approx(0.5, abs=0.1)
    assert np.quantile(rates, [0.1, 0.9]) == pytest.approx([0.1, 0.9], abs=0.08)


def test_an_image_of_one_colour() -> None:
    image = np.full((32, 32, 3), 77, np.uint8)
    found = estimators.estimates(image)
    assert found["primary_sets"] == found["sample_pairs"] == 0
    assert math.isnan(found["chi_square"])
    assert found["fusion"] == estimators.fused(
        {name: found[name] for name in estimators.ESTIMATORS}
    )


def test_a_pattern_without_an_equation_has_no_rate() -> None:
    """Sample pairs: nothing within a pair of values, and X as large as Y."""
    row = np.array([0, 4, 0, 4, 0], np.uint8)
    image = np.repeat(row[np.newaxis, :, np.newaxis], 5, axis=0)
    assert math.isnan(estimators.ESTIMATORS["sample_pairs"](image))


def test_fusion_is_the_mean_of_what_is_a_number() -> None:
    assert estimators.fused({"a": 0.1, "b": math.nan, "c": 0.4}) == pytest.approx(0.25)
    assert math.isnan(estimators.fused({"a": math.nan}))


@pytest.mark.parametrize("estimate", estimators.ESTIMATORS.values(), ids=estimators.ESTIMATORS)
def test_rates_are_a_mean_over_channels_in_0_to_1(estimate: Callable) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
    single = [estimate(image[..., channel : channel + 1]) for channel in range(3)]
    assert all(0 <= each <= 1 for each in single if not math.isnan(each))
    assert estimate(image) == pytest.approx(np.nanmean(single))
    for wrong in (image[..., 0], image[..., :2], image.astype(float), image[:3]):
        with pytest.raises(ValueError, match=r"but must be uint8 \[H, W, 1 or 3\]"):
            estimate(wrong)

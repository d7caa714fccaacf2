"""Area, P_E and accuracy against definitions, closed forms and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from keystego_tf.metrics.statistics import bit_accuracy, clustered_share
from keystego_tf.steganalysis import roc
from keystego_tf.steganalysis.scores import Scores, joined, scores

pytest.importorskip("sklearn", reason="curves are scikit-learn's")


def drawn(n: int, m: int, shift: float, seed: int = 0, levels: float = 0) -> Scores:
    """Independent normal scores; with levels, rounded to so many a unit, so that there are ties."""
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=n), rng.normal(shift, size=m)]
    if levels:
        values = [np.rint(each * levels) / levels for each in values]
    return scores(*values, np.arange(n), n + np.arange(m))


@pytest.mark.parametrize("n, m, levels", [(30, 70, 0), (60, 40, 2), (1, 1, 0)])
@pytest.mark.parametrize("shift", [-1.0, 0.0, 10.0])
def test_by_the_definitions(n: int, m: int, levels: float, shift: float) -> None:
    """Every pair of a cover and a stego image, and every threshold."""
    sample = drawn(n, m, shift, levels=levels)
    above, equal = (f(sample.stegos[:, None], sample.covers) for f in (np.greater, np.equal))
    assert roc.area(sample).value == pytest.approx(np.mean(above + equal / 2))
    thresholds = [-math.inf, *sample.covers, *sample.stegos]
    errors = [(np.mean(sample.covers > t) + np.mean(sample.stegos <= t)) / 2 for t in thresholds]
    assert roc.error(sample) == pytest.approx(min(errors))
    right = [*(sample.covers < 0.1), *(sample.stegos > 0.1)]
    assert roc.accuracy(sample, 0.1).value == pytest.approx(np.mean(right))


def test_known_curve() -> None:
    found = scores([0, 1, 2, 2], [1, 2, 3, 3])
    false_alarms, detections, thresholds = roc.curve(found)
    np.testing.assert_allclose(thresholds, [math.inf, 3, 2, 1, 0])
    np.testing.assert_allclose(false_alarms, [0, 0, 0.5, 0.75, 1])
    np.testing.assert_allclose(detections, [0, 0.5, 0.75, 1, 1])
    # 16 comparisons: by stego image 1.5, 3, 4, 4 won.
    assert roc.area(found).value == pytest.approx(12.5 / 16)
    assert roc.error(found) == pytest.approx(0.25)
    # Threshold 2: covers 1 + 1 + half + half, stego images 0 + half + 1 + 1.
    assert roc.accuracy(found, 2).value == pytest.approx(5.5 / 8)


def test_two_normal_distributions_have_closed_forms() -> None:
    found = drawn(20000, 20000, 1.5)
    assert roc.area(found).value == pytest.approx(norm.cdf(1.5 / math.sqrt(2)), abs=0.005)
    false_alarms, detections, _ = roc.curve(found)
    least = np.min(false_alarms + 1 - detections) / 2
    assert least == pytest.approx(norm.cdf(-0.75), abs=0.005)
    assert roc.accuracy(found, 0.75).value == pytest.approx(norm.cdf(0.75), abs=0.005)


def test_delongs_variance_by_its_definition() -> None:
    found = drawn(12, 17, 0.8)
    wins = (found.stegos[:, None] > found.covers) + 0.5 * (found.stegos[:, None] == found.covers)
    v10, v01 = wins.mean(axis=1), wins.mean(axis=0)
    area = wins.mean()
    # All images are sources of their own: 29 of them, and 29 / 28 for the unbiased variance.
    squares = np.sum((v10 - area) ** 2) / 17**2 + np.sum((v01 - area) ** 2) / 12**2
    half = 1.959963984540054 * math.sqrt(squares * 29 / 28)
    estimate = roc.area(found)
    # On the log odds, whose slope is 1 / (area (1 - area)).
    odds = np.log(area / (1 - area)) + np.array([-1, 1]) * half / (area * (1 - area))
    assert (estimate.low, estimate.high) == pytest.approx(tuple(1 / (1 + np.exp(-odds))))


@pytest.mark.parametrize("shift, pairing", [(0.0, 0.0), (1.0, 0.0), (1.0, 0.9), (3.0, 0.5)])
def test_intervals_hold_the_truth_in_95_of_100_samples(shift: float, pairing: float) -> None:
    """Covers and stego images of one source have correlated scores."""
    rng = np.random.default_rng(1)
    truth = {"area": norm.cdf(shift / math.sqrt(2)), "accuracy": norm.cdf(shift / 2)}
    held = dict.fromkeys(truth, 0)
    trials, photos = 120, 80
    for _ in range(trials):
        common = math.sqrt(pairing) * rng.normal(size=photos)
        noise = math.sqrt(1 - pairing) * rng.normal(size=(2, photos))
        sample = scores(common + noise[0], common + noise[1] + shift)
        estimates = {"area": roc.area(sample), "accuracy": roc.accuracy(sample, shift / 2)}
        for name, true in truth.items():
            held[name] += estimates[name].low - 1e-9 <= true <= estimates[name].high + 1e-9
    # 0.95 less three standard errors of 120 trials.
    assert min(held.values()) >= 0.89 * trials, held


def test_nothing_found_and_everything_found() -> None:
    same = scores(np.arange(20), np.arange(20))
    assert roc.error(same) == pytest.approx(0.5)
    for estimate in (roc.area(same), roc.accuracy(same, 9.5)):
        assert estimate.value == pytest.approx(0.5)
        assert estimate.low < 0.4 and estimate.high > 0.6
    apart = scores(np.arange(20), 100 + np.arange(20))
    area, accuracy = roc.area(apart), roc.accuracy(apart, 50)
    assert (area.value, roc.error(apart), accuracy.value) == (1, 0, 1)
    assert 0.8 < area.low < 0.9 and 0.9 < accuracy.low < 1


def test_tiles_of_one_photo_count_as_one() -> None:
    rng = np.random.default_rng(0)
    covers, stegos = rng.normal(size=30), rng.normal(1, size=30)
    once = scores(covers, stegos)
    source = np.tile(np.arange(30), 4)
    four = scores(np.tile(covers, 4), np.tile(stegos, 4), source, source)
    for figure in (roc.area, roc.accuracy):
        few, many = figure(once), figure(four)
        assert many.value == pytest.approx(few.value) and many.images == few.images == 30
        assert many.low == pytest.approx(few.low, abs=0.04)


def test_clustered_share_is_bit_accuracy_where_images_have_as_many() -> None:
    correct = np.random.default_rng(0).random((25, 8)) < np.linspace(0.3, 0.9, 25)[:, None]
    same = clustered_share(correct.reshape(-1), np.repeat(np.arange(25), 8))
    expected = bit_accuracy(correct)
    assert same.value == pytest.approx(expected.value) and same.images == expected.images
    assert (same.low, same.high) == pytest.approx((expected.low, expected.high), abs=0.01)
    with pytest.raises(ValueError, match="correct has shape"):
        clustered_share([1, 0], [1])


def test_no_number_raises_no_alarm() -> None:
    found = scores([math.nan, 1, math.inf], [math.nan, 2, -math.inf])
    assert np.isfinite(found.covers).all() and np.isfinite(found.stegos).all()
    false_alarms, detections, _ = roc.curve(found)
    assert (false_alarms[-1], detections[-1]) == (1, 1)
    assert detections[-2] == pytest.approx(1 / 3)


def test_scores_are_checked_and_joined() -> None:
    for values in ([], [[1.0]]):
        with pytest.raises(ValueError, match="covers has shape"):
            scores(values, [1])
    with pytest.raises(ValueError, match="stegos has shape"):
        scores([1], [1, 2], [0], [0])
    both = joined([scores([1], [2], [7], [7]), scores([3], [4], [8], [8])])
    assert both.covers.tolist() == [1, 3] and both.stego_sources.tolist() == [7, 8]

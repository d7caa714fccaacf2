"""ROC curve, its area, P_E and accuracy, with 95 % intervals that count photos, not images.

A cover and the stego images made from it resemble each other, and so do the tiles of one photo:
all intervals take everything from one source as one observation.

- Area: DeLong's variance (DeLong, DeLong and Clarke-Pearson, 1988), with the placements of a
  source added up (Obuchowski, 1997), on the scale of log odds, where the interval stays in [0, 1]
  and holds the truth near its ends, too.
- Accuracy at a fixed threshold: Wilson's interval on the effective number of answers
  (``statistics.clustered_share``).
- P_E: as the threshold is picked on the same images, the value is too low on average. The interval
  is that of the error at the threshold (Wilson), its upper end raised by the optimism that the
  bootstrap over sources finds (Efron, 1983), and no higher than 0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..metrics import statistics
from ..metrics.statistics import Estimate, Z
from .scores import Scores

Floats = NDArray[np.float64]

#: A variance below this is none: what rounding leaves of it.
EQUAL = 1e-15

#: Resamples of the bootstrap.
RESAMPLES = 100


@dataclass(frozen=True)
class Curve:
    """Share of covers and of stego images with a score above each threshold, from (0, 0) to (1, 1).

    false_alarms, detections, thresholds: float64 [points]; thresholds fall from the highest score
    to -inf.
    """

    false_alarms: Floats
    detections: Floats
    thresholds: Floats


def curve(scores: Scores) -> Curve:
    """The ROC curve: an image is called stego if its score is above the threshold."""
    return _curve(scores.covers, scores.stegos)


def area(scores: Scores) -> Estimate:
    """Area under the curve: the chance that a stego image scores above a cover, a tie being half.

    Where sources do not vary, as with an area of 0 or 1, the variance says nothing, and the
    interval is Wilson's for as many comparisons as there are sources.
    """
    images = scores.numbered()[2]
    stego_places = _below(scores.covers, scores.stegos)  # [m]
    cover_places = 1 - _below(scores.stegos, scores.covers)  # [n]
    value = float(stego_places.mean())
    variance = _variance(
        (cover_places - value) / cover_places.size,
        (stego_places - value) / stego_places.size,
        scores,
    )
    if variance < EQUAL or value in (0.0, 1.0):
        return statistics.share(value * images, images)
    centre = math.log(value / (1 - value))
    half = Z * math.sqrt(variance) / (value * (1 - value))
    low, high = (1 / (1 + math.exp(-max(-700.0, centre + side))) for side in (-half, half))
    return Estimate(value, low, high, images)


def accuracy(scores: Scores, threshold: float = 0.0) -> Estimate:
    """Share of images called right, above the threshold being stego; a score on it counts half."""
    correct = np.concatenate(
        [
            (1 - np.sign(scores.covers - threshold)) / 2,
            (1 + np.sign(scores.stegos - threshold)) / 2,
        ]
    )
    sources = np.concatenate([scores.cover_sources, scores.stego_sources])
    return statistics.clustered_share(correct, sources)


def error(scores: Scores, seed: int = 0) -> Estimate:
    """P_E: least mean of false alarms and misses over all thresholds; 0.5 is chance.

    seed: of the bootstrap.
    """
    value, threshold = _least_error(_curve(scores.covers, scores.stegos))
    alarms, misses = scores.covers > threshold, scores.stegos <= threshold
    variance = _variance(
        (alarms - alarms.mean()) / (2 * alarms.size),
        (misses - misses.mean()) / (2 * misses.size),
        scores,
    )
    # No more than what independent images would be worth, and equal priors.
    trials = 4 / (1 / alarms.size + 1 / misses.size)
    if variance > EQUAL:
        trials = min(trials, value * (1 - value) / variance)
    fixed = statistics.share(value * trials, trials)
    high = min(0.5, fixed.high + _optimism(scores, seed))
    return Estimate(value, fixed.low, high, scores.numbered()[2])


def summary(scores: Scores, threshold: float = 0.0) -> dict[str, Estimate]:
    """``area``, ``error`` (P_E) and ``accuracy`` at the threshold."""
    return {
        "area": area(scores),
        "error": error(scores),
        "accuracy": accuracy(scores, threshold),
    }


def _curve(covers: Floats, stegos: Floats) -> Curve:
    levels = np.unique(np.concatenate([covers, stegos]))[::-1]
    thresholds = np.concatenate([levels, [-np.inf]])
    alarms, found = (
        1 - np.searchsorted(np.sort(each), thresholds, side="right") / each.size
        for each in (covers, stegos)
    )
    return Curve(alarms, found, thresholds)


def _below(others: Floats, values: Floats) -> Floats:
    """Of each value, the share of the others that are below it, ties counted half."""
    ordered = np.sort(others)
    sides = [np.searchsorted(ordered, values, side=side) for side in ("left", "right")]
    return (sides[0] + sides[1]) / (2 * others.size)


def _variance(cover_parts: Floats, stego_parts: Floats, scores: Scores) -> float:
    """Variance of the sum of all parts, those of one source going together; 0 for one source.

    cover_parts [n], stego_parts [m]: what each image adds to a figure, mean 0.
    """
    cover_sources, stego_sources, images = scores.numbered()
    sums = np.bincount(cover_sources, cover_parts, images)
    sums += np.bincount(stego_sources, stego_parts, images)
    return images / max(1, images - 1) * float(np.sum(sums**2))


def _least_error(points: Curve) -> tuple[float, float]:
    """P_E and the threshold that has it."""
    errors = (points.false_alarms + 1 - points.detections) / 2
    best = int(errors.argmin())
    return float(errors[best]), float(points.thresholds[best])


def _optimism(scores: Scores, seed: int) -> float:
    """How much lower P_E is on the images that its threshold was picked on, by the bootstrap."""
    rng = np.random.default_rng(seed)
    cover_sources, stego_sources, images = scores.numbered()
    gaps = []
    for _ in range(RESAMPLES):
        drawn = np.bincount(rng.integers(0, images, images), minlength=images)
        covers = np.repeat(scores.covers, drawn[cover_sources])
        stegos = np.repeat(scores.stegos, drawn[stego_sources])
        if covers.size and stegos.size:
            least, threshold = _least_error(_curve(covers, stegos))
            alarms = np.mean(scores.covers > threshold)
            misses = np.mean(scores.stegos <= threshold)
            gaps.append(float(alarms + misses) / 2 - least)
    return max(0.0, float(np.mean(gaps))) if gaps else 0.0

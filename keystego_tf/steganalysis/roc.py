"""Compute the ROC curve, its area, P_E and accuracy; 95 % intervals count photos, not images.

Curve and area are scikit-learn's. A cover resembles the stego images made from it, and the tiles of
one photo resemble each other. Both intervals therefore treat everything from one source as one
observation.

- Area: DeLong's variance (DeLong, DeLong and Clarke-Pearson, 1988), with the placements of a
  source added up (Obuchowski, 1997). The scale is that of log odds: there the interval stays in
  [0, 1] and is right near the ends, too.
- Accuracy at a fixed threshold: Wilson's interval on the effective number of answers
  (``statistics.clustered_share``).
- P_E has no interval. Its threshold is picked on the same images, so it is a lower bound.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..io.extras import extra_package
from ..metrics import statistics
from ..metrics.statistics import Estimate, Z
from .scores import Scores

Floats = NDArray[np.float64]

#: A variance below this counts as 0: it is what rounding leaves.
EQUAL = 1e-15


def curve(scores: Scores) -> tuple[Floats, Floats, Floats]:
    """Return the ROC curve: false alarms, detections and thresholds, float64 [points] each.

    The first two are the shares of covers and of stego images with at least the score of each
    threshold, from (0, 0) at inf to (1, 1). Raises ImportError without scikit-learn.
    """
    roc_curve = extra_package("sklearn.metrics").roc_curve
    false_alarms, detections, thresholds = roc_curve(*_labelled(scores), drop_intermediate=False)
    return false_alarms, detections, thresholds


def area(scores: Scores) -> Estimate:
    """Return the area under the curve.

    It is the chance that a stego image scores above a cover, with a tie counted half. Where sources
    do not vary, as with an area of 0 or 1, the variance says nothing. The interval is then Wilson's
    for as many comparisons as there are sources.
    """
    value = float(extra_package("sklearn.metrics").roc_auc_score(*_labelled(scores)))
    images = scores.numbered()[2]
    variance = _variance(scores, value)
    if variance < EQUAL or value in (0.0, 1.0):
        return statistics.share(value * images, images)
    centre = math.log(value / (1 - value))
    half = Z * math.sqrt(variance) / (value * (1 - value))
    low, high = (1 / (1 + math.exp(-max(-700.0, centre + side))) for side in (-half, half))
    return Estimate(value, low, high, images)


def accuracy(scores: Scores, threshold: float = 0.0) -> Estimate:
    """Return the share of images called right.

    A score above the threshold means stego; a score on it counts half.
    """
    covers = (1 - np.sign(scores.covers - threshold)) / 2
    stegos = (1 + np.sign(scores.stegos - threshold)) / 2
    sources = np.concatenate([scores.cover_sources, scores.stego_sources])
    return statistics.clustered_share(np.concatenate([covers, stegos]), sources)


def error(scores: Scores) -> float:
    """Return P_E, the least mean of false alarms and misses over all thresholds; 0.5 is chance."""
    false_alarms, detections, _ = curve(scores)
    return float(np.min(false_alarms + 1 - detections) / 2)


def _labelled(scores: Scores) -> tuple[NDArray[Any], Floats]:
    """Return labels, 1 for stego, and scores, as scikit-learn takes them."""
    labels = np.repeat([0, 1], [scores.covers.size, scores.stegos.size])
    return labels, np.concatenate([scores.covers, scores.stegos])


def _variance(scores: Scores, value: float) -> float:
    """Return DeLong's variance of the area, with everything from one source taken together."""
    # the share of the other side that is below a score, with ties counted half
    placed = partial(extra_package("scipy.stats").percentileofscore, kind="mean")
    stego_parts = (placed(scores.covers, scores.stegos) / 100 - value) / scores.stegos.size
    cover_parts = (1 - placed(scores.stegos, scores.covers) / 100 - value) / scores.covers.size
    cover_sources, stego_sources, images = scores.numbered()
    sums = np.bincount(cover_sources, cover_parts, images)
    sums += np.bincount(stego_sources, stego_parts, images)
    return images / max(1, images - 1) * float(np.sum(sums**2))

"""Estimate figures with their 95 % intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

#: Standard normal quantile of a two-sided 95 % interval.
Z = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """Hold a figure, its 95 % interval, and the number of images that it comes from."""

    value: float
    low: float
    high: float
    images: int

    def scaled(self, factor: float) -> Estimate:
        """Return the same estimate in another unit, such as percent."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor, self.images)


def detectable(answers: float, power: float = 0.8) -> float:
    """Return the smallest accuracy that a test of so many answers can detect, a share of 1.

    An attacker this often right gets a 95 % interval above 50 % with probability ``power``. Both
    binomials are approximated by normal distributions. The result is 1 where the test would miss
    even an attacker who makes no error.

    Args:
        answers: number of independent answers, half about covers, half about stego images.
        power: in (0, 1).
    """
    quantile = NormalDist().inv_cdf(power)
    low, high = 0.5, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        spread = Z * 0.5 + quantile * math.sqrt(middle * (1 - middle))
        low, high = (low, middle) if middle - 0.5 > spread / math.sqrt(answers) else (middle, high)
    return high


def mean(values: ArrayLike, sources: ArrayLike | None = None) -> Estimate:
    """Return the mean of one value an image, with the normal interval of a mean.

    The interval needs some 20 images. A single image, or an infinite value, says nothing about the
    spread: the interval then has no ends.

    Args:
        values: [images].
        sources: [images], equal for tiles of one photo, which then count as one, by their mean.
    """
    array = np.asarray(values, dtype=np.float64)
    if sources is not None:
        _, photo = np.unique(np.asarray(sources), return_inverse=True)
        array = np.bincount(photo, array) / np.bincount(photo)
    centre = float(array.mean())
    if array.size < 2 or not math.isfinite(centre):
        return Estimate(centre, -math.inf, math.inf, int(array.size))
    spread = float(array.std(ddof=1)) / math.sqrt(array.size)
    return Estimate(centre, centre - Z * spread, centre + Z * spread, int(array.size))


def mean_share(values: ArrayLike, sources: ArrayLike | None = None) -> Estimate:
    """Return the ``mean`` of shares, one an image, with an interval that stays in [0, 1]."""
    own = mean(values, sources)
    return Estimate(own.value, max(0.0, own.low), min(1.0, own.high), own.images)


def share(hits: float, trials: float, images: int | None = None) -> Estimate:
    """Return hits of trials as a share of 1, with Wilson's interval.

    The interval stays in [0, 1] and has a width even where every trial is a hit.

    Args:
        hits: number of hits; may be fractional.
        trials: number of trials, above 0; may be fractional.
        images: number of images that they come from; by default, ``trials`` rounded.

    Source:
        Wilson, 1927.
    """
    if not 0 <= hits <= trials or trials <= 0:
        raise ValueError(f"hits is {hits}, but must be in [0, {trials}], of more than no trials")
    p, factor = hits / trials, Z * Z / trials
    centre = (p + factor / 2) / (1 + factor)
    half = Z * math.sqrt(p * (1 - p) / trials + factor / (4 * trials)) / (1 + factor)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    # At 0 and at 1, rounding must not move an end of the interval past the estimate.
    return Estimate(p, min(low, p), max(high, p), images or round(trials))


def bit_accuracy(correct: ArrayLike) -> Estimate:
    """Return the share of right bits over all images.

    Bits of one image go wrong together, so Wilson's interval is taken on the effective number of
    bits. This is the number of all bits over the design effect: the variance of the images' shares
    over what independent bits would give, never below 1.

    Args:
        correct: bool [images, bits].

    Source:
        Kish, 1965, for the design effect.
    """
    array = np.asarray(correct)
    images, bits = array.shape
    return clustered_share(array.reshape(-1), np.repeat(np.arange(images), bits))


def clustered_share(correct: ArrayLike, sources: ArrayLike) -> Estimate:
    """Return the mean of answers that come in clusters, such as the tiles of one photo.

    Wilson's interval is taken as in ``bit_accuracy``, with the variance of the mean from the
    clusters' deviations. ``images`` of the estimate counts clusters.

    Args:
        correct: [answers] in [0, 1]: 1 right, 0 wrong, between where an answer is undecided.
        sources: [answers], equal for those of one cluster.
    """
    array = np.asarray(correct, dtype=np.float64)
    _, cluster = np.unique(np.asarray(sources), return_inverse=True)
    if not array.size or array.shape != cluster.shape:
        raise ValueError(
            f"correct has shape {array.shape} and sources {cluster.shape}, but both must be [n > 0]"
        )
    p, clusters = float(array.mean()), int(cluster.max()) + 1
    independent = p * (1 - p) / array.size
    effect = 1.0
    if clusters > 1 and independent > 0:
        sums = np.bincount(cluster, weights=array - p)
        spread = clusters / (clusters - 1) * float(np.sum(sums**2)) / array.size**2
        effect = max(1.0, spread / independent)
    trials = array.size / effect
    return share(p * trials, trials, clusters)

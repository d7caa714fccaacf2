"""Estimate the rate of LSB replacement without training, and fuse estimates as in StegExpose.

- Primary sets: Dumitrescu, Wu and Memon, "On steganalysis of random LSB embedding in
  continuous-tone images", ICIP 2002.
- Chi-square: Westfeld and Pfitzmann, "Attacks on steganographic systems", 1999, with the statistic
  of ``sealwatch``.
- Sample pairs are ``sealwatch``'s. It solves the equation of the primary sets over pairs of samples
  side by side, and gives 0 for all rates below 0.01. So does StegExpose under this name. The two
  are closely related, and their votes are not independent.
- RS: Fridrich, Goljan and Du, "Reliable detection of LSB steganography in color and grayscale
  images", ACM Workshop on Multimedia and Security, 2001.
- Fusion: Boehm, "StegExpose", 2014.

Each takes uint8 [H, W, C], C = 1 or 3, and gives the mean over channels, in [0, 1]. It gives nan
where it has nothing to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Callable

import numpy as np
from numpy.typing import NDArray

from ..io.extras import extra_package
from .planes import Pixels, Plane, planes

Integers = NDArray[np.int16]

#: StegExpose calls an image suspicious from this rate on.
THRESHOLD = 0.2

#: Pairs whose expected count is not above this are left out, as in sealwatch.
LEAST = 4


def primary_sets(image_u8: Pixels) -> float:
    """Estimated share of samples with a message bit in their lowest bit, in [0, 1].

    In a cover, two sets of pairs of neighbours, X and Y (see ``counts``), are equally large: the
    parity of a sample does not depend on which of two neighbours is brighter. LSB replacement
    moves pairs between sets at known rates. The excess of Y over X tells the rate of the message.
    """

    def rate(plane: Plane) -> float:
        x, y, same_pair, pairs = counts(plane.astype(np.int16))
        # Equation of the paper: (|W| + |Z|) / 2 p^2 + (2 |X| - |P|) p + |Y| - |X| = 0.
        return _small_root(same_pair / 2, 2 * x - pairs, y - x)

    return _mean_rate(image_u8, rate)


def counts(plane: Integers) -> tuple[int, int, int, int]:
    """Return |X|, |Y|, |W| + |Z| and |P| over all neighbours, horizontal and vertical.

    A pair (u, v) is in X if v is even and u < v, or v is odd and u > v. It is in Y if v is even and
    u > v, or v is odd and u < v. It is in W or Z if u and v differ in their lowest bit at most. All
    neighbours are taken in both orders, which halves the influence of the order.

    Args:
        plane: int16 [H, W].
    """
    x = y = same_pair = pairs = 0
    for first, second in ((plane[:, :-1], plane[:, 1:]), (plane[:-1], plane[1:])):
        for u, v in ((first, second), (second, first)):
            even = (v & 1) == 0
            x += int(np.count_nonzero(np.where(even, u < v, u > v)))
            y += int(np.count_nonzero(np.where(even, u > v, u < v)))
            same_pair += int(np.count_nonzero(u >> 1 == v >> 1))
            pairs += u.size
    return x, y, same_pair, pairs


def chi_square(image_u8: Pixels) -> float:
    """Probability of a message in every sample, in [0, 1], as an estimate of the rate.

    LSB replacement makes the two values of a pair (2k, 2k + 1) equally frequent. The result is the
    probability that pairs as unequal as these come from an image with a bit in every sample. For
    messages spread over the whole image it rises above 0 late, at rates near 1. It is nan where
    fewer than two pairs of values are frequent enough. ImportError without sealwatch.
    """

    def probability(plane: Plane) -> float:
        pairs = np.bincount(plane.reshape(-1), minlength=256).reshape(128, 2)
        kept = int(np.count_nonzero(pairs.sum(axis=1) / 2 > LEAST))
        if kept < 2:
            return math.nan
        statistic = float(extra_package("sealwatch").chi2.attack(plane)[0])
        # sealwatch's own probability always takes 255 degrees of freedom, twice as many as there
        # are pairs. It would find a message in most small covers.
        return float(extra_package("scipy.stats").chi2.sf(statistic, kept - 1))

    return _mean_rate(image_u8, probability)


def sample_pairs(image_u8: Pixels) -> float:
    """Estimated share of samples with a message bit in their lowest bit, in [0, 1].

    ImportError without sealwatch.
    """
    attack = extra_package("sealwatch").spa.attack

    def rate(plane: Plane) -> float:
        # The equation has no root where no two samples side by side are within a pair of values
        # and exactly half of the pairs are in X. sealwatch then takes the least of nothing.
        try:
            return float(np.real(attack(plane)))
        except ValueError:
            return math.nan

    return _mean_rate(image_u8, rate)


def rs(image_u8: Pixels) -> float:
    """Estimated share of samples with a message bit in their lowest bit, in [0, 1].

    Groups of four neighbours are flipped by the mask (0, 1, 1, 0) and its negative. LSB
    replacement brings regular and singular groups of the mask closer together, and leaves those of
    the negative mask apart. The result is nan where no group is regular or singular, as in an image
    of one colour.
    """

    def rate(plane: Plane) -> float:
        # d(p/2) from the image as it is, d(1 - p/2) from the image with all lowest bits flipped.
        as_it_is, flipped = plane.astype(np.int16), (plane ^ 1).astype(np.int16)
        d0, d1 = regular_excess(as_it_is, 1), regular_excess(flipped, 1)
        n0, n1 = regular_excess(as_it_is, -1), regular_excess(flipped, -1)
        z = _small_root(2 * (d1 + d0), n0 - n1 - d1 - 3 * d0, d0 - n0)
        return z / (z - 0.5) if math.isfinite(z) and z != 0.5 else math.nan

    return _mean_rate(image_u8, rate)


def regular_excess(plane: Integers, sign: int) -> float:
    """Return regular less singular groups, as a share of all groups.

    Groups start at every sample and run to the right and, again, downwards. These are four times as
    many as in a division into blocks, and the estimate is steadier.

    Args:
        plane: int16 [H, W].
        sign: 1 flips the two middle samples of a group 2k <-> 2k + 1, -1 flips 2k <-> 2k - 1.
    """
    changed = plane ^ 1 if sign > 0 else ((plane + 1) ^ 1) - 1
    excess = groups = 0
    for kept, other in ((plane, changed), (plane.T, changed.T)):
        a, b, c, d = (kept[:, start : kept.shape[1] - 3 + start] for start in range(4))
        _, y, z, _ = (other[:, start : kept.shape[1] - 3 + start] for start in range(4))
        rougher = (np.abs(y - a) + np.abs(z - y) + np.abs(d - z)) - (
            np.abs(b - a) + np.abs(c - b) + np.abs(d - c)
        )
        excess += int(np.sign(rougher).sum(dtype=np.int64))
        groups += rougher.size
    return excess / groups


ESTIMATORS: dict[str, Callable[[Pixels], float]] = {
    each.__name__: each for each in (primary_sets, chi_square, sample_pairs, rs)
}


def estimates(image_u8: Pixels) -> dict[str, float]:
    """Return the rate by each of ``ESTIMATORS``, and ``fusion``. ImportError without sealwatch."""
    rates = {name: estimate(image_u8) for name, estimate in ESTIMATORS.items()}
    return {**rates, "fusion": fused(rates)}


def fused(rates: Mapping[str, float]) -> float:
    """Return the plain mean of the rates that are numbers; nan if none is."""
    return _mean([rate for rate in rates.values() if math.isfinite(rate)])


def _mean_rate(image_u8: Pixels, estimate: Callable[[Plane], float]) -> float:
    """Average an estimated rate over the channels, clipped to [0, 1]; nan channels are left out."""
    rates = [estimate(plane) for plane in planes(image_u8)]
    return _mean([min(1.0, max(0.0, rate)) for rate in rates if math.isfinite(rate)])


def _mean(numbers: list[float]) -> float:
    return math.fsum(numbers) / len(numbers) if numbers else math.nan


def _small_root(a: float, b: float, c: float) -> float:
    """Return the root of a z^2 + b z + c = 0 of smaller size, its real part if it is complex.

    Noise makes the roots of an estimator's equation complex where they are close to each other.
    The result is nan if there is no root or any number is nan.
    """
    if a == 0:
        return -c / b if b else math.nan
    inside = b * b - 4 * a * c
    if inside < 0:
        return -b / (2 * a)
    # Compute the root without cancellation, then the other from their product c / a.
    large = -(b + math.copysign(math.sqrt(inside), b)) / (2 * a)
    return c / (a * large) if large else 0.0

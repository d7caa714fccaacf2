"""Chi-square attack (Westfeld and Pfitzmann, 1999), with the statistic of ``sealwatch``.

LSB replacement makes the two values of a pair (2k, 2k + 1) equally frequent. The probability that
pairs as unequal as these come from an image with a bit in every sample stands for the rate; it
rises above 0 late, at rates near 1, for messages spread over the whole image.
"""

from __future__ import annotations

import numpy as np

from ..io.extras import evaluation_package
from .planes import Pixels, Plane, mean_rate

#: Pairs whose expected count is not above this are left out (as sealwatch does).
LEAST = 4


def estimate(image_u8: Pixels) -> float:
    """Probability of a message in every sample, in [0, 1], as an estimate of the rate.

    image_u8: uint8 [H, W, C], C = 1 or 3; the mean over channels. nan where fewer than two pairs
    of values are frequent enough. ImportError without sealwatch.
    """
    return mean_rate(image_u8, _probability)


def _probability(plane: Plane) -> float:
    pairs = np.bincount(plane.reshape(-1), minlength=256).reshape(128, 2)
    kept = int(np.count_nonzero(pairs.sum(axis=1) / 2 > LEAST))
    if kept < 2:
        return float("nan")
    statistic = float(evaluation_package("sealwatch").chi2.attack(plane)[0])
    # Not sealwatch's own probability: it always takes 255 degrees of freedom, twice as many as
    # there are pairs, and so finds a message in most small covers.
    return float(evaluation_package("scipy.stats").chi2.sf(statistic, kept - 1))

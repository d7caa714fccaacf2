"""Sample pairs, through ``sealwatch``.

What sealwatch calls sample pair analysis solves the equation of the primary sets (Dumitrescu, Wu
and Memon, 2002) over pairs of samples side by side, and gives 0 for all rates below 0.01. So does
StegExpose under this name. The two are near relations, and their votes are not independent.
"""

from __future__ import annotations

import numpy as np

from ..io.extras import evaluation_package
from .planes import Pixels, Plane, mean_rate


def estimate(image_u8: Pixels) -> float:
    """Estimated share of samples with a message bit in their lowest bit, in [0, 1].

    image_u8: uint8 [H, W, C], C = 1 or 3; the mean over channels. ImportError without sealwatch.
    """
    attack = evaluation_package("sealwatch").spa.attack

    def rate(plane: Plane) -> float:
        # Its equation has no root where no two samples side by side are within a pair of values
        # and exactly half of the pairs are in X; it then takes the least of nothing.
        try:
            return float(np.real(attack(plane)))
        except ValueError:
            return float("nan")

    return mean_rate(image_u8, rate)

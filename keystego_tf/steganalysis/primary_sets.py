"""Primary sets: estimates the rate of LSB replacement from pairs of neighbours.

Dumitrescu, Wu and Memon, "On steganalysis of random LSB embedding in continuous-tone images",
ICIP 2002. Two sets of pairs, X and Y (``counts`` says which), are equally large in a cover, as
neither the parity of a sample nor which of two neighbours is the brighter one depends on the other.
LSB replacement moves pairs between sets at known rates, and how much larger Y has become tells its
rate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .planes import Pixels, Plane, mean_rate, small_root

Integers = NDArray[np.int16]


def estimate(image_u8: Pixels) -> float:
    """Estimated share of samples with a message bit in their lowest bit, in [0, 1].

    image_u8: uint8 [H, W, C], C = 1 or 3; the mean over channels.
    """
    return mean_rate(image_u8, _rate)


def _rate(plane: Plane) -> float:
    x, y, same_pair, pairs = counts(plane.astype(np.int16))
    # Equation of the paper: (|W| + |Z|) / 2 p^2 + (2 |X| - |P|) p + |Y| - |X| = 0.
    return small_root(same_pair / 2, 2 * x - pairs, y - x)


def counts(plane: Integers) -> tuple[int, int, int, int]:
    """|X|, |Y|, |W| + |Z| and |P| over all neighbours, side by side and one above the other.

    plane: int16 [H, W]. A pair (u, v) is in X if v is even and u < v, or v is odd and u > v; in Y
    if v is even and u > v, or v is odd and u < v; in W or Z if u and v differ in their lowest bit
    at most. Every two neighbours are taken in both orders, which halves what the order decides.
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

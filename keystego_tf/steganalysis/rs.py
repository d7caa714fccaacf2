"""RS analysis: estimates the rate of LSB replacement.

Fridrich, Goljan and Du, "Reliable detection of LSB steganography in color and grayscale images",
ACM Workshop on Multimedia and Security, 2001. Groups of four neighbours are flipped by the mask
(0, 1, 1, 0) and its negative. LSB replacement brings regular and singular groups of the mask
closer together, and leaves those of the negative mask apart.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .planes import Pixels, Plane, mean_rate, small_root

Integers = NDArray[np.int16]


def estimate(image_u8: Pixels) -> float:
    """Estimated share of samples with a message bit in their lowest bit, in [0, 1].

    image_u8: uint8 [H, W, C], C = 1 or 3; the mean over channels. nan where no group is regular or
    singular, as in an image of one colour.
    """
    return mean_rate(image_u8, _rate)


def _rate(plane: Plane) -> float:
    # d(p/2) from the image as it is, d(1 - p/2) from all its lowest bits turned over.
    as_it_is, flipped = plane.astype(np.int16), (plane ^ 1).astype(np.int16)
    d0, d1 = regular_excess(as_it_is, 1), regular_excess(flipped, 1)
    n0, n1 = regular_excess(as_it_is, -1), regular_excess(flipped, -1)
    z = small_root(2 * (d1 + d0), n0 - n1 - d1 - 3 * d0, d0 - n0)
    return z / (z - 0.5) if math.isfinite(z) and z != 0.5 else math.nan


def regular_excess(plane: Integers, sign: int) -> float:
    """Regular less singular groups, as a share of all groups.

    plane: int16 [H, W]; sign: 1 flips the two middle samples of a group 2k <-> 2k + 1, -1 flips
    2k <-> 2k - 1. Groups start at every sample and run to the right and, again, downwards: four
    times the groups of a division into blocks, for a steadier estimate.
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

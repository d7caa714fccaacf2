"""What it costs to change a sample: little where texture hides it, much where it is smooth.

HILL (Li, Wang, Huang and Li, "A new cost function for spatial image steganography", 2014), on each
channel alone, and the clustering of directions (Li, Wang, Li and Huang, "A strategy of clustering
modification directions in spatial image steganography", 2015). NumPy only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Costs = NDArray[np.float64]

#: Least local activity (8-bit steps) that is told from none: keeps costs finite.
QUIET = 0.02

#: How many times cheaper a change is that goes the way of its neighbours'.
CLUSTERED = 9.0


def flat(image_u8: Pixels) -> Costs:
    """All samples alike: the fewest changes. uint8 [H, W, C] -> float64 of the same shape."""
    return np.ones(image_u8.shape)


def hill(image_u8: Pixels) -> Costs:
    """HILL: the inverse of the local activity, averaged over 15 x 15 samples.

    uint8 [H, W, C] -> float64 of the same shape, in (0, 1 / QUIET].
    """
    x = np.pad(image_u8.astype(np.float64), ((1, 1), (1, 1), (0, 0)), mode="symmetric")
    # the high-pass filter [[-1, 2, -1], [2, -4, 2], [-1, 2, -1]] is a second difference each way
    x = -x[:-2] + 2 * x[1:-1] - x[2:]
    x = x[:, :-2] - 2 * x[:, 1:-1] + x[:, 2:]
    activity = _mean(np.abs(x), 3)
    return _mean(1 / (activity + QUIET), 15)


def directed(cost: Costs, changes: NDArray[np.integer]) -> tuple[Costs, Costs]:
    """Costs of a step up and of a step down beside changes that are made already.

    cost: [H, W, C]; changes: integers [H, W, C], what was added to each sample. A step that goes
    the way of most of its four neighbours' is CLUSTERED times cheaper: a change that moves with its
    neighbours shows less in their differences.
    """
    padded = np.pad(np.sign(changes).astype(np.int64), ((1, 1), (1, 1), (0, 0)))
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    cheap = cost / CLUSTERED
    return np.where(around > 0, cheap, cost), np.where(around < 0, cheap, cost)


def _mean(x: Costs, side: int) -> Costs:
    """Mean over side x side samples, edges mirrored. [H, W, C], H and W from side // 2 on."""
    reach = side // 2
    padded = np.pad(x, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    sums = np.pad(padded.cumsum(0).cumsum(1), ((1, 0), (1, 0), (0, 0)))
    height, width = x.shape[:2]
    corners = (
        sums[side : side + height, side : side + width]
        - sums[:height, side : side + width]
        - sums[side : side + height, :width]
        + sums[:height, :width]
    )
    return corners / side**2

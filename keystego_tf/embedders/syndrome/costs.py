"""Price a change of a sample: cheap where texture hides it, expensive where the image is smooth.

HILL is applied to each channel alone. Source: Li, Wang, Huang and Li, "A new cost function for
spatial image steganography", IEEE ICIP 2014.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: The least local activity, in 8-bit steps. It keeps costs finite.
LEAST_ACTIVITY = np.finfo(np.float32).eps


#: Factor on costs at either end of the range, where a change can only go inwards. Without it,
#: changes of clipped areas would pile up at the values next to the ends (the test range-ends).
ENDS = 2


def of_samples(image_u8: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Do what ``hill`` does, with higher costs for samples that are 0 or 255."""
    costs = hill(image_u8)
    costs[(image_u8 == 0) | (image_u8 == 255)] *= ENDS
    return costs


def hill(image_u8: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute HILL's costs: the inverse of the local activity, averaged over 15 x 15 samples.

    The activity is the mean over 3 x 3 samples of the magnitude of a high-pass filter's output.
    Edges are mirrored before each of the three filters.

    Args:
        image_u8: uint8 [H, W, C].

    Returns:
        float32 [H, W, C], above 0, the cost of a change by -1 or +1.
    """
    costs = np.empty(image_u8.shape, np.float32)
    for first in range(0, len(image_u8), _STRIP):
        above = max(first - _REACH, 0)
        strip = _hill(image_u8[above : first + _STRIP + _REACH])
        costs[first : first + _STRIP] = strip[first - above :][:_STRIP]
    return costs


#: Rows of a strip, which fits into the cache, and the reach of the filters.
_STRIP, _REACH = 128, 1 + 1 + 7


def _hill(image_u8: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute HILL's costs of some rows, as if there were no others."""
    x = np.pad(image_u8.astype(np.int16), ((1, 1), (1, 1), (0, 0)), mode="symmetric")
    # [[-1, 2, -1], [2, -4, 2], [-1, 2, -1]] is a second difference in each direction
    x = x[2:] - 2 * x[1:-1] + x[:-2]
    x = x[:, 2:] - 2 * x[:, 1:-1] + x[:, :-2]
    activity = _mean(np.abs(x).astype(np.float32) / 4, 3)
    np.maximum(activity, LEAST_ACTIVITY, out=activity)
    return _mean(1 / activity, 15)


def _mean(x: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Average over side x side samples, edges mirrored; x is [H, W, C], ``side`` odd."""
    reach = side // 2
    padded = np.pad(x, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    width, channels = padded.shape[1:]
    # sum all rows as one line, a row's length apart; then all columns, a pixel's channels apart
    down = _sums(padded.reshape(-1), side, width * channels).reshape(-1, width * channels)
    across = _sums(down, side, channels)
    return across.reshape(*x.shape) / np.float32(side**2)


def _sums(x: NDArray[np.float32], length: int, step: int) -> NDArray[np.float32]:
    """Sum ``length`` entries of the last axis, ``step`` apart, starting at each entry.

    These are not running sums: large and small costs lie side by side, and rounding would lose the
    small ones.
    """
    size = x.shape[-1] - (length - 1) * step
    result = np.zeros((*x.shape[:-1], size), np.float32)
    done, power, summed = 0, 1, x  # summed: sums of ``power`` entries
    while power <= length:
        if length & power:
            result += summed[..., done * step : done * step + size]
            done += power
        summed = summed[..., : -power * step] + summed[..., power * step :]
        power *= 2
    return result

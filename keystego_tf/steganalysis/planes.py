"""Cut an image into the single channels that estimators and features look at."""

from __future__ import annotations

import math
from typing import Callable

import numpy as np
from numpy.typing import NDArray

#: [H, W, C] uint8, C = 1 or 3.
Pixels = NDArray[np.uint8]

#: [H, W] uint8, C-contiguous.
Plane = NDArray[np.uint8]


def planes(image_u8: Pixels) -> list[Plane]:
    """The channels of an image; ValueError unless it is uint8 [H, W, 1 or 3], sides from 4."""
    shape = image_u8.shape
    fits = image_u8.ndim == 3 and shape[-1] in (1, 3) and min(shape[:2]) >= 4
    if not fits or image_u8.dtype != np.uint8:
        raise ValueError(
            f"image is {image_u8.dtype} {shape}, but must be uint8 [H, W, 1 or 3], H and W from 4"
        )
    return [np.ascontiguousarray(image_u8[..., channel]) for channel in range(shape[-1])]


def mean_rate(image_u8: Pixels, estimate: Callable[[Plane], float]) -> float:
    """Mean over the channels of an estimated rate, each put into [0, 1] first.

    A channel for which ``estimate`` has no number (nan) is left out; nan if none is left.
    """
    rates = [estimate(plane) for plane in planes(image_u8)]
    inside = [min(1.0, max(0.0, rate)) for rate in rates if math.isfinite(rate)]
    return math.fsum(inside) / len(inside) if inside else math.nan


def small_root(a: float, b: float, c: float) -> float:
    """The root of a z^2 + b z + c = 0 of smaller size, its real part if it is complex.

    Noise makes the roots of an estimator's equation complex where they are close to each other.
    nan if there is no root or any number is one.
    """
    if a == 0:
        return -c / b if b else math.nan
    inside = b * b - 4 * a * c
    if inside < 0:
        return -b / (2 * a)
    # Of the two, the one without cancellation, then the other by their product c / a.
    large = -(b + math.copysign(math.sqrt(inside), b)) / (2 * a)
    return c / (a * large) if large else 0.0

"""StegExpose's four estimators and their fusion (Boehm, 2014)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Callable

from . import chi_square, primary_sets, rs, sample_pairs
from .planes import Pixels

#: StegExpose calls an image suspicious from here on.
THRESHOLD = 0.2

ESTIMATORS: dict[str, Callable[[Pixels], float]] = {
    "primary_sets": primary_sets.estimate,
    "chi_square": chi_square.estimate,
    "sample_pairs": sample_pairs.estimate,
    "rs": rs.estimate,
}


def fused(rates: Mapping[str, float]) -> float:
    """Plain mean of the rates that are numbers; nan if none is."""
    numbers = [rate for rate in rates.values() if math.isfinite(rate)]
    return math.fsum(numbers) / len(numbers) if numbers else math.nan


def estimates(image_u8: Pixels) -> dict[str, float]:
    """The rate by each of ``ESTIMATORS``, and ``fusion``.

    image_u8: uint8 [H, W, C], C = 1 or 3. ImportError without sealwatch.
    """
    rates = {name: estimate(image_u8) for name, estimate in ESTIMATORS.items()}
    return {**rates, "fusion": fused(rates)}

"""Find the cheapest changes that make samples carry given bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .code import check_count, syndrome
from .ring import Ring
from .trits import Bits, to_trits

Costs = NDArray[np.floating]

#: Largest number of samples from which the price of costs is estimated.
ESTIMATED = 4096


def embed(
    values: NDArray[Any],
    cost: Costs,
    bits: Bits,
    *,
    rng: np.random.Generator,
    low: int = 0,
    high: int = 255,
    uniform: bool = False,
) -> NDArray[Any]:
    """Change samples by -1, 0 or +1 so that they carry bits, at nearly the least summed cost.

    Args:
        values: integers [n] from low to high. Neighbours in the array should not be neighbours in
            the image: pass samples in random order.
        cost: float [n], at least 0, of a change by +1 or -1; inf forbids both.
        bits: 0 and 1 [count].
        rng: chooses among trits that stand for the same bits.
        low: least value that a sample may have.
        high: greatest value that a sample may have.
        uniform: makes the trits of random bits uniform to within 3 ** -15, at the price of 24 extra
            bits. Use it for bits that strangers can extract.

    Returns:
        [n], of the dtype of values.

    Raises:
        ValueError: shapes or ranges are wrong, there are too many bits, or too few samples may
            change to carry them.
    """
    _check(values, cost, bits, low, high)
    check_count(values.size, bits.size, uniform)
    if not bits.size:
        return values.copy()
    trits = to_trits(bits, rng, uniform)
    wanted = ((trits + 3 - syndrome(values, trits.size)) % 3).astype(np.uint8)
    changes = Ring(values, cost, (low, high), wanted, multiplier(cost, bits.size)).changes()
    if changes is None:
        raise ValueError(
            f"too few of these {values.size} samples may change to carry {bits.size} bits; fewer "
            "bits, or more samples, would fit"
        )
    return (values + changes).astype(values.dtype)


def multiplier(cost: Costs, count: int) -> float:
    """Find lambda so that changes drawn with exp(-lambda cost) have an entropy of ``count`` bits.

    Lambda, of this Gibbs distribution, is the price of cost in nats (Filler, Judas and Fridrich,
    2011, section III), estimated from at most ESTIMATED samples. It is 0 if even random changes
    carry fewer bits.
    """
    stride = -(-cost.size // ESTIMATED)
    costs = cost[::stride].astype(np.float64)
    costs = costs[np.isfinite(costs)]
    target = count * np.log(2) / stride
    if not costs.any():
        return 1.0
    low, high = 0.0, 1 / float(np.median(costs[costs > 0]))
    while _entropy(costs, high) > target and high < 1e30:
        low, high = high, 4 * high
    for _ in range(25):
        middle = (low + high) / 2
        low, high = (middle, high) if _entropy(costs, middle) > target else (low, middle)
    return high


def _entropy(costs: Costs, price: float) -> float:
    """Compute the entropy, in nats, of the Gibbs distribution at a price; costs are [n]."""
    x = np.minimum(price * costs, 700.0)
    weights = 2 * np.exp(-x)  # of both changes together
    total = 1 + weights
    return float((np.log(total) + x * weights / total).sum())


def _check(values: Any, cost: Any, bits: Any, low: int, high: int) -> None:
    """Raise ValueError if an argument of ``embed`` is out of range."""
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise ValueError(f"values are {values.dtype} {values.shape}, but must be integers [n]")
    if values.size and not low <= values.min() <= values.max() <= high:
        raise ValueError(
            f"values are {values.min()} to {values.max()}, but must be {low} to {high}"
        )
    if cost.shape != values.shape:
        raise ValueError(f"costs are {cost.shape}, but values are {values.shape}")
    if cost.size and not cost.min() >= 0:
        raise ValueError(f"the least cost is {cost.min()}, but must be at least 0")
    if bits.ndim != 1 or not np.isin(bits, (0, 1)).all():
        raise ValueError("bits must be 0 and 1 [count]")

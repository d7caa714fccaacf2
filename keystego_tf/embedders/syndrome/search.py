"""Find the cheapest changes that make samples carry given bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .code import check_count, syndrome
from .ring import Ring
from .trits import Bits, to_trits

Costs = NDArray[np.floating]


def embed(
    values: NDArray[Any],
    cost: NDArray[np.floating],
    bits: Bits,
    *,
    rng: np.random.Generator,
    cost_down: NDArray[np.floating] | None = None,
    low: int = 0,
    high: int = 255,
    uniform: bool = False,
) -> NDArray[Any]:
    """Change samples by -1, 0 or +1 so that they carry bits, at nearly the least summed cost.

    Args:
        values: integers [n] from low to high. Neighbours in the array should not be neighbours in
            the image: pass samples in random order.
        cost: float [n], at least 0, of +1 and, unless cost_down is given, of -1; inf forbids it.
        bits: 0 and 1 [count].
        rng: chooses among trits that stand for the same bits.
        cost_down: float [n], of -1.
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
    down = cost if cost_down is None else cost_down
    _check(values, cost, down, bits, low, high)
    check_count(values.size, bits.size, uniform)
    if not bits.size:
        return values.copy()
    trits = to_trits(bits, rng, uniform)
    wanted = ((trits + 3 - syndrome(values, trits.size)) % 3).astype(np.uint8)
    ring = Ring(values, cost, down, (low, high), wanted, multiplier(cost, down, bits.size))
    changes = ring.changes()
    if changes is None:
        raise ValueError(
            f"too few of these {values.size} samples may change to carry {bits.size} bits; fewer "
            "bits, or more samples, would fit"
        )
    return (values + changes).astype(values.dtype)


def multiplier(up: Costs, down: Costs, count: int, most: int = 4096) -> float:
    """Find lambda so that changes drawn with exp(-lambda cost) have an entropy of ``count`` bits.

    Lambda, of this Gibbs distribution, is the price of cost in nats (Filler, Judas and Fridrich,
    2011, section III), estimated from at most ``most`` samples. It is 0 if even random changes
    carry fewer bits.
    """
    stride = -(-up.size // most)
    costs = np.stack([up[::stride], down[::stride]]).astype(np.float64)
    costs = costs[:, np.isfinite(costs).any(axis=0)]
    target = count * np.log(2) / stride
    finite = costs[np.isfinite(costs)]
    if not finite.size or not finite.any():
        return 1.0
    costs[~np.isfinite(costs)] = 1e300
    low, high = 0.0, 1 / float(np.median(finite[finite > 0]))
    while _entropy(costs, high) > target and high < 1e30:
        low, high = high, 4 * high
    for _ in range(25):
        middle = (low + high) / 2
        low, high = (middle, high) if _entropy(costs, middle) > target else (low, middle)
    return high


def _entropy(costs: Costs, price: float) -> float:
    """Compute the entropy, in nats, of the Gibbs distribution at a price."""
    x = np.minimum(price * costs, 700.0)
    weights = np.exp(-x)
    total = 1 + weights.sum(axis=0)
    return float((np.log(total) + (x * weights).sum(axis=0) / total).sum())


def _check(values: Any, up: Any, down: Any, bits: Any, low: int, high: int) -> None:
    """Raise ValueError if an argument of ``embed`` is out of range."""
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise ValueError(f"values are {values.dtype} {values.shape}, but must be integers [n]")
    if values.size and not low <= values.min() <= values.max() <= high:
        raise ValueError(
            f"values are {values.min()} to {values.max()}, but must be {low} to {high}"
        )
    for cost in (up, down):
        if cost.shape != values.shape:
            raise ValueError(f"costs are {cost.shape}, but values are {values.shape}")
        if cost.size and not cost.min() >= 0:
            raise ValueError(f"the least cost is {cost.min()}, but must be at least 0")
    if bits.ndim != 1 or not np.isin(bits, (0, 1)).all():
        raise ValueError("bits must be 0 and 1 [count]")

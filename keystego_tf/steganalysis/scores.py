"""Hold an attacker's scores of covers and stego images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LOWEST = float(np.finfo(np.float64).min)


@dataclass(frozen=True)
class Scores:
    """Scores of covers and stego images, higher for stego, with their sources.

    covers: float64 [n], finite; stegos: float64 [m], finite; cover_sources, stego_sources: int64
    of the same lengths, equal for all that was made from one photo. Made by ``scores``, which
    checks them.
    """

    covers: Floats
    stegos: Floats
    cover_sources: Integers
    stego_sources: Integers

    def numbered(self) -> tuple[Integers, Integers, int]:
        """Return the sources of covers and of stego images as 0, 1, ..., and their number."""
        together = np.concatenate([self.cover_sources, self.stego_sources])
        names, numbers = np.unique(together, return_inverse=True)
        return numbers[: self.covers.size], numbers[self.covers.size :], names.size


def scores(
    covers: ArrayLike,
    stegos: ArrayLike,
    cover_sources: ArrayLike | None = None,
    stego_sources: ArrayLike | None = None,
) -> Scores:
    """Check scores and put them together.

    Without sources, the i-th cover and the i-th stego image share one.

    Args:
        covers: [n]; a score that is nan is put below all others, because an attacker that cannot
            tell raises no alarm.
        stegos: [m], as ``covers``.
        cover_sources: integers [n].
        stego_sources: integers [m].

    Raises:
        ValueError: either side is empty, or lengths differ.
    """
    sides = []
    for name, values, sources in (
        ("covers", covers, cover_sources),
        ("stegos", stegos, stego_sources),
    ):
        array = np.asarray(values, np.float64)
        own = np.arange(array.size) if sources is None else np.asarray(sources, np.int64)
        if array.ndim != 1 or not array.size or own.shape != array.shape:
            raise ValueError(
                f"{name} has shape {array.shape} and sources {own.shape}, "
                "but both must be [n], n above 0"
            )
        sides.append((np.nan_to_num(array, nan=LOWEST, neginf=LOWEST), own))
    (covers, cover_sources), (stegos, stego_sources) = sides
    return Scores(covers, stegos, cover_sources, stego_sources)


def joined(parts: Sequence[Scores]) -> Scores:
    """Join the scores of several folds; equal sources in two folds are the same photo."""
    fields = ("covers", "stegos", "cover_sources", "stego_sources")
    return Scores(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))

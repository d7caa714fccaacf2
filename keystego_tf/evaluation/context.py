"""Hold what every question of an evaluation needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Callable, TypeVar

import numpy as np

from ..baselines.table import CLASSICAL, GRAYSCALE
from ..bundles.catalogue import Model
from .cache import Cache, digest_of
from .covers import Covers
from .parallel import joblib, mapped
from .sizes import Sizes

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


@dataclass(frozen=True)
class Context:
    """Everything that a question is given.

    others: bundles that differ from ``models`` in their weights only, for the paper's protocol of
    ATS; methods: classical ones to compare with, or None for those of ``compared_with``; command:
    what the user typed, without ``--sections``; quiet: show no progress bars; jobs: highest number
    of processes in which attackers are trained side by side, -1 for one a processor.
    """

    models: list[Model]
    covers: Covers
    sizes: Sizes
    seed: int = 0
    cache: Cache = field(default_factory=lambda: Cache(None))
    quiet: bool = True
    others: list[Model] = field(default_factory=list)
    methods: tuple[str, ...] | None = None
    command: str = "keystego-tf evaluate"
    jobs: int = 1

    def compared_with(self, channels: int) -> tuple[str, ...]:
        """Return the classical methods to compare with in images of so many channels."""
        if self.methods is not None:
            return self.methods
        return tuple(name for name in CLASSICAL if channels == 1 or name not in GRAYSCALE)

    def each(self, work: Callable[[Context, A], B], things: Sequence[A], name: str) -> list[B]:
        """Return ``work`` of each thing, in order; name: for the progress bar."""
        jobs = joblib.effective_n_jobs(self.jobs)
        own = self if jobs == 1 else replace(self, quiet=True)
        # What takes longest mostly stands last; begun first, it does not run alone at the end.
        return mapped(partial(work, own), things[::-1], name, self.quiet, jobs)[::-1]

    def kept(self, what: str, make: Callable[[], T], *parts: Any) -> T:
        """Return the result of ``make``, from the cache where it is there.

        what: names it; parts: methods, arrays and plain data, all that it depends on beside the
        code and the seed.
        """
        key = {"what": what, "parts": _identity(parts), "seed": self.seed}
        return self.cache.get(key, make)


def _identity(part: Any) -> Any:
    """Return what tells a part of a key from all others."""
    if isinstance(part, (tuple, list)):
        return [_identity(each) for each in part]
    if isinstance(part, np.ndarray):
        return digest_of([part])
    if hasattr(part, "embed"):
        own = getattr(part, "identity", None)
        return own or {"name": part.name, "bits_per_pixel": part.bits_per_pixel}
    return part

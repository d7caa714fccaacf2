"""Hold what every question of an evaluation needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, TypeVar

import numpy as np

from ..baselines.table import CLASSICAL
from ..bundles.catalogue import Model
from .cache import Cache, digest_of
from .covers import Covers
from .sizes import Sizes

T = TypeVar("T")

#: Classical methods to compare the models with, unless others are named.
METHODS = tuple(CLASSICAL)


@dataclass(frozen=True)
class Context:
    """Everything that a question is given.

    others: bundles that differ from ``models`` in their weights only, for the paper's protocol of
    ATS; methods: classical ones to compare with; command: what the user typed, without
    ``--sections``; quiet: show no progress bars.
    """

    models: list[Model]
    covers: Covers
    sizes: Sizes
    seed: int = 0
    cache: Cache = field(default_factory=lambda: Cache(None))
    quiet: bool = True
    others: list[Model] = field(default_factory=list)
    methods: tuple[str, ...] = METHODS
    command: str = "keystego-tf evaluate"

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

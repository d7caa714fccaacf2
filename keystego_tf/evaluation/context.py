"""Hold what every question of an evaluation needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..bundles.catalogue import Model
from .cache import Cache
from .covers import Covers
from .sizes import Sizes

#: Classical methods that the models are compared with, unless others are named.
METHODS = (
    "syndrome",
    "lsb-replacement",
    "lsb-matching",
    "qim",
    "s-uniward",
    "wow",
    "hugo",
    "hill",
)


@dataclass(frozen=True)
class Context:
    """What a question is given.

    models: those under test; others: bundles of the same architectures and other weights, for the
    paper's protocol of ATS; methods: classical ones to compare with; command: what was typed,
    without ``--sections``; quiet: no progress bars.
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

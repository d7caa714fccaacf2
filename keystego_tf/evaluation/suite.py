"""The whole evaluation: its sections, what they are given, and a run of some of them."""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tqdm import tqdm

from ..bundles.catalogue import Model
from .cache import Cache
from .covers import Covers
from .results import Section
from .sizes import Sizes

#: Every section and the module that has its ``run(context) -> Section``, in the report's order.
SECTIONS = {
    name: f"{__package__}.sections.{name}"
    for name in (
        "invisibility",
        "ats",
        "stegexpose",
        "cnn",
        "unrecoverability",
        "integrity",
        "training",
        "controls",
    )
}

#: Classical methods that the schemes are compared with, unless others are named.
METHODS = ("lsb-matching", "s-uniward", "wow", "hugo", "hill")

#: Efforts that schemes with coding are measured at besides 0: the usual one and the best.
EFFORTS = (2, 3)


@dataclass(frozen=True)
class Context:
    """What a section is given.

    models: the schemes under test, the first is the one asked about; others: bundles of the same
    architectures and other weights, for the paper's protocol of ATS; methods: classical ones to
    compare with; efforts: of hiding, each a method beside effort 0; command: what was typed,
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
    efforts: tuple[int, ...] = EFFORTS
    command: str = "keystego-tf evaluate"


def run(context: Context, names: Sequence[str] = tuple(SECTIONS)) -> list[Section]:
    """The named sections, in the report's order, each with its time and the command that makes it.

    Interrupted, the next run takes what was done from the cache. ValueError for an unknown name.
    """
    check_names(names)
    chosen = [name for name in SECTIONS if name in names]
    sections = []
    with tqdm(chosen, disable=context.quiet, unit="section", leave=False) as progress:
        for name in progress:
            progress.set_description(name)
            module = importlib.import_module(SECTIONS[name])
            start = time.perf_counter()
            section: Section = module.run(context)
            sections.append(
                replace(
                    section,
                    seconds=time.perf_counter() - start,
                    command=section.command or f"{context.command} --sections {name}",
                )
            )
    return sections


def least_photos(sizes: Sizes, names: Sequence[str]) -> int:
    """How many test photos the named sections need: their attackers learn from some of them, and
    are tested on others."""
    # the controls set half of the photos against the other half; of fewer, no ensemble learns
    folded = 2 * max(sizes.folds, 4)
    needs = {"ats": folded, "cnn": 3, "controls": folded}
    return max([1, *(needs[name] for name in names if name in needs)])


def check_names(names: Sequence[str]) -> None:
    """ValueError that names the first section that there is not."""
    for name in names:
        if name not in SECTIONS:
            raise ValueError(f"section is {name!r}, but must be one of {', '.join(SECTIONS)}")

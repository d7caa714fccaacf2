"""The whole evaluation: its questions, and a run of some of them."""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence
from dataclasses import replace

from tqdm import tqdm

from .context import Context
from .results import Section
from .sizes import Sizes

#: Every question, a module of this folder with ``run(context) -> Section``, in the report's order.
QUESTIONS = (
    "invisibility",
    "detection",
    "ats",
    "jpeg",
    "simple",
    "stegexpose",
    "unrecoverability",
    "integrity",
    "recompression",
    "training",
    "controls",
)


def run(context: Context, names: Sequence[str] = QUESTIONS) -> list[Section]:
    """The named questions, in the report's order, each with its time and the command that makes it.

    Interrupted, the next run takes what was done from the cache. ValueError for an unknown name.
    """
    check_names(names)
    sections = []
    chosen = [name for name in QUESTIONS if name in names]
    with tqdm(chosen, disable=context.quiet, unit="question", leave=False) as progress:
        for name in progress:
            progress.set_description(name)
            module = importlib.import_module(f"{__package__}.{name}")
            start = time.perf_counter()
            section: Section = module.run(context)
            command = f"{context.command} --sections {name}"
            sections.append(replace(section, seconds=time.perf_counter() - start, command=command))
    return sections


def least_photos(sizes: Sizes, names: Sequence[str]) -> int:
    """How many test photos the named questions need: their attackers learn from some of them, and
    are tested on others."""
    # shams set half of the photos against the other half; of fewer, no ensemble learns
    folded = 2 * max(sizes.folds, 4)
    return folded if set(names) & {"ats", "detection", "jpeg", "controls"} else 1


def check_names(names: Sequence[str]) -> None:
    """ValueError that names the first question that there is not."""
    for name in names:
        if name not in QUESTIONS:
            raise ValueError(f"section is {name!r}, but must be one of {', '.join(QUESTIONS)}")

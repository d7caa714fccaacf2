"""Run the whole evaluation, or some of its questions."""

from __future__ import annotations

import importlib
import time
from collections.abc import Sequence
from dataclasses import replace

from tqdm import tqdm

from ..config.checked import require
from .context import Context
from .results import Section
from .sizes import Sizes

#: Every question in the report's order: a module of this folder with ``run(context) -> Section``,
#: its title and its question.
QUESTIONS = {
    "invisibility": ("Invisibility", "Can the change be seen?"),
    "detection": (
        "Detection by attackers who learn",
        "Can somebody who has the method tell its images from ordinary ones?",
    ),
    "ats": (
        "ATS and other weights",
        "Does an attacker with other weights, or with nothing but the images, find it?",
    ),
    "jpeg": ("Detection in JPEG files", "Can hiding in the coefficients of a JPEG file be found?"),
    "simple": (
        "Tests without training",
        "Do tests of a few lines, without training or key, find it?",
    ),
    "stegexpose": (
        "Detection by StegExpose's estimators",
        "Do the classical estimators of LSB replacement find it?",
    ),
    "unrecoverability": ("Unrecoverability", "Can the message be read without the key?"),
    "integrity": ("Integrity", "Does the message arrive, with whom it should and nobody else?"),
    "recompression": ("Recompression", "Does the message survive being saved as JPEG again?"),
    "training": ("Training", "How fast do the agents learn?"),
    "controls": ("Known answers", "Do the tools of this evaluation tell the truth?"),
}


def run(context: Context, names: Sequence[str] = tuple(QUESTIONS)) -> list[Section]:
    """Run the named questions in the report's order; add to each its time and its command.

    After an interruption, the next run takes finished work from the cache. Raises ValueError for
    an unknown name.
    """
    check_names(names)
    sections = []
    chosen = [name for name in QUESTIONS if name in names]
    with tqdm(chosen, disable=context.quiet, unit="question", leave=False) as progress:
        for name in progress:
            progress.set_description(name)
            module = importlib.import_module(f"{__package__}.{name}")
            start = time.perf_counter()
            answer: Section = module.run(context)
            seconds, (title, question) = time.perf_counter() - start, QUESTIONS[name]
            answer = replace(answer, name=name, title=title, question=question, seconds=seconds)
            sections.append(replace(answer, command=f"{context.command} --sections {name}"))
    return sections


def least_photos(sizes: Sizes, names: Sequence[str]) -> int:
    """Return how many test photos the questions need: attackers learn from some, and see others."""
    # shams set half of the photos against the other half; no ensemble learns from fewer
    folded = 2 * max(sizes.folds, 4)
    return folded if set(names) & {"ats", "detection", "jpeg", "controls"} else 1


def check_names(names: Sequence[str]) -> None:
    """Raise ValueError with the first question that does not exist."""
    for name in names:
        require(name in QUESTIONS, "section", name, f"must be one of {', '.join(QUESTIONS)}")

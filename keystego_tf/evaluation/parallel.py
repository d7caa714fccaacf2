"""Do the same work on many things, on all processors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, TypeVar

from tqdm import tqdm

from ..io.extras import extra_package

joblib = extra_package("joblib")

A = TypeVar("A")
B = TypeVar("B")

#: Starting processes is not worth it for fewer things than this.
WORTH = 24


def mapped(
    work: Callable[[A], B], things: Sequence[A], name: str, quiet: bool, jobs: int | None = None
) -> list[B]:
    """Return ``work`` of each thing, in order, with a progress bar on standard error.

    work: a function of a module, or a partial of one; jobs: number of processes, by default one a
    processor, and none for few things.
    """
    jobs = jobs or (-1 if len(things) >= WORTH else 1)
    tasks = (joblib.delayed(work)(thing) for thing in things)
    results = joblib.Parallel(jobs, return_as="generator")(tasks)
    return list(tqdm(results, name, len(things), disable=quiet, leave=False))

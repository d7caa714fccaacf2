"""Do the same work on many things, on all processors."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Callable, TypeVar

from tqdm import tqdm

from ..io.extras import extra_package

joblib = extra_package("joblib")

A = TypeVar("A")
B = TypeVar("B")

#: Starting processes is not worth it for fewer quick things than this.
WORTH = 24

#: In the environment of a process that shares the processors with others: it starts no more.
SHARES = "KEYSTEGO_TF_SHARES_PROCESSORS"


def mapped(
    work: Callable[[A], B], things: Sequence[A], name: str, quiet: bool, jobs: int | None = None
) -> list[B]:
    """Return ``work`` of each thing, in order, with a progress bar on standard error.

    work: a function of a module, or a partial of one; jobs: highest number of processes, -1 for one
    a processor; by default that, and one for few things. Nets gain, too: two that train side by
    side, a thread each, are done sooner than one after the other in two threads.
    """
    jobs = jobs or (-1 if len(things) >= WORTH else 1)
    most = 1 if SHARES in os.environ else joblib.effective_n_jobs(jobs)
    processes = max(1, min(most, len(things)))
    if processes > 1:
        work = partial(_beside_others, work, joblib.effective_n_jobs(-1) // processes)
    tasks = (joblib.delayed(work)(thing) for thing in things)
    results = joblib.Parallel(processes, return_as="generator")(tasks)
    with warnings.catch_warnings():
        # joblib replaces a process that grows, as one does that loads TensorFlow, and warns
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        return list(tqdm(results, name, len(things), disable=quiet, leave=False))


def _beside_others(work: Callable[[A], B], threads: int, thing: A) -> B:
    """Work with so many threads; TensorFlow reads the variables when it starts."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, str(max(1, threads)))
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ[SHARES] = "1"
    return work(thing)

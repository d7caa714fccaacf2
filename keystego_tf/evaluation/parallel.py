"""The same work on many things, on all processors."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Callable, TypeVar

from tqdm import tqdm

A = TypeVar("A")
B = TypeVar("B")

#: Fewer things than this are not worth starting processes for.
WORTH = 24


def mapped(
    work: Callable[[A], B], things: Sequence[A], name: str, quiet: bool, jobs: int | None = None
) -> list[B]:
    """``work`` of each thing, in their order, with a progress bar on standard error.

    work: what processes can be given (a function of a module, or a partial of one); jobs:
    processes, by default one a processor, and none for few things. Interrupted, they all end.
    """
    jobs = jobs or (os.cpu_count() or 1 if len(things) >= WORTH else 1)
    with tqdm(total=len(things), desc=name, disable=quiet, leave=False) as progress:

        def counted(results: Iterable[B]) -> Iterator[B]:
            for result in results:
                progress.update()
                yield result

        if jobs == 1:
            return list(counted(map(work, things)))
        # A handful at a time: a message for each would take longer than small work.
        size = max(1, min(16, len(things) // (4 * jobs)))
        try:
            return list(counted(_pool(jobs).map(work, things, chunksize=size)))
        except BaseException:
            _pool(jobs).shutdown(wait=True, cancel_futures=True)
            _pool.cache_clear()
            raise


@cache
def _pool(jobs: int) -> ProcessPoolExecutor:
    """Processes that stay for the next work: to start them takes longer than some of it.

    They end with the interpreter.
    """
    # Not forked: TensorFlow's threads would not come along, and wait for each other forever.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, context, _leave_signals_to_the_parent)


def _leave_signals_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

"""A step of tiny agents outside of any run, and what it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from keystego_tf.backend import keras, set_precision, tf
from keystego_tf.bundles.bundles import weights_of
from keystego_tf.config import RunConfig
from keystego_tf.data.batches import build_dataset
from keystego_tf.data.covers import Covers, open_covers
from keystego_tf.methods import build, method_of
from keystego_tf.training.controller import ImageWeight
from keystego_tf.training.step import Step, build_optimizer


@contextmanager
def uncompiled() -> Iterator[None]:
    """TensorFlow's functions run as they are: a few steps take less than compiling them."""
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


def build_step(run: RunConfig) -> Step:
    """A step of fresh agents, with all that belongs to it."""
    keras.utils.set_random_seed(0)
    set_precision(run.training.precision)
    agents, method = build(run), method_of(run)
    set_precision("float32")
    method.freeze(agents, run)
    optimizers = [build_optimizer(run.training, run.training.steps) for _ in range(2)]
    step = Step(
        method, agents, run, *optimizers, ImageWeight(run.loss, run.training.steps),
        half=run.training.precision == "float16",
    )  # fmt: skip
    optimizers[0].build(step.variables)
    optimizers[1].build(agents.eve.trainable_variables)
    return step


def covers_of(photos: Path, channels: int = 3, side: int = 16) -> Covers:
    return open_covers(str(photos), channels, side, 0)


def first_batch(covers: Covers, run: RunConfig) -> dict[str, tf.Tensor]:
    return next(iter(build_dataset(covers, run, 0)))


def changed(step: Step, before: dict[str, Any]) -> set[str]:
    """``agent/layer`` of every weight, moving statistics included, that is no longer the same."""
    return {
        name.rsplit("/", 1)[0]
        for name, value in weights_of(step.agents).items()
        if not np.array_equal(value, before[name])
    }


def weighted(step: Step, *agents: str) -> set[str]:
    """``agent/layer`` of every weight of some agents."""
    return {name.rsplit("/", 1)[0] for name in weights_of(step.agents) if name.startswith(agents)}

"""Estimate what a run will cost, from a few real steps of it."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..backend import tf
from ..config import RunConfig
from ..data.synthetic import SyntheticCovers
from .distribution import build_strategy
from .loop import Trainer

#: Number of images of a timed step. Its time is scaled to the batch.
IMAGES = 4
#: Steps of each stage: one that compiles, and the timed ones.
TIMED = 3
#: Timed steps of pretraining, after one that compiles.
PRETRAINED = 10
#: Seconds of a run without steps (imports, the bundle), and for measuring a test image's pixel.
START, MEASURING = 15.0, 0.05 / 128**2
#: Floats stored per float of activations: the value, its gradient, and intermediate copies.
COPIES = 3


def estimate(config: RunConfig) -> dict[str, Any]:
    """Count each agent's parameters, and estimate the time and memory of a run.

    Returns:
        ``parameters`` by agent, ``seconds``, and ``bytes`` on top of TensorFlow's own half
        gigabyte.
    """
    data, training = config.data, config.training
    seconds = START + MEASURING * data.evaluation_images * data.evaluation_side**2
    peak, first, finish = 0, 0, training.finishing_from
    for end, side, batch in training.stages():
        if end == first:  # too short for a step
            continue
        timed = min(batch, IMAGES)
        parts = {0.0: min(end, finish) - first, 1.0: end - max(first, finish)}
        for share, steps in parts.items():
            if steps > 0:
                trainer = _trainer(config, side, timed, share)
                seconds += steps * _seconds_a_step(trainer) * batch / timed
        floats = sum(_activations(model, side) for _, model in trainer.agents.items())
        peak, first = max(peak, 4 * COPIES * floats * batch), end
    seconds += _seconds_of_pretraining(trainer)
    parameters = {name: model.count_params() for name, model in trainer.agents.items()}
    return {"parameters": parameters, "seconds": seconds, "bytes": peak}


def _trainer(config: RunConfig, side: int, batch: int, finishing_share: float) -> Trainer:
    """Build a trainer of the run's agents on synthetic covers, with all steps in one stage."""
    training = dataclasses.replace(
        config.training,
        steps=2,  # one without and one with Eve
        crops=((1.0, side, batch),),
        finishing_share=finishing_share,
        strategy="none",
    )
    covers = SyntheticCovers(config.agents.channels, side, count=batch)
    run = dataclasses.replace(config, training=training)
    with tempfile.TemporaryDirectory() as folder:
        return Trainer(run, covers, Path(folder), build_strategy("none"), quiet=True)


def _seconds_a_step(trainer: Trainer) -> float:
    """Return the mean time of a step, including its share of Eve's time."""
    batches = iter(trainer.batches(0))
    batch = next(batches)
    trainer.train_step(1, batch)  # compiles both
    interval, times = trainer.config.training.eve_interval, []
    for number in (2, 1):  # without and with Eve
        start = time.perf_counter()
        for _ in range(TIMED):
            scalars = trainer.train_step(number if interval > 1 else 1, batch)
        float(tf.convert_to_tensor(scalars["loss"]).numpy())
        times.append((time.perf_counter() - start) / TIMED)
    without, with_eve = times
    return without + (with_eve - without) / interval


def _seconds_of_pretraining(trainer: Trainer) -> float:
    """Return the time of what the method learns in advance, from its first steps."""
    seconds = 0.0

    def few(steps: range, _: str) -> Iterator[int]:
        nonlocal seconds
        yield from steps[:1]  # compiles
        start = time.perf_counter()
        timed = steps[1 : 1 + PRETRAINED]
        yield from timed
        seconds += (time.perf_counter() - start) * len(steps) / max(1, len(timed))

    trainer.method.pretrain(trainer.agents, trainer.config, few)
    return seconds


def _activations(model: Any, side: int) -> int:
    """Estimate the floats that a forward pass of one image keeps, those of its widest maps."""
    widths = [weight.shape[-1] for weight in model.weights if len(weight.shape) == 4]
    return int(sum(widths)) * side * side

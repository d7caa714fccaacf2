"""Run the outer loop: intervals, checkpoints, records and stopping.

The steps themselves are in step.py. This file decides when they happen and what is recorded.
"""

from __future__ import annotations

import contextlib
import math
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Callable

import numpy as np
from tqdm import tqdm

from ..backend import keras, set_precision, tf
from ..config import RunConfig
from ..data.batches import build_dataset, check_enough, check_replicas, position
from ..data.covers import Covers
from ..methods import Agents, build, method_of
from ..methods.layers import train_as_used
from .checkpoints import Checkpoints, has_checkpoint
from .controller import ImageWeight
from .distribution import anyone, worker_and_replicas
from .records import Records
from .step import Step, build_optimizer

#: The folder of checkpoints inside a run's folder.
CHECKPOINTS = "checkpoints"
#: Bit accuracy below which Bob reads no better than chance.
STUCK = 0.55
#: Scalars that show whether the agents' weights are still finite.
FINITE = ("loss", "gradient_norm", "eve_loss", "eve_gradient_norm")


class TrainingFailed(RuntimeError):
    """The run cannot continue; the message says why and what to try."""


class Stopped(RuntimeError):
    """The run was asked to stop and has saved a checkpoint."""


#: Called with the number of steps and the agents, at the start of a run and halfway through.
Milestone = Callable[[int, Agents], None]


def no_milestone(step: int, agents: Agents) -> None:
    """Do nothing, for runs that are not measured midway."""


class Trainer:
    """One run: agents, step, checkpoints and records in a folder.

    Building one trains nothing; ``fit`` does.

    Args:
        config: the run, with its steps resolved.
        covers: for training.
        folder: of the run, made if missing.
        strategy: from ``distribution.build_strategy``.
        quiet: show no progress bar.
        milestone: called with the agents before the first step and halfway through.

    Raises:
        ValueError: the covers cannot fill a batch, or the batches do not divide among the replicas.
            This is checked before any model is built.
    """

    def __init__(
        self,
        config: RunConfig,
        covers: Covers,
        folder: Path,
        strategy: Any,
        quiet: bool = False,
        milestone: Milestone = no_milestone,
    ) -> None:
        self.config, self.covers, self.folder = config, covers, folder
        self.strategy, self.quiet, self.milestone = strategy, quiet, milestone
        self.worker, self.local_replicas = worker_and_replicas(strategy)
        self.replicas = strategy.num_replicas_in_sync
        self._checkpoints_folder = folder / CHECKPOINTS
        check_enough(covers, config)
        check_replicas(config.training, self.replicas)
        self.method = method_of(config)
        training = config.training
        with strategy.scope():
            keras.utils.set_random_seed(training.seed)
            precision = set_precision(training.precision)
            self.agents = build(config)
            set_precision("float32")
            self.method.freeze(self.agents, config)
            self.number = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
            self.step = Step(
                self.method,
                self.agents,
                config,
                build_optimizer(training, training.steps),
                build_optimizer(training, -(-training.steps // training.eve_interval)),
                ImageWeight(config.loss, training.steps),
                self.replicas,
                half=precision == "float16",
            )
            self.checkpoints = Checkpoints(
                self._checkpoints_folder, self.step, self.number, self.worker
            )
        self._signal, self._finishing = 0, False

    def _bar(self, steps: Any = None, **options: Any) -> Any:
        return tqdm(steps, disable=self.quiet or self.worker > 0, dynamic_ncols=True, **options)

    def fit(self) -> Agents:
        """Train from the last checkpoint, or the start, to the last step; return the agents.

        Raises Stopped after SIGINT or SIGTERM, with a checkpoint saved, and TrainingFailed if the
        loss is not finite or Bob does not get beyond chance.
        """
        training = self.config.training
        # A resumed run has in its checkpoint what was learned in advance.
        if not has_checkpoint(self._checkpoints_folder):
            with self.strategy.scope():
                self.method.pretrain(
                    self.agents, self.config, lambda steps, name: self._bar(steps, desc=name)
                )
        self.checkpoints.restore()
        first = int(self.number.numpy())
        if first == 0:
            self.milestone(0, self.agents)
            self.checkpoints.save()
        records = Records(self.folder, first, writes=self.worker == 0)
        scalars: list[dict[str, Any]] = []
        images, since = 0, time.perf_counter()
        bar = self._bar(total=training.steps, initial=first, unit="step", desc="training")
        with records, bar, self._signals():
            for number, batch in enumerate(self.batches(first), first + 1):
                scalars.append(self.train_step(number, batch))
                images += position(training, number - 1).batch
                self.number.assign(number)
                bar.update()
                stops = self._asked_to_stop()
                ends = stops or number == training.steps
                logs = ends or number % training.log_interval == 0
                saves = ends or number % training.checkpoint_interval == 0
                if logs or saves:
                    means = self._means(scalars, number)  # never save values that are not finite
                if logs:
                    scalars.clear()
                    now = time.perf_counter()
                    means["images_per_second"] = images / (now - since)
                    since, images = now, 0
                    bar.set_postfix_str(_postfix(means))
                    records.scalars(number, means)
                    self._check(number, means)
                if training.image_interval and number % training.image_interval == 0:
                    records.images(number, self._local(batch["cover"]), self._local(self._stego))
                if number == training.steps // 2:
                    self.milestone(number, self.agents)
                if saves:
                    self.checkpoints.save()
                if stops and number < training.steps:
                    raise Stopped(f"stopped by {self._stopper()} at step {number}")
        return self.agents

    def batches(self, first: int) -> Iterator[dict[str, Any]]:
        """Return batches from step ``first``, distributed if there are several replicas."""

        def build(_: Any = None) -> Any:
            return build_dataset(
                self.covers, self.config, first, self.replicas, self.worker, self.local_replicas
            )

        if self.replicas == 1:
            dataset = build()
        else:
            dataset = self.strategy.distribute_datasets_from_function(build)
        self._compile(dataset.element_spec)
        return iter(dataset)

    def _compile(self, spec: Any) -> None:
        """Compile both updates once for all sizes of the curriculum, which the spec leaves open."""
        self._spec, flag = spec, tf.TensorSpec([], tf.bool)
        cover = stego = spec["cover"]
        if self.local_replicas == 1:  # then a step returns a plain tensor
            stego = tf.TensorSpec([None, None, None, self.config.agents.channels])
        self._communicate = tf.function(self._communicate_all, input_signature=[spec, flag])
        self._detect = tf.function(self._detect_all, input_signature=[cover, stego])

    def _finish(self) -> None:
        """Train Alice and Bob from now on as they will hide and reveal."""
        for model in filter(None, (self.agents.alice, self.agents.bob)):
            train_as_used(model)
        self._finishing = True
        self._compile(self._spec)

    def train_step(self, number: int, batch: dict[str, Any]) -> dict[str, Any]:
        """Take step ``number``: update Alice, Bob and the generator, and Eve if it is her turn."""
        if number > self.config.training.finishing_from and not self._finishing:
            self._finish()
        against_eve = (number - 1) % self.config.training.eve_interval == 0
        scalars, self._stego = self._communicate(batch, tf.constant(against_eve))
        if against_eve:
            return {**scalars, **self._detect(batch["cover"], self._stego)}
        return {name: each for name, each in scalars.items() if name != "adversary_loss"}

    def _communicate_all(self, batch: Any, against_eve: Any) -> tuple[dict[str, Any], Any]:
        scalars, stego = self.strategy.run(self.step.communicate, (batch, against_eve))
        scalars = self._reduce(scalars)
        scalars["image_weight"] = self.step.image_weight.value()
        if "message_loss" in scalars:
            self.step.image_weight.follow(scalars["message_loss"])
        return scalars, stego

    def _detect_all(self, cover: Any, stego: Any) -> dict[str, Any]:
        return self._reduce(self.strategy.run(self.step.detect, (cover, stego)))

    def _reduce(self, scalars: dict[str, Any]) -> dict[str, Any]:
        mean = tf.distribute.ReduceOp.MEAN
        return {name: self.strategy.reduce(mean, each, axis=None) for name, each in scalars.items()}

    def _local(self, images: Any) -> Any:
        return self.strategy.experimental_local_results(images)[0]

    @staticmethod
    def _means(scalars: list[dict[str, Any]], number: int) -> dict[str, float]:
        """Average each scalar over the steps since the last line that have it."""
        names = dict.fromkeys(name for each in scalars for name in each)
        means = {
            name: float(np.mean([each[name].numpy() for each in scalars if name in each]))
            for name in names
        }
        if not all(math.isfinite(means[name]) for name in FINITE if name in means):
            raise TrainingFailed(
                f"the loss is no longer finite at step {number} (the checkpoints are from before): "
                "begin anew with a lower --learning-rate, a smaller --clip-norm, or --precision "
                "float32 if it was lower"
            )
        return means

    def _check(self, number: int, means: dict[str, float]) -> None:
        patience = self.config.training.patience
        if patience and number >= patience and means.get("right_key", 1.0) < STUCK:
            raise TrainingFailed(
                f"after {number} steps Bob still reads only {means['right_key']:.1%} of the bits "
                "with the right key: begin anew with a smaller --initial-image-weight, a longer "
                "--image-weight-ramp, another --learning-rate or --seed, or more --patience"
            )

    def _asked_to_stop(self) -> bool:
        """Whether any worker received a signal; several workers stop together."""
        asked = self._signal != 0
        return asked if self.replicas == self.local_replicas else anyone(self.strategy, asked)

    def _stopper(self) -> str:
        return signal.Signals(self._signal).name if self._signal else "another worker"

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Record SIGINT and SIGTERM instead of ending; the loop stops after its step."""

        def note(number: int, _: FrameType | None) -> None:
            if self._signal:  # the second request stops at once
                raise KeyboardInterrupt
            self._signal = number

        old = {each: signal.signal(each, note) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in old.items():
                signal.signal(each, handler)


def _postfix(means: dict[str, float]) -> str:
    right = f"bits {means['right_key']:.2%}, " if "right_key" in means else ""
    wrong = f"wrong key {means['wrong_key']:.1%}, " if "wrong_key" in means else ""
    speed = f"{means['images_per_second']:.0f} images/s"
    return f"{right}{wrong}PSNR {means['psnr']:.1f} dB, {speed}"

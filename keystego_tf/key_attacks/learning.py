"""Train an attacker's net: from scratch, for a short while, on data that he makes himself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from ..backend import apply_gradients, keras, tf
from ..config.checked import Checked, option, require
from ..data.bits import BitMap

#: A batch: the target, -1 or +1 [batch, h, w, 1], and the net's inputs in order.
Batch = tuple[BitMap, list[Any]]


@dataclass(frozen=True)
class AttackConfig(Checked):
    """Say how hard the attackers try."""

    attackers: int = option(3, "Attackers that are trained from scratch, each with its own seed.")
    steps: int = option(600, "Training steps of an attacker's decoder.")
    side: int = option(32, "Side of the crops that it is trained on, pixels.")
    batch: int = option(16, "Crops a step.")
    learning_rate: float = option(0.002, "Adam's learning rate (the peak, with a cosine).")
    key_pairs: int = option(512, "Pairs of secret and public key for the least squares.")
    inversion_steps: int = option(600, "Training steps of the net that inverts the pK generator.")
    test_keys: int = option(100, "Keys that the inversions are tested on.")

    def check(self) -> None:
        for name in ("attackers", "steps", "batch", "key_pairs", "inversion_steps", "test_keys"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")
        rate, side = self.learning_rate, self.side
        require(rate > 0, "learning_rate", rate, "must be above 0")
        fits = side >= 12 and side % 4 == 0
        require(fits, "side", side, "must be a multiple of 4 from 12")


def learn(
    net: Any,
    batches: Callable[[np.random.Generator, float], Batch],
    steps: int,
    learning_rate: float,
    seed: int,
    name: str,
    quiet: bool,
) -> None:
    """Train a model of bits' probabilities in place.

    Args:
        net: the model, which is changed.
        batches: makes a batch from a random generator and the share of the steps that are done.
        steps: number of steps.
        learning_rate: Adam's, at its peak.
        seed: of the batches.
        name: of the progress bar.
        quiet: show no progress bar.
    """
    for layer in net.layers:
        # so short a training must not end before the moving statistics have settled
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9
    variables = net.trainable_variables
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=5.0)
    optimizer.build(variables)

    @tf.function
    def step(target: Any, *inputs: Any) -> Any:
        with tf.GradientTape() as tape:
            bits = net(list(inputs) if len(inputs) > 1 else inputs[0], training=True)
            loss = tf.reduce_mean(keras.losses.binary_crossentropy((target + 1) / 2, bits))
        apply_gradients(optimizer, tape.gradient(loss, variables), variables)

    rng = np.random.default_rng([seed, 4])
    traced = None
    for number in tqdm(range(steps), desc=name, disable=quiet, leave=False, unit="step"):
        target, inputs = batches(rng, number / steps)
        given = [tf.constant(target), *map(tf.constant, inputs)]
        # Traced by hand: TensorFlow would take one attacker after the other for a retraced step.
        traced = traced or step.get_concrete_function(*given)
        traced(*given)


def seeds(config: AttackConfig, seed: int) -> list[int]:
    """Return a seed for each attacker."""
    words = np.random.SeedSequence([seed, 5]).generate_state(config.attackers)
    return [int(word) // 2 for word in words]  # Keras takes 31 bits

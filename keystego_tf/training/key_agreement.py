"""Before the others start: the asymmetric Bob learns to work out the public key of a secret one.

Bob has to lift the mask pK(secret key) off the message (the masked target). The generator is fixed
(docs/deviations.md), so his reading of it can be learned alone, on keys only and at key
resolution, for less than a hundredth of what a step on images costs; afterwards it is fixed too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable

import numpy as np

from ..agents import Agents
from ..backend import apply_gradients, keras, tf
from ..data.bits import random_bits
from .losses import message_cross_entropy

KEYS, SIDE = 16, 32
LEARNING_RATE = 0.003
#: Share of the keys whose public key Bob is given; the others come with a stranger's.
RIGHT = 0.25


def teach_mask(
    agents: Agents, steps: int, seed: int, progress: Callable[[range], Iterable[int]] = iter
) -> None:
    """Train Bob's layers ``mask_*`` to give pK(secret key), then fix them, in place.

    agents: an asymmetric scheme with the wide key path and a calibrated generator. ``progress``
    wraps the range of steps, for a progress bar.
    """
    bob = agents.bob
    layers = [layer for layer in bob.layers if layer.name.startswith("mask")]
    inputs = [each for each in bob.inputs if "key" in each.name]
    reading = keras.Model(inputs, bob.get_layer("mask_logits").output)
    variables = reading.trainable_variables
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, max(1, steps))
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.build(variables)

    def learn(secret_key: Any, other_key: Any, right: Any) -> Any:
        target = agents.mask(secret_key)
        public_key = tf.where(right > 0, target, agents.mask(other_key))
        with tf.GradientTape() as tape:
            logits = reading([secret_key, public_key], training=True)
            loss = tf.reduce_mean(message_cross_entropy(target, logits))
        apply_gradients(optimizer, tape.gradient(loss, variables), variables)
        return loss

    # Every replica takes the same keys, so each does what a single one would.
    strategy = tf.distribute.get_strategy()
    everywhere = tf.function(lambda *letters: strategy.run(learn, letters), reduce_retracing=True)

    right = (np.arange(KEYS) < RIGHT * KEYS).astype(np.float32).reshape(KEYS, 1, 1, 1)
    for step in progress(range(steps)):
        rng = np.random.default_rng([seed, 1, step])
        everywhere(*(random_bits(rng, KEYS, (SIDE, SIDE)) for _ in range(2)), right)
    for layer in layers:
        layer.trainable = False

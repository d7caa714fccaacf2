"""Teach the asymmetric Bob, before he meets Alice, to compute the public key.

With the masked target, he must remove pK(secret key) from the message. The generator is fixed
(docs/deviations.md), so he can learn it from keys alone. At key resolution a step costs almost
nothing. Afterwards these layers stay fixed, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...backend import apply_gradients, keras, tf
from ...data.bits import random_bits
from ..method import Agents, Progress, no_progress
from .masking import message_cross_entropy

#: Number of keys in a step, and the side of their maps.
KEYS, SIDE = 16, 32
LEARNING_RATE = 0.003
#: Share of the keys for which Bob gets the right public key. The others come with a wrong one.
RIGHT = 0.25


def learn_public_key(
    agents: Agents, steps: int, seed: int, progress: Progress = no_progress
) -> None:
    """Train ``agents.mask_logits`` in place to compute pK(secret key).

    Args:
        agents: keyed agents of the asymmetric scheme.
        steps: of training; each draws fresh keys from ``seed`` and its number.
    """
    model = agents.mask_logits  # type: ignore[attr-defined]
    variables = model.trainable_variables
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, max(1, steps))
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.build(variables)
    right = (np.arange(KEYS) < RIGHT * KEYS).astype(np.float32).reshape(KEYS, 1, 1, 1)

    def learn(secret_key: Any, other_key: Any) -> None:
        target = agents.mask(secret_key)
        public_key = tf.where(right > 0, target, agents.mask(other_key))
        with tf.GradientTape() as tape:
            values = model([secret_key, public_key], training=True)
            loss = tf.reduce_mean(message_cross_entropy(target, values))
        apply_gradients(optimizer, tape.gradient(loss, variables), variables)

    # Every replica takes the same examples, so each does what a single one would do.
    strategy = tf.distribute.get_strategy()
    step = tf.function(lambda *keys: strategy.run(learn, keys), reduce_retracing=True)
    for number in progress(range(steps), "Bob learns the public key"):
        rng = np.random.default_rng([seed, 1, number])
        step(*(tf.constant(random_bits(rng, KEYS, (SIDE, SIDE))) for _ in range(2)))

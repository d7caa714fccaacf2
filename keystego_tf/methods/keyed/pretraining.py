"""What the asymmetric Bob learns before he meets Alice: to work out the public key.

The masked target asks him to lift pK(secret key) off the message. The generator is fixed
(docs/deviations.md), so he can learn that on keys alone, at key resolution, where a step costs next
to nothing; afterwards these layers stay fixed, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...backend import apply_gradients, keras, tf
from ...data.bits import random_bits
from ..method import Agents, Progress, no_progress
from .masking import message_cross_entropy

#: Keys of a step, and the side of their maps.
KEYS, SIDE = 16, 32
LEARNING_RATE = 0.003
#: Share of the keys that Bob is given the right public key with; the others come with a stranger's.
RIGHT = 0.25


def learn_public_key(
    agents: Agents, steps: int, seed: int, progress: Progress = no_progress
) -> float:
    """Train ``agents.mask_logits`` in place to give pK(secret key).

    Args:
        agents: keyed agents of the asymmetric scheme.
        steps: of training; each draws fresh keys from ``seed`` and its number.

    Returns:
        The share, of 1, of bits that Bob then gets right for keys that he has not seen.
    """
    model = agents.mask_logits  # type: ignore[attr-defined]
    variables = model.trainable_variables
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, max(1, steps))
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.build(variables)
    right = (np.arange(KEYS) < RIGHT * KEYS).astype(np.float32).reshape(KEYS, 1, 1, 1)

    def example(secret_key: Any, other_key: Any) -> tuple[Any, list[Any]]:
        target = agents.mask(secret_key)
        public_key = tf.where(right > 0, target, agents.mask(other_key))
        return target, [secret_key, public_key]

    def learn(secret_key: Any, other_key: Any) -> None:
        target, inputs = example(secret_key, other_key)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(message_cross_entropy(target, model(inputs, training=True)))
        apply_gradients(optimizer, tape.gradient(loss, variables), variables)

    # Every replica takes the same examples, so each does what a single one would.
    strategy = tf.distribute.get_strategy()
    step = tf.function(lambda *keys: strategy.run(learn, keys), reduce_retracing=True)
    for number in progress(range(steps), "Bob learns the public key"):
        step(*_draw([seed, 1, number]))
    target, inputs = example(*(tf.constant(each) for each in _draw([seed, 1, steps])))
    hits = tf.equal(model(inputs, training=False) > 0, target > 0)
    return float(tf.reduce_mean(tf.cast(hits, tf.float32)).numpy())


def _draw(seed: list[int]) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [random_bits(rng, KEYS, (SIDE, SIDE)) for _ in range(2)]

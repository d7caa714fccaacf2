"""What Bob learns about keys before the others start, on keys alone: it costs next to nothing.

The asymmetric Bob has to lift the mask pK(secret key) off the message (the masked target). The
generator is fixed (docs/deviations.md), so his reading of it can be learned at key resolution;
afterwards it is fixed too.

With coding, any image carries bits already, those of its syndrome. Bob learns to lift a mask off
them, and Alice which of them to turn over, each alone: together, neither would get a hint until the
other has found the same product of signs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable

import numpy as np

from ..backend import apply_gradients, keras, tf
from ..config.run import GRID, AgentsConfig
from ..data.bits import random_bits
from ..methods.agents import Agents
from .losses import message_cross_entropy, spread

#: Wraps the range of steps of what is learned, which it is given the name of.
Progress = Callable[[range, str], Iterable[int]]


def no_progress(steps: range, name: str) -> range:
    """The steps as they are."""
    return steps


#: Keys of a step, and the side of their maps; maps of a step in which reading is learned.
KEYS, SIDE, MAPS = 16, 32, 4
LEARNING_RATE = 0.003
#: Share of the keys whose public key Bob is given; the others come with a stranger's.
RIGHT = 0.25


def teach_mask(agents: Agents, steps: int, seed: int, progress: Progress = no_progress) -> None:
    """Train Bob's layers ``mask_*`` to give pK(secret key), then fix them, in place.

    agents: an asymmetric scheme with the wide key path and a calibrated generator; progress: for
    a progress bar.
    """
    bob = agents.bob
    layers = [layer for layer in bob.layers if layer.name.startswith("mask")]
    inputs = [each for each in bob.inputs if "key" in each.name]
    reading = keras.Model(inputs, bob.get_layer("mask_logits").output)
    right = (np.arange(KEYS) < RIGHT * KEYS).astype(np.float32).reshape(KEYS, 1, 1, 1)

    def example(secret_key: Any, other_key: Any) -> tuple[Any, list[Any]]:
        target = agents.mask(secret_key)
        public_key = tf.where(right > 0, target, agents.mask(other_key))
        return target, [secret_key, public_key]

    def draw(rng: np.random.Generator) -> list[Any]:
        return [random_bits(rng, KEYS, (SIDE, SIDE)) for _ in range(2)]

    named = progress(range(steps), "Bob learns the public key")
    _learn(reading, example, draw, named, steps, [seed, 1])
    for layer in layers:
        layer.trainable = False


def teach_code(
    agents: Agents, config: AgentsConfig, steps: int, seed: int, progress: Progress = no_progress
) -> tuple[float, float]:
    """Train the layers that know the code's bits and not its images, then fix them, in place.

    Bob's layers behind the syndrome learn to give what is carried XOR the mask, Alice's layers
    ``turn_*`` which bits have to be turned over for that to be the message. Returns the shares of
    1 that Bob and Alice then get right of bits that they have not seen.
    """
    alice, bob = agents.alice, agents.bob
    mask = bob.get_layer("mask").output if config.asymmetric else bob.inputs[1]
    carried = bob.get_layer("carried").output
    reading = keras.Model([carried, mask], bob.get_layer("message_logits").output)
    carried = alice.get_layer("carried").output
    turning = keras.Model([carried, *alice.inputs[1:]], alice.get_layer("turn_logits").output)

    def to_read(carried: Any, message: Any, mask: Any) -> tuple[Any, list[Any]]:
        return carried * spread(mask, carried), [carried, mask]

    def to_turn(carried: Any, message: Any, mask: Any) -> tuple[Any, list[Any]]:
        return -carried * message * spread(mask, carried), [carried, message, mask]

    def draw(rng: np.random.Generator) -> list[Any]:
        bits, keys = (
            size(GRID * SIDE, GRID * SIDE) for size in (config.message_shape, config.key_shape)
        )
        return [random_bits(rng, MAPS, shape) for shape in (bits, bits, keys)]

    shares = []
    for number, name, model, example in (
        (3, "Bob", reading, to_read),
        (4, "Alice", turning, to_turn),
    ):
        named = progress(range(steps), f"{name} learns the code")
        shares.append(_learn(model, example, draw, named, steps, [seed, number]))
    # Not Bob's mask: where the generator is trained, it has to follow.
    fixed = [layer for layer in bob.layers if not layer.name.startswith("mask")]
    for layer in fixed + [each for each in alice.layers if each.name.startswith("turn")]:
        layer.trainable = False
    return shares[0], shares[1]


def _learn(
    model: Any,
    example: Callable[..., tuple[Any, list[Any]]],
    draw: Callable[[np.random.Generator], list[Any]],
    numbers: Iterable[int],
    steps: int,
    seed: list[int],
) -> float:
    """Train a model with logits as its output on examples (target, inputs) of what is drawn.

    numbers: of the ``steps`` steps. Returns the share of 1 that it gets right of an example more.
    """
    variables = model.trainable_variables
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, max(1, steps))
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.build(variables)

    def learn(*drawn: Any) -> Any:
        target, inputs = example(*drawn)
        with tf.GradientTape() as tape:
            logits = model(inputs, training=True)
            loss = tf.reduce_mean(message_cross_entropy(target, logits))
        apply_gradients(optimizer, tape.gradient(loss, variables), variables)
        return loss

    def examine(*drawn: Any) -> Any:
        target, inputs = example(*drawn)
        right = tf.equal(model(inputs, training=False) > 0, target > 0)
        return tf.reduce_mean(tf.cast(right, tf.float32))

    # Every replica takes the same examples, so each does what a single one would.
    strategy = tf.distribute.get_strategy()
    everywhere = tf.function(lambda *drawn: strategy.run(learn, drawn), reduce_retracing=True)
    for step in numbers:
        everywhere(*draw(np.random.default_rng([*seed, step])))
    unseen = [tf.constant(each) for each in draw(np.random.default_rng([*seed, steps]))]
    share = strategy.run(examine, unseen)
    return float(strategy.experimental_local_results(share)[0])

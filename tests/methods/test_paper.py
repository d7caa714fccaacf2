"""The paper's agents, section III-B, layer by layer, with their parameters counted by hand.

A block of n filters has a kernel of height * width * channels in * n, no bias before the
normalisation, whose scale, shift, mean and variance are 4 n. A last convolution or dense unit has
a bias.
"""

from __future__ import annotations

import numpy as np
import pytest

from keystego_tf.backend import keras, tf
from keystego_tf.config.run import preset
from keystego_tf.methods.agents import build_alice, build_bob, build_eve, build_pk_generator

BUILDERS = {"alice": build_alice, "bob": build_bob, "eve": build_eve}

KEYS_OF_ALICE = (4 * 4 * 1 * 3 + 12) + (4 * 4 * 3 * 3 + 12)
KEY_OF_BOB = (4 * 4 * 1 * 1 + 4) * 2
BLOCK = 3 * 3 * 64 * 64 + 256
PAPER_ALICE = KEYS_OF_ALICE + (3 * 3 * 9 * 64 + 256) + 3 * BLOCK + (3 * 3 * 64 * 3 + 3)
PAPER_COUNTS = {
    # The footnote leaves the message's blocks open: 4 x 4 at 0.0625, 3 x 4 and 3 x 3 at 0.5.
    ("alice", 0.0625): PAPER_ALICE + KEYS_OF_ALICE,
    ("alice", 0.5): PAPER_ALICE + (3 * 4 * 1 * 3 + 12) + (3 * 3 * 3 * 3 + 12),
    # One filter of "1 output filters each" is the message; the block before it keeps its 64.
    ("bob", 0.0625): KEY_OF_BOB + (9 * 4 * 64 + 256) + BLOCK + (16 * 64 * 64 + 256) + (16 * 64 + 1),
    ("bob", 0.5): KEY_OF_BOB + (9 * 4 * 64 + 256) + BLOCK + BLOCK + (12 * 64 + 1),
    ("eve", 0.0625): (9 * 3 * 64 + 256) + 2 * BLOCK + (128 * 128 * 64 + 1),
}
#: What the asymmetric Bob has more: a second key, and its map among the inputs of block_1.
SECOND_KEY = KEY_OF_BOB + 9 * 64


def test_the_papers_parameters() -> None:
    assert PAPER_COUNTS == {
        ("alice", 0.0625): 118_963,
        ("alice", 0.5): 118_888,
        ("bob", 0.0625): 106_537,
        ("bob", 0.5): 77_609,
        ("eve", 0.0625): 1_124_801,
    }
    for (agent, bpp), count in PAPER_COUNTS.items():
        config = preset("paper", bits_per_pixel=bpp).agents
        assert BUILDERS[agent](config).count_params() == count, (agent, bpp)
        if agent == "bob":
            config = preset("paper", bits_per_pixel=bpp, scheme="asymmetric").agents
            assert build_bob(config).count_params() == count + SECOND_KEY
    # Two convolutions of 3 x 3 and two normalisations, half of whose values are statistics.
    generator = build_pk_generator()
    assert generator.count_params() == 9 + 4 + 9 + 4
    assert sum(np.prod(each.shape) for each in generator.trainable_weights) == 22


PAPER_SHAPES = {
    ("alice", 0.0625): {
        "key_1_convt": (64, 64, 3), "key_2_convt": (128, 128, 3),
        "message_1_convt": (64, 64, 3), "message_2_convt": (128, 128, 3),
        "concat": (128, 128, 9), "block_1_conv": (128, 128, 64), "block_4_conv": (128, 128, 64),
        "paint_conv": (128, 128, 3), "stego": (128, 128, 3),
    },
    ("alice", 0.5): {
        "message_1_convt": (128, 128, 3), "message_2_convt": (128, 128, 3), "concat": (128, 128, 9),
    },
    ("bob", 0.0625): {
        "key_1_1_convt": (64, 64, 1), "key_1_2_convt": (128, 128, 1),
        "key_2_1_convt": (64, 64, 1), "key_2_2_convt": (128, 128, 1),
        "concat": (128, 128, 5), "block_1_conv": (128, 128, 64), "block_2_conv": (128, 128, 64),
        "reduce_conv": (64, 64, 64), "read_conv": (32, 32, 1), "message": (32, 32, 1),
    },
    ("bob", 0.5): {
        "reduce_conv": (128, 128, 64), "read_conv": (128, 64, 1), "message": (128, 64, 1),
    },
    ("eve", 0.0625): {
        "block_3_conv": (128, 128, 64), "flatten": (128 * 128 * 64,), "innocent": (1,),
    },
}  # fmt: skip


@pytest.mark.parametrize("agent, bpp", PAPER_SHAPES)
def test_the_papers_shapes_at_128_pixels(agent: str, bpp: float) -> None:
    config = preset("paper", bits_per_pixel=bpp, scheme="asymmetric").agents
    image, key = tf.zeros([1, 128, 128, 3]), tf.ones([1, *config.key_shape(128, 128), 1])
    message = tf.ones([1, *config.message_shape(128, 128), 1])
    inputs = {"alice": [image, message, key], "bob": [image, key, key], "eve": image}[agent]
    model = BUILDERS[agent](config)
    expected = PAPER_SHAPES[agent, bpp]
    found = keras.Model(model.inputs, [model.get_layer(name).output for name in expected])(inputs)
    assert {name: tuple(each.shape[1:]) for name, each in zip(expected, found)} == expected


@pytest.mark.parametrize("agent", ["alice", "bob", "eve"])
def test_a_block_is_convolution_normalisation_and_leaky_relu(agent: str) -> None:
    config = preset("paper").agents
    model = BUILDERS[agent](config)
    kinds = [type(model.get_layer(f"block_1_{part}")).__name__ for part in ("conv", "bn", "lrelu")]
    assert kinds == ["Conv2D", "BatchNormalization", "LeakyReLU"]
    assert not model.get_layer("block_1_conv").use_bias
    np.testing.assert_allclose(model.get_layer("block_1_lrelu")(tf.constant([-5.0, 5.0])), [-1, 5])

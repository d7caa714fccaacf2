"""The paper's agents, section III-B, and those of its authors' code, with parameters by hand.

A block of n filters has a kernel of height * width * channels in * n, no bias before the
normalisation, whose scale, shift, mean and variance are 4 n. A last convolution or dense unit has
a bias. What the code has different stands in docs/deviations.md, section 7.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tiny import tiny_run

from keystego_tf.backend import keras, tf
from keystego_tf.config import RunConfig
from keystego_tf.methods import Agents, build, method_of, run_config

BLOCK = 3 * 3 * 64 * 64 + 256
KEY_OF_BOB = (4 * 4 * 1 * 1 + 4) * 2
#: What the asymmetric Bob has more: a second key, and its map among the inputs of block_1.
SECOND_KEY = KEY_OF_BOB + 9 * 64
#: One filter of "1 output filters each" is the message; the block before it keeps its 64.
BOB = {
    0.0625: KEY_OF_BOB + (9 * 4 * 64 + 256) + BLOCK + (16 * 64 * 64 + 256) + (16 * 64 + 1),
    0.5: KEY_OF_BOB + (9 * 4 * 64 + 256) + BLOCK + BLOCK + (12 * 64 + 1),
}
#: Alice's four blocks, behind cover, message map and key map of three channels each.
BLOCKS = (3 * 3 * 9 * 64 + 256) + 3 * BLOCK


def maps_of_alice(first: int, bpp: float) -> int:
    """The blocks that make three-channel maps of key and message, of ``first`` channels between.

    The paper's footnote leaves the message's open: 4 x 4 at 0.0625, 3 x 4 and 3 x 3 at 0.5.
    """
    key = (4 * 4 * 1 * first + 4 * first) + (4 * 4 * first * 3 + 12)
    message = (3 * 4 * 1 * first + 4 * first) + (3 * 3 * first * 3 + 12)
    return key + (key if bpp == 0.0625 else message)


COUNTS = {
    ("paper", 0.0625): {
        "alice": maps_of_alice(3, 0.0625) + BLOCKS + (3 * 3 * 64 * 3 + 3),
        "bob": BOB[0.0625],
        "eve": (9 * 3 * 64 + 256) + 2 * BLOCK + (128 * 128 * 64 + 1),
    },
    ("paper", 0.5): {
        "alice": maps_of_alice(3, 0.5) + BLOCKS + (3 * 3 * 64 * 3 + 3),
        "bob": BOB[0.5],
        "eve": (9 * 3 * 64 + 256) + 2 * BLOCK + (128 * 128 * 64 + 1),
    },
    ("paper-code", 0.0625): {
        "alice": maps_of_alice(2, 0.0625) + BLOCKS + (1 * 1 * 64 * 3 + 3),
        "bob": BOB[0.0625],
        "eve": (9 * 3 * 64 + 256) + 2 * BLOCK + (64 + 1),
    },
    ("paper-code", 0.5): {
        "alice": maps_of_alice(2, 0.5) + BLOCKS + (1 * 1 * 64 * 3 + 3),
        "bob": BOB[0.5],
        "eve": (9 * 3 * 64 + 256) + 2 * BLOCK + (64 + 1),
    },
}


@cache
def built(method: str, bpp: float, scheme: str) -> Agents:
    return build(run_config(method, bits_per_pixel=bpp, scheme=scheme))


@pytest.mark.parametrize(("method", "bpp"), COUNTS)
def test_the_parameters(method: str, bpp: float) -> None:
    counts = {
        scheme: {name: model.count_params() for name, model in built(method, bpp, scheme).items()}
        for scheme in ("symmetric", "asymmetric")
    }
    expected = COUNTS[method, bpp]
    assert counts["symmetric"] == expected
    # The generator: two convolutions of 3 x 3, and two normalisations of four values each.
    generator = {"bob": expected["bob"] + SECOND_KEY, "pk_generator": 9 + 4 + 9 + 4}
    assert counts["asymmetric"] == {**expected, **generator}


def test_the_sums_once_more() -> None:
    """So that a slip in the formulas above shows."""
    assert {key: tuple(each.values()) for key, each in COUNTS.items()} == {
        ("paper", 0.0625): (118_963, 106_537, 1_124_801),
        ("paper", 0.5): (118_888, 77_609, 1_124_801),
        ("paper-code", 0.0625): (117_291, 106_537, 76_289),
        ("paper-code", 0.5): (117_241, 77_609, 76_289),
    }


SHAPES = {
    ("paper", "alice", 0.0625): {
        "key_1_convt": (64, 64, 3), "key_2_convt": (128, 128, 3),
        "message_1_convt": (64, 64, 3), "message_2_convt": (128, 128, 3),
        "concat": (128, 128, 9), "block_1_conv": (128, 128, 64), "block_4_conv": (128, 128, 64),
        "paint_conv": (128, 128, 3), "stego": (128, 128, 3),
    },
    ("paper", "alice", 0.5): {
        "message_1_convt": (128, 128, 3), "message_2_convt": (128, 128, 3), "concat": (128, 128, 9),
    },
    ("paper-code", "alice", 0.5): {
        "key_1_convt": (64, 64, 2), "key_2_convt": (128, 128, 3),
        "message_1_convt": (128, 128, 2), "message_2_convt": (128, 128, 3),
    },
    ("paper", "bob", 0.0625): {
        "key_1_1_convt": (64, 64, 1), "key_1_2_convt": (128, 128, 1),
        "key_2_1_convt": (64, 64, 1), "key_2_2_convt": (128, 128, 1),
        "concat": (128, 128, 5), "block_1_conv": (128, 128, 64), "block_2_conv": (128, 128, 64),
        "reduce_conv": (64, 64, 64), "read_conv": (32, 32, 1), "message": (32, 32, 1),
    },
    ("paper", "bob", 0.5): {
        "reduce_conv": (128, 128, 64), "read_conv": (128, 64, 1), "message": (128, 64, 1),
    },
    ("paper", "eve", 0.0625): {
        "block_3_conv": (128, 128, 64), "flatten": (128 * 128 * 64,), "innocent": (1,),
    },
    ("paper-code", "eve", 0.0625): {"block_3_conv": (128, 128, 64), "pool": (64,)},
}  # fmt: skip


@pytest.mark.parametrize(("method", "agent", "bpp"), SHAPES)
def test_the_shapes_at_128_pixels(method: str, agent: str, bpp: float) -> None:
    image, key = tf.zeros([1, 128, 128, 3]), tf.ones([1, 32, 32, 1])
    message = tf.ones([1, *{0.0625: (32, 32), 0.5: (128, 64)}[bpp], 1])
    inputs = {"alice": [image, message, key], "bob": [image, key, key], "eve": image}[agent]
    model = dict(built(method, bpp, "asymmetric").items())[agent]
    expected = SHAPES[method, agent, bpp]
    found = keras.Model(model.inputs, [model.get_layer(name).output for name in expected])(inputs)
    assert {name: tuple(each.shape[1:]) for name, each in zip(expected, found)} == expected


@cache
def small(method: str, bpp: float = 0.0625) -> tuple[RunConfig, Agents]:
    """Asymmetric agents of four filters, for images of 16 x 16."""
    keras.utils.set_random_seed(0)
    run = tiny_run(method, bits_per_pixel=bpp, scheme="asymmetric")
    return run, build(run)


@pytest.mark.parametrize(
    ("method", "bpp", "linear"),
    [
        ("paper", 0.0625, False),
        ("paper-code", 0.0625, True),
        ("paper-code", 0.5, False),  # one ReLU
    ],
)
def test_bob_is_linear_in_the_image_where_his_slope_is_one(
    method: str, bpp: float, linear: bool
) -> None:
    _, agents = small(method, bpp)
    one, other = (tf.random.stateless_normal([1, 16, 16, 3], [seed, 0]) for seed in (1, 2))
    key = tf.ones([1, 4, 4, 1])
    both, none, first, second = (
        agents.bob_logits([image, key, -key]).numpy()
        for image in (one + other, 0 * one, one, other)
    )
    assert np.allclose(both + none, first + second, atol=1e-4) == linear


def test_the_slopes_of_both_readings() -> None:
    """PyTorch's own slope is 0.01; the blocks of message and key maps say 0.2."""
    for method, slope in (("paper", 0.2), ("paper-code", 0.01)):
        _, agents = small(method)
        slopes = {
            (name, layer.name): layer.slope
            for name, model in agents.items()
            for layer in model.layers
            if layer.name.endswith("_lrelu")
        }
        blocks = {each for (_, layer), each in slopes.items() if layer.startswith("block_")}
        maps = {each for (_, layer), each in slopes.items() if not layer.startswith("block_")}
        assert blocks == {slope}
        assert 0.2 in maps
        assert {"alice", "eve", "pk_generator"} <= {
            name for name, layer in slopes if layer[0] == "b"
        }


@pytest.mark.parametrize(("method", "bits"), [("paper", True), ("paper-code", False)])
def test_the_public_key_is_bits_in_the_text_and_real_in_the_code(method: str, bits: bool) -> None:
    run, agents = small(method)
    generator = agents.pk_generator
    coins = tf.random.stateless_uniform([2, 8, 12, 1], [3, 0])
    key = tf.where(coins < 0.5, -1.0, 1.0)
    with tf.GradientTape() as tape:
        public_key = generator(key, training=True).numpy()
        loss = tf.reduce_sum(generator(key, training=True) ** 3)
    assert public_key.shape == key.shape and np.abs(public_key).max() <= 1
    assert (set(np.unique(public_key)) == {-1.0, 1.0}) == bits
    gradients = tape.gradient(loss, generator.trainable_variables)
    assert sum(np.size(each) for each in gradients) == 22
    assert np.any(gradients[0]) and all(np.all(np.isfinite(each)) for each in gradients)
    # what is exported computes the same
    (_, exported) = method_of(run).signatures(agents, run, 32)["pk_generator"]["make"]
    np.testing.assert_array_equal(exported(key), generator(key))


def test_the_papers_run_is_the_papers() -> None:
    """Sections III-B, III-C and IV-A."""
    run = run_config("paper")
    loss, training = run.loss, run.training
    assert (loss.mse_weight, loss.ssim_weight) == (0.5, 0.5)
    assert (loss.message_weight, loss.adversary_weight) == (0.03, 0.1)
    assert loss.image_weight == 1 and loss.image_weight_ramp == 0
    assert (run.settings.filters, run.agents.channels, run.settings.eve_size) == (64, 3, 128)
    assert (training.learning_rate, training.schedule, training.clip_norm) == (0.001, "constant", 0)
    assert (training.epochs, training.crops, training.fit) == (100, ((1.0, 128, 64),), "resize")
    assert (training.eve_interval, training.beta_1) == (1, 0.9)
    assert not run.channel.rounding and not run.channel.distorts
    for rate, shape in ((0.0625, (32, 32)), (0.5, (128, 64))):
        agents = run_config("paper", bits_per_pixel=rate).agents
        assert agents.message_shape(128, 128) == shape
        assert agents.key_shape(128, 128) == (32, 32), "1,024 bits"


def test_the_codes_run_is_the_papers_but_for_its_weights_and_its_adam() -> None:
    code, text = run_config("paper-code"), run_config("paper")
    assert (code.loss.message_weight, code.loss.adversary_weight) == (0.1, 0.03)
    assert code.training.beta_1 == 0.5
    again = code.replace(message_weight=0.03, adversary_weight=0.1, beta_1=0.9)
    assert (again.loss, again.training) == (text.loss, text.training)
    assert (again.channel, again.agents) == (text.channel, text.agents)


def test_what_the_losses_of_a_step_are() -> None:
    """Sum and mean of absolute errors; equation 4, and cross-entropy as in the code."""
    message = tf.ones([2, 4, 4, 1])
    probability, innocent = 0.75 * message, tf.constant([[0.25], [0.25]])
    for name, wrong, against in (
        ("paper", 16 * 0.25, np.log(0.75)),
        ("paper-code", 0.25, -np.log(0.25)),
    ):
        method: Any = method_of(name)
        assert float(method.message_loss(message, probability)) == pytest.approx(wrong)
        assert float(method.adversary_loss(innocent)) == pytest.approx(against)


def test_a_dense_eve_takes_one_size_only() -> None:
    with pytest.raises(ValueError, match=r"crops is '1.0:64:8', but must have sides of eve_size 1"):
        run_config("paper", crops=((1.0, 64, 8),), eve_size=128)
    assert run_config("paper", crops=((1.0, 64, 8),)).settings.eve_size == 64
    with pytest.raises(ValueError, match="eve_size is 30, but must be a multiple of 4"):
        run_config("paper", eve_size=30)
    run_config("paper-code", crops=((0.5, 64, 8), (0.5, 32, 8)))
    with pytest.raises(ValueError, match="method paper-code has no setting 'eve_size'"):
        run_config("paper-code", eve_size=64)

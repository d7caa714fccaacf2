"""The four agents: shapes, names, ranges, saving and arithmetic.

Each builder is tried on every combination of the settings that it reads.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keystego_tf.backend import keras, tf
from keystego_tf.config.run import AgentsConfig
from keystego_tf.embedders.syndrome.trellis import Code
from keystego_tf.methods.agents import (
    build_agents,
    build_alice,
    build_bob,
    build_eve,
    build_pk_generator,
)
from keystego_tf.methods.agents.blocks import Residual
from keystego_tf.methods.agents.pk_generator import calibrate

SIZES = [(32, 32), (48, 64)]


def table(**settings: tuple[Any, ...]) -> list[AgentsConfig]:
    """A tiny configuration for each combination."""
    combinations = itertools.product(*settings.values())
    small = {"filters": 4, "key_filters": 4, "eve_size": 32}
    return [AgentsConfig(**small, **dict(zip(settings, each))) for each in combinations]


BPP, CHANNELS = (0.0625, 0.5), (1, 3)
ALICES = table(coding=("none",), bits_per_pixel=BPP, channels=CHANNELS, alice=("residual", "paper"))
BOBS = table(
    coding=("none",),
    scheme=("symmetric", "asymmetric"),
    bits_per_pixel=BPP,
    channels=CHANNELS,
    key_path=("wide", "paper"),
)
CODED = table(scheme=("symmetric", "asymmetric"), bits_per_pixel=BPP, channels=CHANNELS)
EVES = table(channels=CHANNELS, eve=("pooled", "dense"), spectral_norm=(False, True))
EVES += table(channels=CHANNELS, eve_front=("high_pass",))


def name_of(config: AgentsConfig) -> str:
    named = ("scheme", "coding", "bits_per_pixel", "channels", "alice", "key_path", "eve")
    named += ("eve_front", "spectral_norm")
    default = AgentsConfig()
    different = [
        f"{n}={getattr(config, n)}" for n in named if getattr(config, n) != getattr(default, n)
    ]
    return ",".join(different) or "default"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    keras.utils.set_random_seed(0)
    yield
    keras.mixed_precision.set_global_policy("float32")
    keras.backend.clear_session()


def images(height: int, width: int, channels: int, batch: int = 2) -> tf.Tensor:
    return tf.random.stateless_uniform([batch, height, width, channels], [1, 2])


def bits(rows: int, columns: int, seed: int = 3, batch: int = 2) -> tf.Tensor:
    coins = tf.random.stateless_uniform([batch, rows, columns, 1], [seed, 0])
    return tf.where(coins < 0.5, -1.0, 1.0)


def alice_inputs(config: AgentsConfig, height: int, width: int) -> list[tf.Tensor]:
    message = bits(*config.message_shape(height, width))
    return [
        images(height, width, config.channels),
        message,
        bits(*config.key_shape(height, width), 4),
    ]


def bob_inputs(config: AgentsConfig, height: int, width: int) -> list[tf.Tensor]:
    keys = [bits(*config.key_shape(height, width), seed) for seed in range(1 + config.asymmetric)]
    return [images(height, width, config.channels), *keys]


def named_inputs(model: Any) -> list[str]:
    """The name each input was given; Keras 2 adds nothing, Keras 3 may keep a KerasTensor's."""
    return [each.name for each in model.inputs]


def survives_saving(model: Any, inputs: Any, path: Path) -> None:
    """The same function from its configuration and weights, and from a .keras file."""
    expected = model(inputs)
    again = type(model).from_config(model.get_config())
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again(inputs), expected, atol=1e-6)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    model.save(path / "model.keras")
    loaded = keras.models.load_model(path / "model.keras", compile=False)
    np.testing.assert_allclose(loaded(inputs), expected, atol=1e-6)


@pytest.mark.parametrize("config", ALICES, ids=name_of)
def test_alice(config: AgentsConfig, tmp_path: Path) -> None:
    alice = build_alice(config)
    assert named_inputs(alice) == ["cover", "message", "key"]
    assert alice.layers[-1].name == "stego"
    for height, width in SIZES:
        inputs = alice_inputs(config, height, width)
        stego = alice(inputs)
        assert stego.shape == (2, height, width, config.channels) and stego.dtype == tf.float32
        assert np.min(stego) >= 0 and np.max(stego) <= 1
        if config.alice == "residual":
            assert np.max(np.abs(stego - inputs[0])) <= config.residual_scale + 1e-6
        for index in (1, 2):
            changed = [-each if place == index else each for place, each in enumerate(inputs)]
            assert np.any(np.not_equal(alice(changed), stego)), "message and key reach the image"
    survives_saving(alice, inputs, tmp_path)


@pytest.mark.parametrize("config", BOBS, ids=name_of)
def test_bob(config: AgentsConfig, tmp_path: Path) -> None:
    bob = build_bob(config)
    names = ["stego", "secret_key"] + ["public_key"] * config.asymmetric
    assert named_inputs(bob) == names
    wide = config.key_path == "wide"
    outputs = [bob.get_layer("message_logits").output, bob.get_layer("concat").input[1:]]
    if wide and config.asymmetric:
        outputs.append(bob.get_layer("mask_logits").output)
    inside = keras.Model(bob.inputs, [bob.output, *outputs])
    for height, width in SIZES:
        inputs = bob_inputs(config, height, width)
        message, logits, key_maps, *mask_logits = inside(inputs)
        assert message.shape == logits.shape == (2, *config.message_shape(height, width), 1)
        np.testing.assert_allclose(message, tf.sigmoid(logits), atol=1e-6)
        assert len(key_maps) == (1 if wide else len(inputs) - 1)
        for key_map in key_maps:
            assert key_map.shape == (2, height, width, 1)
            assert not wide or (np.min(key_map) >= 0 and np.max(key_map) <= 1)
        for reading in mask_logits:
            assert reading.shape == (2, *config.key_shape(height, width), 1)
        for index in range(len(inputs)):
            changed = [1 - each if place == index else each for place, each in enumerate(inputs)]
            assert np.any(np.not_equal(bob(changed), message)), names[index]
    survives_saving(bob, inputs, tmp_path)


@pytest.mark.parametrize("config", CODED, ids=name_of)
def test_coded_alice_and_bob(config: AgentsConfig, tmp_path: Path) -> None:
    alice, bob = build_alice(config), build_bob(config)
    assert named_inputs(alice) == ["cover", "message", "key"]
    assert named_inputs(bob) == ["stego", "secret_key"] + ["public_key"] * config.asymmetric
    for height, width in SIZES:
        inputs = alice_inputs(config, height, width)
        cover_u8 = np.rint(255 * inputs[0])
        inputs[0] = tf.constant(cover_u8 / 255, tf.float32)
        stego = alice(inputs)
        assert stego.shape == inputs[0].shape and stego.dtype == tf.float32
        change = np.rint(255 * stego) - cover_u8
        assert np.abs(change).max() == 1 and np.min(stego) >= 0 and np.max(stego) <= 1
        assert np.mean(change != 0) <= 1.01 / Code(config.channels, config.bits_per_pixel).samples
        for index in (1, 2):
            changed = [-each if place == index else each for place, each in enumerate(inputs)]
            assert np.any(np.not_equal(alice(changed), stego)), "message and key reach the image"
        letters = bob_inputs(config, height, width)
        message = bob(letters)
        assert message.shape == (2, *config.message_shape(height, width), 1)
        for index in range(len(letters)):
            # a sample by one step, a key bit by its sign
            by = 1 / 255 if index == 0 else -2 * letters[index][0, 1, 1, 0]
            step = np.zeros(letters[index].shape, np.float32)
            step[0, 1, 1, 0] = by
            changed = [
                each + step if place == index else each for place, each in enumerate(letters)
            ]
            assert np.any(np.not_equal(bob(changed), message)), index
    survives_saving(alice, inputs, tmp_path)
    survives_saving(bob, letters, tmp_path)


def test_a_step_beyond_black_or_white_is_thrown_back() -> None:
    cover, change = tf.constant([0.0, 1.0, 0.5]), tf.constant([-1.0, 1.0, -1.0])
    for reflect, expected in ((True, [0.25, 0.75, 0.25]), (False, [0.0, 1.0, 0.25])):
        layer = Residual(0.25, reflect=reflect)
        assert layer([cover, change]).numpy().tolist() == expected


@pytest.mark.parametrize("config", EVES, ids=name_of)
def test_eve(config: AgentsConfig, tmp_path: Path) -> None:
    eve = build_eve(config)
    assert named_inputs(eve) == ["image"]
    inside = keras.Model(eve.inputs, [eve.output, eve.get_layer("innocent_logits").output])
    for height, width in SIZES if config.eve == "pooled" else [(32, 32)]:
        image = images(height, width, config.channels)
        innocent, logits = inside(image)
        assert innocent.shape == logits.shape == (2, 1) and innocent.dtype == tf.float32
        np.testing.assert_allclose(innocent, tf.sigmoid(logits), atol=1e-6)
    survives_saving(eve, image, tmp_path)


def test_agents_come_together() -> None:
    symmetric, asymmetric = (
        build_agents(config) for config in table(scheme=("symmetric", "asymmetric"))
    )
    assert [name for name, _ in symmetric.items()] == ["alice", "bob", "eve"]
    assert [name for name, _ in asymmetric.items()] == ["alice", "bob", "eve", "pk_generator"]
    stego, key, other = images(32, 32, 3), bits(8, 8), bits(8, 8, 9)
    assert symmetric.mask(key) is key
    np.testing.assert_array_equal(asymmetric.mask(key), asymmetric.pk_generator(key))
    for agents in (symmetric, asymmetric):
        decoded = agents.decode(stego, key, other)
        assert decoded.shape == (2, 8, 8, 1)
        uses = np.any(np.not_equal(decoded, agents.decode(stego, key, key)))
        assert uses == (agents is asymmetric), "the symmetric Bob has no use for a public key"


# --- The pK generator. --------------------------------------------------------------------------


def test_public_keys_are_bits_and_pass_gradients_straight_through(tmp_path: Path) -> None:
    generator = build_pk_generator()
    inside = keras.Model(
        generator.inputs, [generator.output, generator.get_layer("probability").output]
    )
    for rows, columns in [(8, 8), (12, 16)]:
        key = bits(rows, columns)
        with tf.GradientTape() as tape:
            tape.watch(key)
            public_key, probability = inside(key, training=True)
        assert public_key.shape == key.shape
        np.testing.assert_array_equal(public_key, np.where(probability >= 0.5, 1, -1))
        assert np.unique(public_key).tolist() == [-1, 1]
    gradients = tape.gradient(public_key, generator.trainable_variables)
    assert np.any(gradients[0]) and all(np.all(np.isfinite(each)) for each in gradients)
    assert named_inputs(generator) == ["secret_key"]
    survives_saving(generator, key, tmp_path)


def test_the_gradient_of_a_public_bit_is_that_of_two_p_minus_one() -> None:
    layer = build_pk_generator().get_layer("public_key")
    probability = tf.constant([0.0, 0.4, 0.5, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(probability)
        public_bits = layer(probability)
    assert public_bits.numpy().tolist() == [-1, -1, 1, 1]
    assert tape.gradient(public_bits, probability).numpy().tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_calibrated_public_keys_are_fair_and_strangers_agree_on_half(seed: int) -> None:
    keras.utils.set_random_seed(seed)
    generator = build_pk_generator()
    calibrate(generator, side=16, seed=seed)
    one, other = (generator(bits(32, 32, each, batch=64)).numpy() for each in (11, 12))
    assert abs(one.mean()) < 0.02
    assert np.mean(one == other) == pytest.approx(0.5, abs=0.01)


# --- Arithmetic. --------------------------------------------------------------------------------


def test_bfloat16_leaves_images_and_outputs_alone() -> None:
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    (config,) = table(scheme=("asymmetric",))
    agents = build_agents(config)
    outputs = {
        "alice": agents.alice(alice_inputs(config, 32, 32)),
        "bob": agents.bob(bob_inputs(config, 32, 32)),
        "eve": agents.eve(images(32, 32, 3)),
        "pk_generator": agents.pk_generator(bits(8, 8)),
    }
    assert {name: each.dtype for name, each in outputs.items()} == dict.fromkeys(
        outputs, tf.float32
    )

    def arithmetic(model: Any, *names: str) -> list[str]:
        return [model.get_layer(name).compute_dtype for name in names]

    exact = arithmetic(agents.bob, "cells", "carried", "concat", "message_logits", "mask_logits")
    exact += arithmetic(agents.alice, "cells", "carried", "concat", "way", "change", "stego")
    exact += arithmetic(agents.eve, "block_1_conv", "innocent_logits")
    assert set(exact) == {"float32"}
    fast = arithmetic(agents.bob, "block_2_conv") + arithmetic(agents.alice, "way_2_conv")
    assert set(fast) == {"bfloat16"}
    public_key = outputs["pk_generator"].numpy()
    assert set(np.unique(public_key)) <= {-1.0, 1.0}


def test_the_residual_alice_keeps_the_lowest_bits_of_a_cover_in_bfloat16() -> None:
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    (config,) = table(coding=("none",), alice=("residual",))
    alice = build_alice(config)
    alice.get_layer("paint_conv").set_weights(
        [np.zeros_like(each) for each in alice.get_layer("paint_conv").get_weights()]
    )
    cover, *letters = alice_inputs(config, 32, 32)
    np.testing.assert_array_equal(alice([cover, *letters]), cover)


def test_spectral_normalisation_holds_eves_convolutions_at_one() -> None:
    (config,) = table(spectral_norm=(True,))
    eve = build_eve(config)
    wrappers = [layer for layer in eve.layers if layer.name.endswith("_sn")]
    assert [layer.name for layer in wrappers] == [f"block_{index}_conv_sn" for index in (1, 2, 3)]

    def largest() -> list[float]:
        kernels = [layer.layer.kernel.numpy() for layer in wrappers]
        return [np.linalg.svd(each.reshape(-1, each.shape[-1]))[1][0] for each in kernels]

    for layer in wrappers:
        layer.layer.kernel.assign(3 * layer.layer.kernel)
    call = tf.function(lambda image: eve(image, training=True))
    for _ in range(40):
        call(images(32, 32, 3))
    np.testing.assert_allclose(largest(), 1, atol=0.02)
    before = largest()
    eve(images(32, 32, 3), training=False)
    assert largest() == before

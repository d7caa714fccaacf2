"""The keyed agents: what Alice may change, what Bob needs of his keys, and the masked target."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from tiny import tiny_run

from keystego_tf.backend import keras, set_precision, tf
from keystego_tf.methods import Agents, build, method_of, run_config
from keystego_tf.methods.keyed import generator
from keystego_tf.methods.keyed.pretraining import learn_public_key
from keystego_tf.methods.layers import SLOPE
from keystego_tf.methods.method import no_progress


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    keras.utils.set_random_seed(0)
    yield
    set_precision("float32")


def public_key(secret_key: np.ndarray) -> np.ndarray:
    """The fixed generator's public key in NumPy: uint8 [rows, columns] of 0 and 1, in and out."""
    x = convolve(2.0 * secret_key - 1.0, generator.FIRST) - generator.FIRST_MEAN
    x = convolve(np.where(x > 0, x, SLOPE * x), generator.SECOND)
    return (x >= generator.SECOND_MEAN).astype(np.uint8)


def convolve(x: np.ndarray, kernel: Any) -> Any:
    """Correlate with a 3 x 3 kernel, with zeros around the map."""
    padded, (rows, columns) = np.pad(x, 1), x.shape
    return sum(
        weight * padded[down : down + rows, right : right + columns]
        for down, line in enumerate(kernel)
        for right, weight in enumerate(line)
    )


@cache
def agents_of(scheme: str = "asymmetric", precision: str = "float32", **values: Any) -> Any:
    set_precision(precision)
    return build(tiny_run(scheme=scheme, **values))


def image(seed: int = 1, side: int = 32) -> tf.Tensor:
    return tf.random.stateless_uniform([2, side, side, 3], [seed, 2])


def bits(*shape: int, seed: int = 3) -> Any:
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (*shape, 1))
    return tf.constant(signs, tf.float32)  # Keras 3 takes no mix of tensors and arrays


def test_alice_changes_no_sample_by_more_than_her_scale() -> None:
    agents = agents_of(residual_scale=0.02)
    layer = agents.alice.get_layer("paint_conv")
    layer.set_weights([100 * each for each in layer.get_weights()])
    stego = agents.alice([image(), bits(2, 8, 8), bits(2, 8, 8)])
    assert 0.015 < np.max(np.abs(stego - image())) <= 0.02 + 1e-6


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_images_keep_their_lowest_bits_in_half_precision(precision: str) -> None:
    agents = agents_of(precision=precision)
    outputs = {
        "alice": agents.alice([image(), bits(2, 8, 8), bits(2, 8, 8)]),
        "bob": agents.bob([image(), bits(2, 8, 8), bits(2, 8, 8)]),
        "eve": agents.eve(image()),
        "pk_generator": agents.pk_generator(bits(2, 8, 8)),
    }
    assert {each.dtype for each in outputs.values()} == {tf.float32}

    def arithmetic(model: Any, *names: str) -> set[str]:
        return {model.get_layer(name).compute_dtype for name in names}

    assert arithmetic(agents.bob, "block_1_conv", "concat", "message_logits") == {"float32"}
    assert arithmetic(agents.alice, "concat", "change", "stego") == {"float32"}
    assert arithmetic(agents.eve, "block_1_conv", "innocent_logits") == {"float32"}
    assert arithmetic(agents.bob, "block_2_conv") == {precision}
    paint = agents.alice.get_layer("paint_conv")
    paint.set_weights([np.zeros_like(each) for each in paint.get_weights()])
    unchanged = agents.alice([image(), bits(2, 8, 8), bits(2, 8, 8)])
    np.testing.assert_array_equal(unchanged, image())


def test_the_asymmetric_bob_reads_under_the_mask_that_he_works_out() -> None:
    """Logits of the mask, their tanh, then the same Bob; the secret key reaches nothing else."""
    agents = agents_of()
    stego, secret, public = image(), bits(2, 8, 8), bits(2, 8, 8, seed=4)
    mask = tf.tanh(agents.mask_logits([secret, public]))
    read = agents.bob([stego, secret, public])
    np.testing.assert_allclose(agents.bob_under_mask([stego, mask]), read, atol=1e-5)
    np.testing.assert_allclose(
        tf.sigmoid(agents.bob_logits([stego, secret, public])), read, atol=1e-6
    )


def test_the_symmetric_alice_takes_the_secret_key() -> None:
    symmetric, asymmetric = agents_of("symmetric"), agents_of()
    key = bits(2, 8, 8)
    assert symmetric.mask(key) is key
    np.testing.assert_array_equal(asymmetric.mask(key), asymmetric.pk_generator(key))
    assert symmetric.pk_generator is None and symmetric.bob_under_mask is None
    for agents in (symmetric, asymmetric):
        one, other = (agents.decode(image(), key, bits(2, 8, 8, seed=each)) for each in (5, 6))
        assert np.any(np.not_equal(one, other)) == (agents is asymmetric)


@pytest.mark.parametrize(("right", "target"), [(1.0, 1), (0.0, -1)])
def test_bobs_target_is_the_message_under_both_masks(right: float, target: int) -> None:
    """With his own key the message; with the inverted one, in the symmetric scheme, its inverse."""
    run, agents = tiny_run(right_key_share=0.5), agents_of("symmetric")
    message, key = bits(2, 4, 4), bits(2, 4, 4, seed=4)
    batch = {
        "cover": image(side=16),
        "message": message,
        "secret_key": key,
        "other_key": -key,
        "right": np.full((2, 1, 1, 1), right, np.float32),
    }
    sent = method_of(run).transmit(agents, run, batch, lambda images: (images, images))
    np.testing.assert_array_equal(sent.target, target * message)
    np.testing.assert_array_equal(sent.right, [right, right])
    labels, values = (sent.target + 1) / 2, np.asarray(sent.logits)
    expected = np.mean(np.log1p(np.exp(-np.abs(values))) + np.maximum(values, 0) - labels * values)
    assert float(sent.message_loss) == pytest.approx(float(expected), rel=1e-5)


def test_a_generator_in_training_gives_both_the_same_mask_of_the_right_key() -> None:
    """Its batch normalisation would see another batch in Bob's keys, and turn some bits."""
    run = tiny_run(scheme="asymmetric", train_generator=True, right_key_share=0.5)
    agents = build(run)
    message, key, other = (bits(8, 16, 16, seed=each) for each in (4, 5, 6))
    right = tf.constant(np.repeat([1.0, 0.0], 4).reshape(8, 1, 1, 1), tf.float32)
    covers = tf.repeat(image(side=64)[:1], 8, axis=0)
    batch = {
        "cover": covers, "message": message, "secret_key": key, "other_key": other, "right": right
    }  # fmt: skip
    mixed = agents.mask(tf.where(right > 0, key, other), training=True)
    assert np.any(np.not_equal(agents.mask(key, training=True)[:4], mixed[:4])), "as it was"
    sent = method_of(run).transmit(agents, run, batch, lambda images: (images, images))
    np.testing.assert_array_equal(sent.target[:4], message[:4])
    assert np.any(np.not_equal(sent.target[4:], message[4:]))


def test_bob_reads_what_the_channel_leaves() -> None:
    run, agents = tiny_run(), agents_of("symmetric")
    key = bits(2, 4, 4)
    batch = {
        "cover": image(side=16),
        "message": bits(2, 4, 4, seed=4),
        "secret_key": key,
        "other_key": key,
        "right": np.ones((2, 1, 1, 1), np.float32),
    }
    method = method_of(run)
    one, other = (
        method.transmit(agents, run, batch, lambda images, f=factor: (images, f * images))
        for factor in (1.0, 0.5)
    )
    np.testing.assert_array_equal(one.stego, other.stego)
    assert np.any(np.not_equal(one.logits, other.logits))


# --- The fixed pK generator. --------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_keras_makes_the_public_keys_of_numpy(precision: str) -> None:
    generator = agents_of(precision=precision).pk_generator
    rng = np.random.default_rng(7)
    for shape in ((200, 32, 32), (50, 4, 4), (20, 8, 64)):
        keys = rng.integers(0, 2, shape, dtype=np.uint8)
        keys[0], keys[1] = 0, 1
        found = generator((2.0 * keys[..., None] - 1).astype(np.float32), training=False)
        expected = np.stack([public_key(key) for key in keys])
        np.testing.assert_array_equal(found[..., 0], 2.0 * expected - 1)


def test_public_keys_are_fair_and_strangers_agree_on_half() -> None:
    rng = np.random.default_rng(8)
    one, other = (
        np.stack([public_key(key) for key in rng.integers(0, 2, (200, 32, 32), dtype=np.uint8)])
        for _ in range(2)
    )
    assert one.mean() == pytest.approx(0.5, abs=0.01)
    assert np.mean(one == other) == pytest.approx(0.5, abs=0.01)
    # nor is a public key near its own secret one
    secret = rng.integers(0, 2, (200, 32, 32), dtype=np.uint8)
    own = np.stack([public_key(key) for key in secret])
    assert 0.25 < np.mean(own == secret) < 0.75


def test_every_fixed_generator_is_the_same_and_a_trained_one_is_its_own() -> None:
    weights = [
        agents_of(**values).pk_generator.get_weights()
        for values in ({}, {"bits_per_pixel": 0.5, "channels": 1}, {"train_generator": True})
    ]
    first, second, trained = weights
    assert all(np.array_equal(one, other) for one, other in zip(first, second))
    assert not all(np.array_equal(one, other) for one, other in zip(first, trained))


# --- What Bob learns in advance. ----------------------------------------------------------------


def test_bob_learns_to_work_out_the_public_key() -> None:
    run = tiny_run(scheme="asymmetric", key_filters=8)
    agents: Any = build(run)
    secret, others = bits(16, 32, 32), bits(16, 32, 32, seed=4)
    public, stranger = agents.mask(secret), agents.mask(others)

    def right(given: Any) -> float:
        read = agents.mask_logits([secret, given], training=False).numpy() > 0
        return float(np.mean(read == (public.numpy() > 0)))

    assert right(public) < 0.7 and right(stranger) < 0.7
    learn_public_key(agents, 150, seed=0)
    # Given a stranger's public key he gives that of his own secret key all the same.
    assert right(public) > 0.85 and right(stranger) > 0.85


def pretrained(seed: int, progress: Any = no_progress, **values: Any) -> tuple[Agents, list[Any]]:
    keras.utils.set_random_seed(0)
    run = tiny_run(scheme="asymmetric", pretraining_steps=2, seed=seed, **values)
    agents: Any = build(run)
    method_of(run).freeze(agents, run)
    method_of(run).pretrain(agents, run, progress)
    return agents, agents.mask_logits.get_weights()


@pytest.mark.usefixtures("eagerly")
def test_the_seed_decides_what_is_learned_and_progress_counts_it() -> None:
    seen = []

    def progress(steps: range, title: str) -> range:
        seen.append((steps, title))
        return steps

    one, same, other = (pretrained(seed, progress)[1] for seed in (1, 1, 2))
    assert seen == [(range(2), "Bob learns the public key")] * 3
    assert all(np.array_equal(first, second) for first, second in zip(one, same))
    assert not all(np.array_equal(first, second) for first, second in zip(one, other))


@pytest.mark.usefixtures("eagerly")
def test_what_is_learned_is_fixed_then_and_nothing_else() -> None:
    agents, _ = pretrained(1)
    fixed = {
        layer.name for layer in agents.bob.layers if layer.weights and not layer.trainable_variables
    }
    mask = {layer.name for layer in agents.mask_logits.layers if layer.weights}
    assert fixed == mask and fixed
    # a generator that is trained along cannot be learned in advance
    agents, _ = pretrained(1, train_generator=True)
    assert all(layer.trainable_variables for layer in agents.bob.layers if layer.weights)


def test_settings_that_do_not_fit_together() -> None:
    rule = "pretraining_steps is 0, but must be above 0: asymmetric scheme"
    with pytest.raises(ValueError, match=rule):
        run_config(scheme="asymmetric", pretraining_steps=0)
    run_config(scheme="symmetric", pretraining_steps=0)
    run_config(scheme="asymmetric", pretraining_steps=0, train_generator=True)
    with pytest.raises(ValueError, match=r"bits_per_pixel is 0\.25, but must be one of 0\.0625, 0"):
        run_config(bits_per_pixel=0.25)


def test_gray_photos_at_the_higher_payload_may_change_more_unless_told_otherwise() -> None:
    colour, gray = run_config(bits_per_pixel=0.5), run_config(bits_per_pixel=0.5, channels=1)
    assert gray.settings.residual_scale > colour.settings.residual_scale
    assert run_config(channels=1).settings == colour.settings
    told = run_config(bits_per_pixel=0.5, channels=1, residual_scale=0.05, steps=7)
    assert (told.settings.residual_scale, told.training.steps) == (0.05, 7)


@pytest.mark.parametrize("values", [{"eve_front": "high_pass"}, {"spectral_norm": True}])
def test_eves_that_are_there_on_request(values: dict[str, Any]) -> None:
    agents = agents_of("symmetric", **values)
    names = {layer.name for layer in agents.eve.layers}
    assert ("high_pass" in names) == ("eve_front" in values)
    assert ("block_1_conv_sn" in names) == ("spectral_norm" in values)
    innocent = agents.eve(image())
    assert innocent.shape == (2, 1) and np.all(np.isfinite(innocent))

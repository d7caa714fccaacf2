"""Each loss against its plain reference, and at the edges of its range."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from keystego_tf.backend import tf
from keystego_tf.methods.keyed import masking
from keystego_tf.methods.paper import losses

quick = settings(deadline=None, max_examples=25)
probabilities = hnp.arrays(np.float32, (3, 1), elements=st.floats(0.015625, 0.984375, width=32))
logit_pairs = hnp.arrays(np.float32, (2, 3, 1), elements=st.floats(-20, 20, width=32))
seeds = st.integers(0, 2**32 - 1)


def pictures(seed: int, channels: int = 3, strength: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    cover = rng.random((2, 13, 14, channels))
    stego = np.clip(cover + rng.normal(scale=strength, size=cover.shape), 0, 1)
    return cover.astype(np.float32), stego.astype(np.float32)


def signs(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.choice([-1.0, 1.0], shape).astype(np.float32)


def same(loss: Any, expected: Any, rel: float = 1e-5) -> None:
    np.testing.assert_allclose(loss, expected, rtol=rel, atol=1e-6)


@quick
@given(seeds, st.sampled_from([1, 3]))
def test_mse_is_equation_1(seed: int, channels: int) -> None:
    cover, stego = pictures(seed, channels)
    same(losses.mse(cover, stego), reference.mse(cover, stego))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("strength", [0.001, 0.1, 1.0])
def test_ssim_is_equation_2(channels: int, strength: float) -> None:
    cover, stego = pictures(1, channels, strength)
    same(losses.ssim(cover, stego), reference.ssim(cover, stego), rel=1e-3)


def test_image_loss_is_equation_3() -> None:
    cover, stego = pictures(2)
    for alpha, beta in [(0.5, 0.5), (2.0, 0.1), (1.0, 0.0)]:
        expected = reference.image_loss(cover, stego, alpha, beta)
        same(losses.image_loss(cover, stego, alpha, beta), expected, rel=1e-3)


@quick
@given(probabilities)
def test_adversary_losses_are_equation_4_and_its_other_form(innocent: np.ndarray) -> None:
    same(losses.adversary_loss(innocent), reference.adversary_loss(innocent))
    other = reference.adversary_loss_non_saturating(innocent)
    same(losses.adversary_loss_non_saturating(innocent), other)


@quick
@given(seeds)
def test_message_l1_is_equation_5_and_a_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    message, probability = signs(rng, 2, 4, 3, 1), rng.random((2, 4, 3, 1), np.float32)
    same(losses.message_l1(message, probability), reference.message_l1(message, probability))


@quick
@given(seeds)
def test_message_l1_mean_is_the_mean_over_all_bits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    message, probability = signs(rng, 2, 4, 3, 1), rng.random((2, 4, 3, 1), np.float32)
    expected = reference.message_l1(message, probability) / 12
    same(losses.message_l1_mean(message, probability), expected)


def test_message_l1_of_a_message_all_wrong_is_its_length() -> None:
    message = signs(np.random.default_rng(0), 2, 8, 4, 1)
    for loss, most in ((losses.message_l1, 32.0), (losses.message_l1_mean, 1.0)):
        same(loss(message, losses.bit(-message)), most)
        same(loss(message, losses.bit(message)), 0.0)


@quick
@given(st.tuples(*[st.floats(-100, 100, width=32)] * 5))
def test_communication_loss_is_equation_6(terms: tuple[float, ...]) -> None:
    found = losses.communication_loss(*[tf.constant(term) for term in terms[:3]], *terms[3:])
    np.testing.assert_allclose(found, reference.communication_loss(*terms), rtol=1e-4, atol=1e-2)


def test_eves_loss_has_a_minimum_which_equation_7_as_printed_has_not() -> None:
    means = [
        float(losses.eve_loss(tf.constant([[2.0]]), tf.constant([[z]])))
        for z in (0.0, -10.0, -99.0)
    ]
    assert means[0] - means[1] > 0.3 and means[1] - means[2] < 1e-4
    assert min(means) >= 0


@quick
@given(logit_pairs)
def test_eve_loss_is_the_cross_entropy(logits: np.ndarray) -> None:
    same(losses.eve_loss(*logits), reference.eve_loss(*logits), rel=1e-4)


@quick
@given(seeds)
def test_message_cross_entropy_is_the_mean_of_each_image(seed: int) -> None:
    rng = np.random.default_rng(seed)
    message = signs(rng, 3, 4, 2, 1)
    logits = rng.normal(scale=5, size=message.shape).astype(np.float32)
    found = masking.message_cross_entropy(message, logits)
    same(found, reference.message_cross_entropy(message, logits), rel=1e-4)
    same(masking.message_cross_entropy(message, 0 * logits), np.full(3, np.log(2)))


@quick
@given(seeds, st.sampled_from([(4, 3), (16, 6), (8, 12)]))
def test_masked_target_is_message_xor_mask_xor_mask(
    seed: int, rows_columns: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    message = signs(rng, 2, *rows_columns, 1)
    mask, bob_mask = signs(rng, 2, 4, 3, 1), signs(rng, 2, 4, 3, 1)
    target = masking.masked_target(message, mask, bob_mask)
    np.testing.assert_array_equal(target, reference.masked_target(message, mask, bob_mask))
    np.testing.assert_array_equal(masking.masked_target(message, mask, mask), message)
    np.testing.assert_array_equal(masking.masked_target(message, mask, -mask), -message)


def test_no_gradient_flows_into_the_masks() -> None:
    message, mask, bob_mask = (tf.Variable(tf.ones([1, 4, 4, 1])) for _ in range(3))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(masking.masked_target(message, mask, bob_mask))
    assert tape.gradient(loss, [mask, bob_mask]) == [None, None]


@pytest.mark.parametrize("shape, like", [((2, 3), (2, 3)), ((2, 3), (8, 6)), ((4, 4), (16, 8))])
def test_spread_repeats_each_key_bit_over_a_block(shape: Any, like: Any) -> None:
    mask = np.arange(np.prod(shape), dtype=np.float32).reshape(1, *shape, 1)
    block = np.ones((like[0] // shape[0], like[1] // shape[1]))
    spread = masking.spread(tf.constant(mask), tf.zeros([1, *like, 1]))
    np.testing.assert_array_equal(spread[0, ..., 0], np.kron(mask[0, ..., 0], block))


BITS = tf.constant([-1.0, 1.0, -1.0, 1.0], shape=[1, 2, 2, 1])
IMAGE = tf.constant(pictures(3)[0])
EDGES: dict[str, tuple[Callable[[tf.Tensor], tf.Tensor], tf.Tensor]] = {
    "adversary, p = 0 and 1": (losses.adversary_loss, tf.constant([[0.0], [1.0]])),
    "non-saturating, p = 0 and 1": (
        losses.adversary_loss_non_saturating,
        tf.constant([[0.0], [1.0]]),
    ),
    "Eve, saturated": (lambda z: losses.eve_loss(z, -z), tf.constant([[100.0], [-100.0]])),
    "cross-entropy, saturated": (
        lambda z: masking.message_cross_entropy(BITS, z),
        tf.constant([100.0, 100.0, -100.0, -100.0], shape=[1, 2, 2, 1]),
    ),
    "L1, p = 0 and 1": (lambda p: losses.message_l1(BITS, p), losses.bit(-BITS)),
    "mean L1, p = 0 and 1": (lambda p: losses.message_l1_mean(BITS, p), losses.bit(-BITS)),
    "identical images": (lambda x: losses.image_loss(IMAGE, x, 0.5, 0.5), IMAGE),
    "black images": (lambda x: losses.image_loss(0 * IMAGE, x, 0.5, 0.5), 0 * IMAGE),
    "white against black": (
        lambda x: losses.image_loss(0 * IMAGE, x, 0.5, 0.5),
        tf.ones_like(IMAGE),
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_losses_and_gradients_are_finite_at_the_edges(name: str) -> None:
    loss, at = EDGES[name]
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = loss(at)
    gradient = tape.gradient(value, at)
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(gradient))


def test_the_image_loss_of_identical_images_is_zero() -> None:
    same(losses.image_loss(IMAGE, IMAGE, 0.5, 0.5), 0.0)

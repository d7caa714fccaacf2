"""The shared layers: the functions that they stand for, their gradients and their arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from keystego_tf.backend import keras, tf
from keystego_tf.methods.layers import (
    Binarise,
    LeakyReLU,
    Residual,
    Threshold,
    conv_block,
    transposed_block,
)

VALUES = [-80.0, -3.3, -1.0, -1e-3, 1e-3, 0.7, 1.0, 3.3, 80.0]


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    keras.utils.set_random_seed(0)
    yield
    keras.mixed_precision.set_global_policy("float32")


def with_gradient(function: Any, at: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = function(at)
    return value, tape.gradient(value, at)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("slope", [0.01, 0.2])
@pytest.mark.parametrize(("dtype", "precise"), [("float32", 1e-6), ("bfloat16", 2.0**-7)])
def test_leaky_relu_is_tensorflows(
    dtype: str, precise: float, slope: float, training: bool
) -> None:
    inputs = keras.Input((len(VALUES),), dtype=dtype)
    model = keras.Model(inputs, LeakyReLU(slope, dtype=dtype)(inputs))
    values = tf.constant([VALUES], dtype)
    found = with_gradient(lambda x: model(x, training=training), values)
    expected = with_gradient(lambda x: tf.nn.leaky_relu(x, slope), values)
    for one, other in zip(found, expected):
        assert one.dtype == dtype
        np.testing.assert_allclose(
            tf.cast(one, tf.float32), tf.cast(other, tf.float32), rtol=precise
        )


def test_layers_come_back_from_their_configuration() -> None:
    image = tf.random.stateless_uniform([1, 4, 4, 3], [1, 2])
    for layer, given in (
        (LeakyReLU(0.3), image - 0.5),
        (Residual(0.25), [image, 2 * image - 1]),
        (Binarise(), image),
        (Threshold(), image),
    ):
        again = type(layer).from_config(layer.get_config())
        np.testing.assert_array_equal(again(given), layer(given))
        assert again.get_config() == layer.get_config()


def test_a_residual_is_scaled_and_kept_in_range() -> None:
    cover, change = tf.constant([0.0, 1.0, 0.5, 0.5]), tf.constant([-1.0, 1.0, -1.0, 0.5])
    assert Residual(0.25)([cover, change]).numpy().tolist() == [0.0, 1.0, 0.25, 0.625]


def test_the_gradient_of_a_public_bit_is_that_of_two_p_minus_one() -> None:
    probability = tf.constant([0.0, 0.4, 0.5, 1.0])
    bits, gradient = with_gradient(Binarise(), probability)
    assert bits.numpy().tolist() == [-1, -1, 1, 1]
    assert gradient.numpy().tolist() == [2, 2, 2, 2]
    np.testing.assert_array_equal(Threshold()(probability), bits)


def model_of(built: Any, channels: int = 3) -> Any:
    inputs = keras.Input((None, None, channels))
    return keras.Model(inputs, built(inputs))


@pytest.mark.parametrize(
    ("slope", "kind", "value"),
    [(0.2, "LeakyReLU", -1.0), (0.0, "ReLU", 0.0), (1.0, None, -5.0)],
)
def test_a_block_is_convolution_normalisation_and_activation(
    slope: float, kind: str | None, value: float
) -> None:
    model = model_of(lambda x: conv_block(x, 4, "block", slope=slope))
    kinds = [type(layer).__name__ for layer in model.layers[1:]]
    assert kinds == ["Conv2D", "BatchNormalization", *([kind] if kind else [])]
    assert not model.get_layer("block_conv").use_bias
    # a kernel of zeros leaves the normalisation's shift
    model.get_layer("block_conv").set_weights([np.zeros((3, 3, 3, 4))])
    model.get_layer("block_bn").set_weights([np.ones(4), np.full(4, -5), np.zeros(4), np.ones(4)])
    np.testing.assert_allclose(model(tf.ones([1, 8, 8, 3])), np.full((1, 8, 8, 4), value), 1e-3)


@pytest.mark.parametrize(("bounded", "kind"), [(False, "LeakyReLU"), (True, "Activation")])
def test_a_transposed_block_doubles_a_map_and_may_be_bounded(bounded: bool, kind: str) -> None:
    model = model_of(lambda x: transposed_block(x, 2, "key", bounded=bounded), channels=1)
    assert type(model.layers[-1]).__name__ == kind
    grown = model(100 * tf.ones([1, 4, 6, 1]))
    assert grown.shape == (1, 8, 12, 2)
    assert (np.min(grown) >= 0 and np.max(grown) <= 1) == bounded


def test_spectral_normalisation_holds_a_kernel_at_one() -> None:
    model = model_of(lambda x: conv_block(x, 4, "block", spectral=True))
    wrapper = model.get_layer("block_conv_sn")
    wrapper.layer.kernel.assign(3 * wrapper.layer.kernel)
    image = tf.random.stateless_uniform([2, 16, 16, 3], [1, 2])
    call = tf.function(lambda image: model(image, training=True))
    for _ in range(40):
        call(image)

    def largest() -> float:
        kernel = wrapper.layer.kernel.numpy()
        return float(np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]))[1][0])

    assert largest() == pytest.approx(1, abs=0.02)
    before = largest()
    model(image, training=False)
    assert largest() == before

"""The image operations of both stacks against SciPy and NumPy."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import ndimage

from keystego_tf.backend import (
    apply_gradients,
    blur,
    keras,
    pad_edges,
    rotate,
    tf,
    translate,
)


def images(batch: int = 2, height: int = 12, width: int = 16, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.random((batch, height, width, channels), dtype=np.float32)


@pytest.mark.parametrize("sigma", [0.8, 1.0, 4.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_blur_is_scipys_gaussian_up_to_the_border(sigma: float, channels: int) -> None:
    given = images(channels=channels)
    expected = ndimage.gaussian_filter(given, (0, sigma, sigma, 0), mode="nearest", truncate=3)
    np.testing.assert_allclose(blur(tf.constant(given), sigma), expected, atol=1e-5)


def test_edges_are_repeated_as_numpy_does() -> None:
    given = images()
    expected = np.pad(given, ((0, 0), (2, 30), (0, 5), (0, 0)), mode="edge")
    np.testing.assert_array_equal(pad_edges(tf.constant(given), (2, 30), (0, 5)), expected)


def test_whole_shifts_are_to_the_right_and_down() -> None:
    given = images()
    moved = translate(tf.constant(given), tf.constant([[3.0, 1.0], [-2.0, 0.0]]))
    for index, (right, down) in enumerate([(3, 1), (-2, 0)]):
        expected = np.roll(given[index], (down, right), axis=(0, 1))
        np.testing.assert_allclose(moved[index, 3:-3, 3:-3], expected[3:-3, 3:-3], atol=1e-6)
    repeated = np.repeat(given[0, :-1, :1], 3, axis=1)
    np.testing.assert_allclose(moved[0, 1:, :3], repeated, atol=1e-6)


def test_rotation_is_counter_clockwise() -> None:
    given = images(width=12)
    turned = rotate(tf.constant(given), tf.constant([np.pi / 2, -np.pi / 2], tf.float32))
    for index, quarters in enumerate([1, -1]):
        np.testing.assert_allclose(turned[index], np.rot90(given[index], quarters), atol=1e-4)


def test_rotation_of_an_oblong_image_is_about_its_centre() -> None:
    given = images()
    turned = rotate(tf.constant(given), tf.fill([2], np.pi))
    np.testing.assert_allclose(turned, given[:, ::-1, ::-1], atol=1e-4)


@pytest.mark.parametrize("operation", ["blur", "translate", "rotate"])
def test_gradients_flow_for_any_size(operation: str) -> None:
    calls = {
        "blur": lambda x: blur(x, 1.0),
        "translate": lambda x: translate(x, tf.fill([tf.shape(x)[0], 2], 0.5)),
        "rotate": lambda x: rotate(x, tf.fill([tf.shape(x)[0]], 0.05)),
    }

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3])])
    def gradient(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(calls[operation](x))
        return tape.gradient(loss, x)

    # A sum of samples: what lies inside counts once, wherever it goes.
    found = gradient(tf.constant(images(height=20, width=24))).numpy()
    np.testing.assert_allclose(found[:, 5:-5, 5:-5], 1, atol=0.1)


def test_gradients_are_applied() -> None:
    variable = tf.Variable(1.0) if keras.__version__ < "3" else keras.Variable(1.0)
    optimizer = keras.optimizers.SGD(0.5)
    apply_gradients(optimizer, [tf.constant(1.0)], [variable])
    assert float(variable.numpy()) == pytest.approx(0.5)


def test_importing_says_nothing() -> None:
    """In a process of its own, as a command is; TensorFlow's native code writes past Python."""
    code = "import keystego_tf.backend as backend; backend.tf.constant(1) + 1"
    environment = {name: each for name, each in os.environ.items() if "TF_CPP" not in name}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    assert (found.returncode, found.stdout, found.stderr) == (0, b"", b"")

"""The code's layers against the code itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keystego_tf.backend import keras, tf
from keystego_tf.embedders.syndrome.trellis import Code
from keystego_tf.methods.agents.syndrome import Cells, Samples, Syndrome
from keystego_tf.steganalysis.high_pass import HighPass

KINDS = [(channels, rate) for channels in (1, 3) for rate in (0.0625, 0.5)]


def photo(channels: int, size: tuple[int, int] = (32, 48)) -> Any:
    return np.random.default_rng(0).integers(0, 256, (2, *size, channels), dtype=np.uint8)


def as_01(image: Any) -> Any:
    return image.astype(np.float32) / 255


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("size", [(12, 20), (32, 32), (48, 64)])
def test_layers_do_what_the_code_does(
    kind: tuple[int, float], known: bool, size: tuple[int, int]
) -> None:
    code, images = Code(*kind), photo(kind[0], size)
    shape = images.shape[1:] if known else (None, None, kind[0])
    inputs = keras.Input(shape)
    cells = Cells(*kind)(inputs)
    outputs = [cells, Syndrome(*kind)(cells), Samples(*kind)(cells)]
    found, carried, again = keras.Model(inputs, outputs)(as_01(images))
    for image, own, bits, back in zip(images, found, carried, again):
        np.testing.assert_allclose(255 * own.numpy(), code.to_cells(image), atol=1e-3)
        np.testing.assert_allclose(bits[..., 0], 1.0 - 2.0 * code.syndrome(image), atol=1e-3)
        np.testing.assert_allclose(255 * back.numpy(), image, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_sample_of_a_cell_turns_its_own_bit_only(kind: tuple[int, float]) -> None:
    images = as_01(photo(kind[0]))
    cells = Cells(*kind)(images)
    change = np.zeros((*cells.shape[:3], 1), np.float32)
    change[:, 2, 3] = 1 / 255
    stego = images + Samples(*kind)(change)  # the other samples are missing, hence unchanged
    before, after = (Syndrome(*kind)(Cells(*kind)(each)).numpy() for each in (images, stego))
    turned = np.zeros(before.shape, bool)
    turned[:, 2, 3] = True
    np.testing.assert_array_equal(np.sign(before) != np.sign(after), turned)


def test_bright_images_lose_no_bit_in_float32() -> None:
    """The largest sums: all samples of a tile white, but a few."""
    images = np.full((1, 128, 128, 3), 255, np.uint8)
    images[0, ::17, ::13, 1] = 254
    for rate in (0.0625, 0.5):
        bits = Syndrome(3, rate)(Cells(3, rate)(as_01(images)))[0, ..., 0]
        np.testing.assert_allclose(bits, 1.0 - 2.0 * Code(3, rate).syndrome(images[0]), atol=0.01)


def test_the_slope_leads_from_half_a_step_to_whole_ones() -> None:
    """At a quarter of a step from an even sum, a loss that wants it odd pushes on."""
    cells = tf.zeros([1, 1, 12, 6]) + 100 / 255
    step = np.zeros(cells.shape, np.float32)
    step[0, 0, 0, 0] = 0.25 / 255
    moved = cells + step
    with tf.GradientTape() as tape:
        tape.watch(moved)
        carried = Syndrome(3, 0.5)(moved)[0, 0, 0, 0]
    slope = tape.gradient(carried, moved)[0, 0, 0, 0].numpy()
    sign = np.sign(Syndrome(3, 0.5)(cells).numpy()[0, 0, 0, 0])
    assert slope == pytest.approx(-sign * 255 * np.pi * np.sin(np.pi / 4), rel=1e-2)


@pytest.mark.parametrize("layer", [Cells(3, 0.5), Samples(3, 0.5), Syndrome(3, 0.5), HighPass(255)])
def test_layers_come_back_from_their_configuration(layer: Any) -> None:
    again = type(layer).from_config(layer.get_config())
    inputs = tf.random.stateless_uniform([1, 8, 12, 3 if isinstance(layer, Cells) else 6], [1, 2])
    np.testing.assert_array_equal(again(inputs), layer(inputs))
    assert not again.weights and again.get_config() == layer.get_config()

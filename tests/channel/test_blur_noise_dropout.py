"""Blur, noise and dropout, in both forms, against closed forms and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from channel_images import SEED, only, photo, send
from scipy import ndimage

from keystego_tf.backend import tf
from keystego_tf.channel.distortions import distort


def test_blur_is_as_wide_as_drawn() -> None:
    point = np.zeros((300, 19, 19, 1), np.float32)
    point[:, 9, 9] = 1
    kernels = distort(tf.constant(point), only(blur=2.0), SEED).numpy()[..., 0]
    np.testing.assert_allclose(kernels.sum(axis=(1, 2)), 1, atol=1e-5)
    # Along one axis; a little below what was drawn, the kernels ending at three deviations.
    width = np.sqrt(kernels.sum(axis=1) @ np.square(np.arange(19.0) - 9))
    assert 0 <= np.min(width) < 0.1 and 1.9 < np.max(width) <= 2
    assert np.mean(width) == pytest.approx(1.0, abs=0.08)
    assert np.std(width) == pytest.approx(2 / np.sqrt(12), abs=0.06), "uniform"


def test_real_blur_is_gaussian() -> None:
    image = photo(40, 50)
    expected = ndimage.gaussian_filter(image.astype(float), (1.2, 1.2, 0), mode="nearest")
    # Pillow's filter is three box filters in a row, and whole numbers.
    difference = np.abs(send(image, blur=1.2) - expected)
    assert difference.mean() < 0.6 and difference.max() < 4


def test_noise_of_an_image_is_drawn_up_to_the_configured_strength() -> None:
    grey = tf.fill([400, 16, 16, 1], 0.5)
    change = 255 * (distort(grey, only(noise=3.0), SEED) - grey).numpy()
    deviation = change.std(axis=(1, 2, 3))
    assert np.max(deviation) < 1.15 * 3
    assert np.mean(deviation) == pytest.approx(3 / 2, rel=0.1)
    assert np.std(deviation) == pytest.approx(3 / np.sqrt(12), rel=0.1), "uniform"
    assert abs(change.mean()) < 0.05


def test_real_noise_has_the_configured_strength() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    change = send(grey, noise=3.0).astype(float) - 128
    assert change.std() == pytest.approx(np.sqrt(9 + 1 / 12), rel=0.02)
    assert abs(change.mean()) < 0.05
    white = send(np.full((50, 50, 3), 255, np.uint8), noise=3.0)
    assert white.min() > 200, "clipped, not wrapped around"


def test_dropout_loses_whole_pixels_up_to_the_configured_share() -> None:
    lost = distort(tf.fill([400, 16, 16, 3], 0.5), only(dropout=0.3), SEED).numpy() == 0
    np.testing.assert_array_equal(lost.any(axis=-1), lost.all(axis=-1))
    share = lost.mean(axis=(1, 2, 3))
    assert np.max(share) < 1.4 * 0.3
    assert np.mean(share) == pytest.approx(0.3 / 2, rel=0.1)


def test_real_dropout_loses_whole_pixels() -> None:
    lost = send(np.full((200, 200, 3), 90, np.uint8), dropout=0.2) == 0
    np.testing.assert_array_equal(lost.any(axis=-1), lost.all(axis=-1))
    assert lost.mean() == pytest.approx(0.2, abs=0.01)

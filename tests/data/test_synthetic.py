"""Synthetic covers: the same for the same seed, and like photographs in their statistics."""

from __future__ import annotations

import numpy as np
import pytest

from keystego_tf.data import synthetic
from keystego_tf.data.synthetic import LUMA, SyntheticCovers, dead_leaves, fractal_noise


def spectral_slope(luminance: np.ndarray) -> float:
    """alpha of a power spectrum 1/f^alpha, fitted over rings of equal width in log f."""
    side = len(luminance)
    window = np.outer(np.hanning(side), np.hanning(side))
    power = np.abs(np.fft.fft2((luminance - luminance.mean()) * window)) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    edges = np.geomspace(3 / side, 0.4, 10)
    ring = np.digitize(frequency, edges)
    mean_power = [power[ring == number].mean() for number in range(1, len(edges))]
    middle = np.sqrt(edges[1:] * edges[:-1])
    return -np.polyfit(np.log(middle), np.log(mean_power), 1)[0]


@pytest.fixture(scope="module")
def scenes() -> list[np.ndarray]:
    covers = SyntheticCovers(channels=3, seed=5)
    return [covers.image(index) for index in range(12)]


def test_slope_of_known_noise():
    white = np.random.default_rng(0).standard_normal((128, 128))
    assert spectral_slope(white) == pytest.approx(0, abs=0.2)
    brown = np.cumsum(np.cumsum(white, 0), 1)
    assert spectral_slope(brown) > 2


def test_power_spectrum_is_natural(scenes):
    assert 1.5 < np.mean([spectral_slope(scene @ LUMA) for scene in scenes]) < 2.8


def test_channels_are_correlated_but_not_equal(scenes):
    red_blue = [np.corrcoef(scene[..., 0].ravel(), scene[..., 2].ravel())[0, 1] for scene in scenes]
    assert 0.5 < np.mean(red_blue) < 0.99


def test_scenes_have_flat_areas_edges_and_range(scenes):
    for scene in scenes:
        steps = np.abs(np.diff(scene.astype(int), axis=1))
        assert np.median(steps) < 16, "no flat areas"
        assert np.percentile(steps, 99) > 16, "no edges"
        assert scene.std() > 10
        clipped = np.mean((scene == 0) | (scene == 255))
        assert clipped < 0.2, "burnt out or black"


def test_deterministic_in_seed_and_index(scenes):
    again = SyntheticCovers(channels=3, seed=5)
    # In another order: no state is carried from image to image.
    for index in (7, 0, 7):
        np.testing.assert_array_equal(again.image(index), scenes[index])
    assert not np.array_equal(SyntheticCovers(3, seed=6).image(0), scenes[0])
    assert not np.array_equal(scenes[0], scenes[1])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [8, 33, 96])
def test_shape_of_every_side(channels, side):
    image = SyntheticCovers(channels, side, count=1).image(0)
    assert image.shape == (side, side, channels)
    assert image.dtype == np.uint8
    assert not image.flags.writeable


def test_grayscale_is_the_luma_of_colour():
    gray, colour = (SyntheticCovers(channels, 32).image(3) for channels in (1, 3))
    np.testing.assert_allclose(gray[..., 0], colour @ LUMA, atol=0.501)


def test_cache_is_bounded(monkeypatch):
    covers = SyntheticCovers(3, side=16)
    monkeypatch.setattr(synthetic, "CACHE_BYTES", 2 * 16 * 16 * 3)
    images = [covers.image(index) for index in range(4)]
    assert covers.image(0) is images[0]
    assert covers.image(3) is not images[3]
    np.testing.assert_array_equal(covers.image(3), images[3])


def test_digests_tell_images_apart():
    some, other = SyntheticCovers(3, seed=0), SyntheticCovers(3, seed=1)
    digests = {covers.digest(index) for covers in (some, other) for index in range(50)}
    assert len(digests) == 100
    assert SyntheticCovers(3, seed=0).digest(9) == some.digest(9)


@pytest.mark.parametrize(
    "values, rule",
    [
        ({"channels": 2}, "channels is 2, but must be 1 or 3"),
        ({"channels": 3, "side": 4}, "side is 4, but must be at least 8"),
        ({"channels": 3, "count": 0}, "count is 0, but must be at least 1"),
    ],
)
def test_wrong_values_are_named(values, rule):
    with pytest.raises(ValueError, match=rule):
        SyntheticCovers(**values)


def test_index_past_the_end():
    with pytest.raises(IndexError, match="index is 3, but there are 3"):
        SyntheticCovers(1, 16, count=3).image(3)


def test_noise_is_standardised():
    field = fractal_noise(np.random.default_rng(1), 64)
    assert field.mean() == pytest.approx(0, abs=1e-5)
    assert field.std() == pytest.approx(1, abs=1e-5)


def test_one_scene_takes_what_its_generator_gives():
    one, same = (dead_leaves(np.random.default_rng(2), 24) for _ in range(2))
    np.testing.assert_array_equal(one, same)

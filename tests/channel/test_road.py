"""Real roads: closed forms, and that TensorFlow is not needed to travel them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy import ndimage

from keystego_tf.channel.real import Road, roads
from keystego_tf.config.run import ChannelConfig

EVERYTHING = ChannelConfig(blur=0.8, shift=2.0, rotation=3.0, noise=1.5, dropout=0.1, jpeg=90)


def smooth(height: int = 40, width: int = 50, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(3)
    image = ndimage.gaussian_filter(rng.normal(size=(height, width, channels)), (3, 3, 0))
    return np.clip(np.rint(128 + 40 * image / image.std()), 0, 255).astype(np.uint8)


def travel(road: Road, image_u8: np.ndarray, seed: int = 1) -> np.ndarray:
    return road.travel(image_u8, np.random.default_rng(seed))


def only(**part: float) -> Road:
    (road,) = roads(ChannelConfig(**part))
    return road


def test_one_road_a_part_and_one_with_all() -> None:
    assert [road.name for road in roads(EVERYTHING)] == [
        "shift up to 2 px",
        "rotation up to 3 degrees",
        "blur sigma 0.8 px",
        "noise sigma 1.5 steps",
        "dropout 10% of pixels",
        "JPEG quality 90",
        "all together",
    ]
    assert roads(ChannelConfig()) == []
    assert [road.name for road in roads(ChannelConfig(jpeg=75))] == ["JPEG quality 75"]


@pytest.mark.parametrize("road", roads(EVERYTHING), ids=lambda road: road.name)
@pytest.mark.parametrize("channels", [1, 3])
def test_roads_keep_size_and_type_and_follow_the_seed(road: Road, channels: int) -> None:
    image = smooth(channels=channels)
    before = image.copy()
    arrived = travel(road, image)
    assert arrived.shape == image.shape and arrived.dtype == np.uint8
    assert np.any(arrived != image)
    np.testing.assert_array_equal(image, before, err_msg="the image sent is left alone")
    np.testing.assert_array_equal(arrived, travel(road, image))


def test_blur_is_gaussian() -> None:
    image = smooth()
    expected = ndimage.gaussian_filter(image.astype(float), (1.2, 1.2, 0), mode="nearest")
    # Pillow's filter is three box filters in a row, and whole numbers.
    difference = np.abs(travel(only(blur=1.2), image) - expected)
    assert difference.mean() < 0.6 and difference.max() < 4


def test_noise_has_the_configured_strength() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    change = travel(only(noise=3.0), grey).astype(float) - 128
    assert change.std() == pytest.approx(np.sqrt(9 + 1 / 12), rel=0.02)
    assert abs(change.mean()) < 0.05
    white = travel(only(noise=3.0), np.full((50, 50, 3), 255, np.uint8))
    assert white.min() > 200, "clipped, not wrapped around"


def test_dropout_loses_whole_pixels() -> None:
    lost = travel(only(dropout=0.2), np.full((200, 200, 3), 90, np.uint8)) == 0
    np.testing.assert_array_equal(lost.any(axis=-1), lost.all(axis=-1))
    assert lost.mean() == pytest.approx(0.2, abs=0.01)


def test_shift_moves_by_no_more_than_configured_and_repeats_the_edge() -> None:
    ramp = np.broadcast_to(50 + 4.0 * np.arange(40), (40, 40))[..., None].astype(np.uint8)
    shifts = []
    for seed in range(60):
        arrived = travel(only(shift=2.0), ramp, seed)[20, :, 0].astype(float)
        shifts.append((ramp[20, 20, 0] - arrived[20]) / 4)
        assert arrived.min() >= 50
    assert -2.2 <= min(shifts) < -1.5 and 1.5 < max(shifts) <= 2.2


def test_rotation_turns_both_ways_about_the_centre_without_black_corners() -> None:
    ramp = np.broadcast_to(50 + 4.0 * np.arange(41)[:, None], (41, 41))[..., None].astype(np.uint8)
    angles = []
    for seed in range(60):
        arrived = travel(only(rotation=5.0), ramp, seed)[..., 0].astype(float)
        assert arrived.min() >= 50
        assert arrived[20, 20] == pytest.approx(ramp[20, 20, 0], abs=1)
        angles.append(np.degrees(np.arcsin((arrived[20, 30] - arrived[20, 10]) / 20 / 4)))
    assert -6 <= min(angles) < -3.5 and 3.5 < max(angles) <= 6


def test_all_together_is_each_in_turn() -> None:
    *single, together = roads(EVERYTHING)
    rng, expected = np.random.default_rng(1), smooth()
    for road in single:
        expected = road.travel(expected, rng)
    np.testing.assert_array_equal(travel(together, smooth()), expected)


def test_images_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(8, 8, 4\), but must be"):
        travel(only(jpeg=90), np.zeros((8, 8, 4), np.uint8))


def test_travelling_loads_no_tensorflow() -> None:
    check = "import sys, keystego_tf.channel.real; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True)

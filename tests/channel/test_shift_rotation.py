"""Shift and rotation: both ways, up to the configured value, edges repeated."""

from __future__ import annotations

import numpy as np
import pytest
from channel_images import SEED, only, ramp, send

from keystego_tf.backend import tf
from keystego_tf.channel.distortions import distort


def test_differentiable() -> None:
    slope = 4 / 255
    ramps = tf.constant(np.stack([ramp(25)] * 200) / 255, tf.float32)
    moved = distort(ramps, only(shift=1.5), SEED)[:, 12, 12, 0]
    down = (ramps[0, 12, 12, 0] - moved).numpy() / slope
    assert -1.5 <= np.min(down) < -1.3 and 1.3 < np.max(down) <= 1.5

    turned = distort(ramps, only(rotation=5.0), SEED)[..., 0].numpy()
    across = turned[:, 12, 16] - turned[:, 12, 8]
    degrees = np.degrees(np.arcsin(across / 8 / slope))
    assert -5.001 <= np.min(degrees) < -4.5 and 4.5 < np.max(degrees) <= 5.001


def test_real_shift() -> None:
    shifts = []
    for seed in range(60):
        arrived = send(ramp(), seed, shift=2.0)[:, 20, 0].astype(float)
        shifts.append((ramp()[20, 20, 0] - arrived[20]) / 4)
        assert arrived.min() >= 50
    assert -2.2 <= min(shifts) < -1.5 and 1.5 < max(shifts) <= 2.2


def test_real_rotation() -> None:
    angles = []
    for seed in range(60):
        arrived = send(ramp(), seed, rotation=5.0)[..., 0].astype(float)
        assert arrived.min() >= 50
        assert arrived[20, 20] == pytest.approx(ramp()[20, 20, 0], abs=1)
        angles.append(np.degrees(np.arcsin((arrived[20, 30] - arrived[20, 10]) / 20 / 4)))
    assert -6 <= min(angles) < -3.5 and 3.5 < max(angles) <= 6

"""The image weight: where it starts, where it goes, and its bounds."""

from __future__ import annotations

import math

import pytest

from keystego_tf.backend import tf
from keystego_tf.config import LossConfig
from keystego_tf.training.controller import TIGHT, ImageWeight


def follow(weight: ImageWeight, loss: float, times: int) -> list[float]:
    values = []
    for _ in range(times):
        weight.follow(tf.constant(loss))
        values.append(float(weight.value()))
    return values


def test_it_follows_the_message_loss() -> None:
    """A closed form of its first steps, and its bounds."""
    config = LossConfig(initial_image_weight=0.1, image_weight=10.0, image_weight_ramp=0.5)
    steps = 40
    pace = math.log(100) / (0.5 * steps)
    weight, log, loss = ImageWeight(config, steps), math.log(0.1), math.log(2)
    tight, loose = math.log(config.message_goal), math.log(config.initial_message_goal)
    for taken in range(1, 4):
        weight.follow(tf.constant(0.0))
        loss *= 0.95
        goal = loose + min(taken / (TIGHT * steps), 1) * (tight - loose)
        pressure = min(1, max(-1, 2 * (goal - math.log(loss))))
        log = min(math.log(10), max(math.log(0.1), log + pace * pressure))
        assert float(weight.value()) == pytest.approx(math.exp(log), rel=1e-4)
    low = follow(weight, 0.0, 200)
    assert low == sorted(low) and low[-1] == pytest.approx(10)
    high = follow(weight, 1.0, 200)
    assert high == sorted(high, reverse=True) and high[-1] == pytest.approx(0.1)


def test_without_a_ramp_it_stays() -> None:
    weight = ImageWeight(LossConfig(image_weight=3.0, image_weight_ramp=0.0), 100)
    assert follow(weight, 5.0, 3) == pytest.approx([3.0] * 3)

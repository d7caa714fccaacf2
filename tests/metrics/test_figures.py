"""Figures of agents whose behaviour is known, and its intervals."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystego_tf.config import AgentsConfig
from keystego_tf.metrics import figures as module
from keystego_tf.metrics import statistics

CONFIG = AgentsConfig()


class Pad:
    """A perfect symmetric scheme: message times key in the top left quarter's lowest bits."""

    def mask(self, key: np.ndarray) -> np.ndarray:
        return key

    def alice(self, inputs: list, training: bool) -> np.ndarray:
        cover, message, key = inputs
        steps = np.round(cover * 255).astype(int)
        rows, columns = message.shape[1:3]
        bits = (message * key > 0).astype(int)
        steps[:, :rows, :columns, :1] = steps[:, :rows, :columns, :1] // 2 * 2 + bits
        return steps / 255

    def decode(self, stego: np.ndarray, key: np.ndarray, public_key: np.ndarray) -> np.ndarray:
        rows, columns = key.shape[1:3]
        bits = np.round(stego[:, :rows, :columns, :1] * 255).astype(int) % 2
        return ((2 * bits - 1) * key > 0).astype(float)


class Idle(Pad):
    """Leaves the cover as it is."""

    def alice(self, inputs: list, training: bool) -> np.ndarray:
        return inputs[0]


def tiles(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(count)]


def test_figures_of_a_perfect_scheme() -> None:
    figures, example = module.measure(Pad(), CONFIG, tiles(20))
    assert figures["right_key"].value == 1.0
    assert figures["inverted_key"].value == 0.0
    assert figures["one_bit_changed"].value == pytest.approx(63 / 64)
    assert figures["wrong_key"].low < 0.5 < figures["wrong_key"].high
    assert figures["images_without_error"].value == 1.0
    # Of 64 samples in 3,072, half change by one: the closed form of LSB replacement.
    assert figures["samples_changed"].value == pytest.approx(32 / 3072, rel=0.2)
    assert figures["mse"].value == pytest.approx(figures["samples_changed"].value)
    assert "public_key_alone" not in figures
    assert example["stego"].shape == (32, 32, 3)
    assert "100.0000 %" in module.table(figures)


def test_an_unchanged_cover_has_infinite_psnr_and_valid_json() -> None:
    figures, _ = module.measure(Idle(), CONFIG, tiles(3))
    assert math.isinf(figures["psnr"].value) and figures["samples_changed"].value == 0
    text = json.dumps(module.to_dict(figures), allow_nan=False)
    assert json.loads(text)["psnr"]["value"] is None
    assert "inf" in module.table(figures)


def test_no_covers_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one cover"):
        module.measure(Pad(), CONFIG, [])


def test_wilson_against_published_values() -> None:
    # Newcombe (1998), table I: 81 of 263 and 0 of 20, Wilson without continuity correction.
    for hits, trials, low, high in ((81, 263, 0.2553, 0.3662), (0, 20, 0.0, 0.1611)):
        estimate = statistics.share(hits, trials)
        assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_shares_lie_in_their_intervals(counts: tuple[int, int]) -> None:
    estimate = statistics.share(*counts)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_images_that_fail_as_a_whole_count_as_one_trial_each() -> None:
    correct = np.repeat(np.arange(40)[:, None] % 2 == 0, 1000, axis=1)
    clustered = statistics.bit_accuracy(correct)
    alone = statistics.share(20, 40)
    assert clustered.high - clustered.low == pytest.approx(alone.high - alone.low, rel=0.03)

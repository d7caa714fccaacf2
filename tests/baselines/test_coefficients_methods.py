"""Methods in JPEG coefficients: how much they change, where, and that a message is there."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from keystego_tf.baselines.coefficients import CoefficientMatching, JUniward, Syndrome
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.embedders.syndrome import code
from keystego_tf.embedders.syndrome.jpeg_costs import nonzero_ac
from keystego_tf.io.jpeg.transform import blocks, standard_tables, transformed


def cover(quality: int = 75) -> np.ndarray:
    plane = dead_leaves(np.random.default_rng(4), 64)[..., 0].astype(np.float32) - 128
    table = standard_tables(quality)[0]
    return np.rint(transformed(blocks(plane)) / table).astype(np.int16)


def test_syndromes_carry_the_message() -> None:
    given = cover()
    method = Syndrome(75, 0.3)
    stego = method.embed(given, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    message = rng.integers(0, 2, int(0.3 * nonzero_ac(given)), dtype=np.uint8)
    order = rng.permutation(given.size)
    np.testing.assert_array_equal(code.extract(stego.reshape(-1)[order], len(message)), message)
    assert np.abs(stego - given).max() == 1 and stego.dtype == np.int16


def test_matching_changes_half_of_as_many_coefficients_as_bits_and_makes_no_zeros() -> None:
    given = cover()
    stego = CoefficientMatching(75, 0.8).embed(given, np.random.default_rng(2))
    changed = stego != given
    assert not changed[given == 0].any() and not changed[..., 0, 0].any()
    assert nonzero_ac(stego) == nonzero_ac(given)
    assert 0.3 < changed.sum() / nonzero_ac(given) < 0.5


@pytest.mark.skipif(find_spec("conseal") is None, reason="conseal is not installed")
def test_juniward_costs_less_than_matching() -> None:
    given = cover()
    stego = JUniward(75, 0.4).embed(given, np.random.default_rng(3))
    assert 0 < np.count_nonzero(stego != given) < 0.2 * nonzero_ac(given)
    flat = np.zeros((2, 2, 8, 8), np.int16)
    np.testing.assert_array_equal(JUniward(75, 0.4).embed(flat, np.random.default_rng(3)), flat)


def test_rates_are_checked() -> None:
    with pytest.raises(ValueError, match=r"rate is 1.5, but must be in \(0, 1\]"):
        Syndrome(75, 1.5)

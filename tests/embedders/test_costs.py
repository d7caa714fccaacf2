"""Costs against slow references."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from keystego_tf.embedders.syndrome.costs import CLUSTERED, QUIET, directed, flat, hill


def photo(channels: int = 3) -> Any:
    rng = np.random.default_rng(0)
    noise = rng.normal(128, np.linspace(1, 40, 48)[:, None, None], (48, 40, channels))
    return np.clip(noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_hill_is_three_filters_one_after_the_other(channels: int) -> None:
    image = photo(channels)
    high_pass = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]])
    for channel in range(channels):
        # SciPy's "reflect" is NumPy's "symmetric"
        x = image[..., channel].astype(float)
        x = np.abs(ndimage.correlate(x, high_pass, mode="reflect"))
        x = 1 / (ndimage.uniform_filter(x, 3, mode="reflect") + QUIET)
        expected = ndimage.uniform_filter(x, 15, mode="reflect")
        np.testing.assert_allclose(hill(image)[..., channel], expected, rtol=1e-6)


def test_hill_ranks_samples_as_conseals_does() -> None:
    conseal = pytest.importorskip("conseal")
    image = np.clip(photo(1), 1, 254)  # theirs forbids steps beyond black and white
    theirs, _ = conseal.hill.compute_cost_adjusted(np.ascontiguousarray(image[..., 0]))
    ours = hill(image)[..., 0]
    inside = np.s_[12:-12, 12:-12]  # borders are padded in another way
    ranks = [np.argsort(np.argsort(each[inside].ravel())) for each in (ours, theirs)]
    assert np.corrcoef(*ranks)[0, 1] > 0.99


def test_costs_are_finite_where_nothing_happens() -> None:
    black = np.zeros((20, 20, 3), np.uint8)
    np.testing.assert_allclose(hill(black), 1 / QUIET)
    assert flat(black).min() == flat(black).max() == 1


def test_a_step_the_neighbours_way_is_cheaper() -> None:
    changes = np.zeros((5, 5, 1), np.int8)
    changes[2, 2] = 1
    changes[4, 4] = -1
    up, down = directed(np.ones((5, 5, 1)), changes)
    beside, other = (np.zeros((5, 5), bool) for _ in range(2))
    beside[[1, 3, 2, 2], [2, 2, 1, 3]] = True
    other[[3, 4], [4, 3]] = True
    np.testing.assert_allclose(up[..., 0], np.where(beside, 1 / CLUSTERED, 1))
    np.testing.assert_allclose(down[..., 0], np.where(other, 1 / CLUSTERED, 1))

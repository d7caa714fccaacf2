"""HILL against a slow reference and against conseal's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from keystego_tf.embedders.syndrome import search
from keystego_tf.embedders.syndrome.costs import LEAST_ACTIVITY, hill, of_samples
from keystego_tf.steganalysis.simple.samples import range_ends


def photo(channels: int = 3) -> Any:
    """Noise that grows downwards from nothing, so that a part is flat."""
    rng = np.random.default_rng(0)
    spread = np.maximum(np.linspace(-10, 40, 48), 0)[:, None, None]
    return np.clip(rng.normal(128, 1, (48, 40, channels)) * spread, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_hill_is_three_filters_one_after_the_other(channels: int) -> None:
    image = photo(channels)
    high_pass = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]])
    for channel in range(channels):
        # SciPy's "reflect" is NumPy's "symmetric"
        x = image[..., channel].astype(float)
        x = np.abs(ndimage.correlate(x, high_pass, mode="reflect")) / 4
        x = ndimage.correlate(x, np.full((3, 3), 1 / 9), mode="reflect")
        x = 1 / np.maximum(x, LEAST_ACTIVITY)
        expected = ndimage.correlate(x, np.full((15, 15), 1 / 225), mode="reflect")
        np.testing.assert_allclose(hill(image)[..., channel], expected, rtol=1e-5)


def test_hill_is_conseals_on_each_channel() -> None:
    conseal = pytest.importorskip("conseal")
    image = np.clip(photo(), 1, 254)  # theirs forbids steps beyond black and white
    ours = hill(image)
    for channel in range(3):
        theirs, _ = conseal.hill.compute_cost_adjusted(np.ascontiguousarray(image[..., channel]))
        np.testing.assert_allclose(ours[..., channel], theirs, rtol=1e-4)


def test_clipped_areas_do_not_fill_the_values_beside_them() -> None:
    """The share of 1 and 254 among the ends of the range stays near the cover's; with HILL alone it
    rises."""
    rng = np.random.default_rng(0)
    image = np.clip(rng.normal(245, 12, (96, 96, 1)), 0, 255).astype(np.uint8)
    bits = rng.integers(0, 2, image.size // 2, dtype=np.uint8)
    shares = [
        range_ends(
            search.embed(image.reshape(-1), cost(image).reshape(-1), bits, rng=rng).reshape(
                image.shape
            )
        )
        - range_ends(image)
        for cost in (of_samples, hill)
    ]
    assert abs(shares[0]) < 0.5 * shares[1], shares


def test_costs_are_finite_where_nothing_happens() -> None:
    np.testing.assert_allclose(hill(np.zeros((20, 20, 3), np.uint8)), 1 / LEAST_ACTIVITY, rtol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 5, 1), (8, 3, 3)])
def test_images_smaller_than_the_filters_have_costs(shape: tuple[int, int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    costs = hill(image)
    assert costs.shape == shape and np.isfinite(costs).all() and (costs > 0).all()

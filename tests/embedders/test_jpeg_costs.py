"""Costs of coefficients: against their definitions, and against conseal's where it is there."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from keystego_tf.data.synthetic import LUMA, dead_leaves
from keystego_tf.embedders.syndrome import jpeg_costs
from keystego_tf.io.jpeg import transform

TABLE = np.arange(4, 68).reshape(8, 8).astype(np.uint16)

#: Daubechies' filter with eight vanishing moments, made from its definition below.
TAPS = 16


def cover(rows: int = 5, columns: int = 7, seed: int = 3) -> np.ndarray:
    """A synthetic cover with a flat corner, quantised: int16 [rows, columns, 8, 8]."""
    image = dead_leaves(np.random.default_rng(seed), 160) @ LUMA - 128
    image[:24, :24] = 20
    blocks = image[: 8 * rows, : 8 * columns].reshape(rows, 8, columns, 8).transpose(0, 2, 1, 3)
    return np.rint(transform.DCT @ blocks @ transform.DCT.T / TABLE).astype(np.int16)


def daubechies() -> tuple[np.ndarray, np.ndarray]:
    """Low-pass and high-pass filter, by factoring Daubechies' polynomial (1992, section 6.1)."""
    half = TAPS // 2
    binomials = [1.0]
    for k in range(1, half):
        binomials.append(binomials[-1] * (half - 1 + k) / k)
    # y = (2 - z - 1 / z) / 4: the roots z inside the circle, from those in y
    roots = []
    for y in np.roots(binomials[::-1]):
        pair = np.roots([1, 4 * y - 2, 1])
        roots.append(pair[np.abs(pair).argmin()])
    low = np.real(np.poly([*roots, *[-1] * half]))
    low *= np.sqrt(2) / low.sum()
    return low, low[::-1] * (-1.0) ** np.arange(TAPS)


def wavelets(image: np.ndarray) -> list[np.ndarray]:
    """The three bands of an image, undecimated, its borders left out."""

    def along(values: np.ndarray, taps: np.ndarray, axis: int) -> np.ndarray:
        return np.apply_along_axis(np.convolve, axis, values, taps, "valid")

    low, high = daubechies()
    return [
        along(along(image, first, 0), second, 1)
        for first, second in ((low, high), (high, low), (high, high))
    ]


def test_juniward_is_the_relative_change_of_wavelet_coefficients() -> None:
    """By definition: change a coefficient, decode, compare the bands (their equation 5)."""
    coefficients = cover()
    image = transform.decoded(coefficients, TABLE).astype(np.float64)
    costs = jpeg_costs.juniward(coefficients, TABLE)
    before = wavelets(np.pad(image, 32, mode="symmetric"))
    for row, column, p, q in ((0, 0, 0, 0), (0, 1, 0, 1), (2, 3, 1, 0), (4, 6, 5, 2), (3, 0, 7, 7)):
        step = np.outer(transform.DCT[p], transform.DCT[q]) * TABLE[p, q]
        other = np.pad(image, 32, mode="symmetric")
        other[32 + 8 * row : 40 + 8 * row, 32 + 8 * column : 40 + 8 * column] += step
        wanted = sum(
            np.sum(np.abs(new - old) / (np.abs(old) + jpeg_costs.SIGMA))
            for new, old in zip(wavelets(other), before)
        )
        assert costs[row, column, p, q] == pytest.approx(wanted, rel=2e-3)


@pytest.mark.skipif(find_spec("conseal") is None, reason="conseal is not installed")
def test_conseal_has_the_same_costs() -> None:
    from conseal.juniward import _costmap as juniward

    coefficients = cover(18, 19)  # more than a tile
    image = transform.decoded(coefficients, TABLE).astype(np.float64)
    fixed = juniward.Implementation.JUNIWARD_FIX_OFF_BY_ONE
    wanted = juniward.compute_cost(image, TABLE.astype(float), implementation=fixed)
    np.testing.assert_allclose(jpeg_costs.juniward(coefficients, TABLE), wanted, rtol=2e-3)


def test_texture_is_cheaper_than_a_flat_area() -> None:
    coefficients = np.zeros((4, 8, 8, 8), np.int16)
    coefficients[:, 4:] = np.random.default_rng(0).integers(-2, 3, (4, 4, 8, 8))
    found = jpeg_costs.juniward(coefficients, TABLE)
    assert found.shape == coefficients.shape and found.dtype == np.float32
    assert found[:, 5:].max() < found[:, :3].min()


def test_pixels_are_those_of_a_decoder() -> None:
    import io

    from PIL import Image

    from keystego_tf.io import jpeg

    gray = (dead_leaves(np.random.default_rng(1), 64) @ LUMA).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(gray).save(file, "JPEG", quality=70)
    component = jpeg.read(file.getvalue()).components[0]
    found = transform.decoded(component.coefficients, component.table)
    decoded = np.asarray(Image.open(file)).astype(float)
    assert np.abs(found - decoded).max() <= 1  # libjpeg's integers
    assert np.mean(found != decoded) < 0.02


def test_nonzero_ac() -> None:
    coefficients = np.zeros((2, 1, 8, 8), np.int16)
    coefficients[0, 0, 0, 0], coefficients[0, 0, 3, 1], coefficients[1, 0, 7, 7] = 5, -1, 2
    assert jpeg_costs.nonzero_ac(coefficients) == 2

"""The embedder on coefficients: every bit back, few and cheap changes, within the range."""

from __future__ import annotations

import numpy as np
import pytest

from keystego_tf.data.synthetic import LUMA, dead_leaves
from keystego_tf.embedders.syndrome import jpeg_costs
from keystego_tf.embedders.syndrome.coefficients import BITS_PER_NONZERO, CoefficientEmbedder
from keystego_tf.io.jpeg.transform import blocks, standard_tables, transformed
from keystego_tf.payload.correction import EXACT
from keystego_tf.payload.layout import header_bits

TABLE = standard_tables(85)[0]
LOCATOR, ROOT, OPENING = bytes(range(32)), bytes(range(32, 64)), bytes(range(16))


def cover(side: int = 160) -> np.ndarray:
    image = (dead_leaves(np.random.default_rng(2), side) @ LUMA - 128).astype(np.float32)
    return np.rint(transformed(blocks(image)) / TABLE).astype(np.int16)


def bits(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 2, count).astype(np.uint8)


def embedded(image: np.ndarray, string: np.ndarray) -> np.ndarray:
    return CoefficientEmbedder(TABLE, seed=0).embed(image, OPENING, LOCATOR, ROOT, string)


@pytest.mark.parametrize("extra", [0, 400, 3000])
def test_every_bit_comes_back(extra: int) -> None:
    image, head = cover(), header_bits(EXACT)
    string = bits(head + extra)
    stego = embedded(image, string)
    reader = CoefficientEmbedder()
    (opening,) = reader.openings(stego, LOCATOR, len(OPENING))
    assert opening.content == OPENING
    header = reader.read(stego, opening, LOCATOR, ROOT, 0, head)
    body = reader.read(stego, opening, LOCATOR, ROOT, head, extra)
    np.testing.assert_array_equal(np.concatenate([header, body]), string)
    assert stego.dtype == np.int16 and np.abs(stego - image).max() == 1
    (other,) = reader.openings(stego, bytes(32), len(OPENING))
    assert other.content != OPENING


def test_changes_are_where_they_cost_little() -> None:
    image = cover()
    stego, cost = embedded(image, bits(3000)), jpeg_costs.juniward(image, TABLE)
    changed = cost[stego != image]
    assert changed.size < 3000 / 2.5
    assert np.median(changed) < np.quantile(cost, 0.05)


def test_nothing_leaves_the_range_that_has_codes() -> None:
    image = cover()
    image[..., 0, 0], image[..., 0, 1], image[..., 1, 0] = 1023, -1023, 1022
    stego = embedded(image, bits(2000))
    assert stego.min() == -1023 and stego.max() == 1023 and (stego != image).any()


def test_what_fits_follows_the_coefficients_that_are_not_zero() -> None:
    image = cover()
    most = CoefficientEmbedder().fits(image, 16)
    assert most == int(BITS_PER_NONZERO * jpeg_costs.nonzero_ac(image)) - 128
    assert most < CoefficientEmbedder().holds(image.shape, 16)
    assert CoefficientEmbedder().fits(np.zeros_like(image), 16) == -1
    assert CoefficientEmbedder().holds((7, 40, 8, 8), 16) == -1


def test_hiding_needs_the_table() -> None:
    with pytest.raises(ValueError, match="table is None"):
        CoefficientEmbedder().embed(cover(), OPENING, LOCATOR, ROOT, bits(300))

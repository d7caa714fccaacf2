"""Pictures: what is where, and how large."""

from __future__ import annotations

import numpy as np
import pytest

from keystego_tf.io.comparison import MARGIN, TITLE, comparison

HEIGHT, WIDTH = 12, 16


def panels(picture: np.ndarray, scale: int) -> list[np.ndarray]:
    """The three images without margins and titles, back at one pixel for a pixel."""
    width = WIDTH * scale
    lefts = [MARGIN + index * (width + MARGIN) for index in range(3)]
    bottom = TITLE + HEIGHT * scale
    return [picture[TITLE:bottom:scale, left : left + width : scale] for left in lefts]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [1, 3])
def test_cover_stego_and_magnified_difference(channels: int, scale: int) -> None:
    rng = np.random.default_rng(0)
    cover = rng.integers(1, 255, (HEIGHT, WIDTH, channels), dtype=np.uint8)
    change = rng.integers(-1, 2, cover.shape)
    stego = (cover + change).astype(np.uint8)
    picture = np.asarray(comparison(cover, stego, magnified=7, scale=scale))
    assert picture.shape == (
        HEIGHT * scale + TITLE + MARGIN,
        3 * WIDTH * scale + 4 * MARGIN,
        3,
    )
    for panel, expected in zip(panels(picture, scale), (cover, stego, 7 * np.abs(change))):
        np.testing.assert_array_equal(panel, np.broadcast_to(expected, panel.shape))
    assert (picture[:, :MARGIN] == 255).all() and (picture[-MARGIN:] == 255).all()
    assert (picture[:TITLE] < 255).any(), "the titles are written"


def test_large_differences_end_at_white() -> None:
    black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    difference = panels(np.asarray(comparison(black, black + 200, scale=1)), 1)[2]
    assert (difference == 255).all(), "not 200 * 50 modulo 256"

"""Check an attacker's tools with two methods whose detectability is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .method import Pixels, check_cover

#: Side of the watermark, pixels.
MARK = 32


@dataclass(frozen=True)
class Sham:
    """A method that changes nothing: an attacker who beats 50 % on it fools himself."""

    name: str = "sham"
    bits_per_pixel: float = 0.0

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """Return a copy of the cover."""
        check_cover(cover_u8)
        return cover_u8.copy()


@dataclass(frozen=True)
class Watermark:
    """A method that writes a mark in the corner: an attacker who misses it is blind."""

    name: str = "watermark"
    bits_per_pixel: float = 0.0

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """Put a gray square of MARK x MARK pixels at the top left, a chessboard of 127 and 128.

        Few photos have samples that alternate by one. A chessboard of black and white is easier to
        see and harder to learn: to features that clip differences it is one edge among others.
        """
        check_cover(cover_u8)
        side = min(MARK, *cover_u8.shape[:2])
        odd = np.indices((side, side)).sum(axis=0) % 2
        stego = cover_u8.copy()
        stego[:side, :side] = (127 + odd[..., np.newaxis]).astype(np.uint8)
        return stego

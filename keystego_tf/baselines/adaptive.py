"""Simulate adaptive methods with ``conseal``; they change samples where texture hides it best.

A simulator makes the changes that optimal coding would make for a random message of the given
length (ternary: -1, 0 or +1 a sample). It writes no message. In colour images the payload is split
evenly over the channels: each is embedded on its own at bits_per_pixel / 3, with its own costs.

Sources: Holub, Fridrich and Denemark, 2014 (S-UNIWARD); Holub and Fridrich, 2012 (WOW); Pevny,
Filler and Bas, 2010 (HUGO); Li, Wang, Huang and Li, 2014 (HILL).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..config.checked import require
from ..io.extras import extra_package
from .method import Pixels, check_cover

#: Our name for a method, and its module in conseal.
MODULES = {"s-uniward": "suniward", "wow": "wow", "hugo": "hugo", "hill": "hill"}


@dataclass(frozen=True)
class Adaptive:
    """Simulate one of ``MODULES``; ImportError at the first image if conseal is missing."""

    name: str
    bits_per_pixel: float

    def __post_init__(self) -> None:
        require(self.name in MODULES, "name", self.name, f"must be one of {', '.join(MODULES)}")

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """See ``Method.embed``."""
        check_cover(cover_u8, self.bits_per_pixel)
        simulate = getattr(extra_package("conseal"), MODULES[self.name])
        channels = cover_u8.shape[-1]
        planes = [
            # conseal's backend stays as it is: only HILL could use its Rust one from here,
            # and would make the same changes no faster.
            simulate.simulate_single_channel(
                np.ascontiguousarray(cover_u8[..., channel]),
                self.bits_per_pixel / channels,
                seed=int(rng.integers(2**32)),
            )
            for channel in range(channels)
        ]
        return np.stack(planes, axis=-1).astype(np.uint8)

"""LSB replacement and LSB matching: hide a random message in the lowest bits of random samples.

Message bits are spread evenly over the channels; the first channels take the remainder. A sample
carries one message bit, without coding. Every other bit is right already, so half of them change a
sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .method import Pixels, check_cover


@dataclass(frozen=True)
class LsbReplacement:
    """Overwrite the lowest bit by the message bit: 2k and 2k + 1 turn into each other."""

    bits_per_pixel: float
    name: str = "lsb-replacement"

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """See ``Method.embed``."""
        places, bits = _message(cover_u8, self.bits_per_pixel, rng)
        samples = cover_u8.reshape(-1).copy()
        samples[places] = (samples[places] & 0xFE) | bits
        return samples.reshape(cover_u8.shape)


@dataclass(frozen=True)
class LsbMatching:
    """Add or subtract 1, by the toss of a coin, where the lowest bit is not the message bit."""

    bits_per_pixel: float
    name: str = "lsb-matching"

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """See ``Method.embed``. Black and white can change in one way only; no coin is tossed."""
        places, bits = _message(cover_u8, self.bits_per_pixel, rng)
        samples = cover_u8.reshape(-1).astype(np.int16)
        chosen = samples[places]
        step = rng.choice(np.array([-1, 1], np.int16), chosen.size)
        step[chosen == 0] = 1
        step[chosen == 255] = -1
        samples[places] = chosen + step * ((chosen & 1) != bits)
        return samples.astype(np.uint8).reshape(cover_u8.shape)


def _message(
    cover_u8: Pixels, bits_per_pixel: float, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Draw the places of the message in the flat samples, and its bits."""
    check_cover(cover_u8, bits_per_pixel)
    height, width, channels = cover_u8.shape
    count = round(bits_per_pixel * height * width)
    places = []
    for channel in range(channels):
        own = count // channels + (channel < count % channels)
        pixels = rng.permutation(height * width)[:own]
        places.append(pixels * channels + channel)
    return np.concatenate(places), rng.integers(0, 2, count, dtype=np.uint8)

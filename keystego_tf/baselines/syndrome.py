"""Offer ``hide``'s default code as a method: syndrome-trellis coding under HILL costs.

A random message is spread over a random order of all samples. The header and opening that ``hide``
adds are left out, so that the payload equals that of the other methods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..embedders.syndrome import code, costs, search
from .method import Pixels, check_cover


@dataclass(frozen=True)
class Syndrome:
    """Syndrome coding under HILL costs; takes up to about half a bit a sample."""

    bits_per_pixel: float
    name: str = "syndrome"

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """See ``Method.embed``."""
        check_cover(cover_u8, self.bits_per_pixel)
        numbers, bits = self._drawn(cover_u8, rng)
        samples, cost = cover_u8.reshape(-1).copy(), costs.of_samples(cover_u8).reshape(-1)
        samples[numbers] = search.embed(samples[numbers], cost[numbers], bits, rng=rng)
        return samples.reshape(cover_u8.shape)

    def bits_read(self, stego_u8: Pixels, rng: np.random.Generator) -> float:
        """See ``Readable.bits_read``."""
        numbers, bits = self._drawn(stego_u8, rng)
        read = code.extract(stego_u8.reshape(-1)[numbers], len(bits))
        return float(np.mean(read == bits))

    def _drawn(
        self, image_u8: Pixels, rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Draw the samples used and the message, before all else, so that they can be redrawn."""
        count = round(self.bits_per_pixel * image_u8.shape[0] * image_u8.shape[1])
        numbers = rng.permutation(image_u8.size)[: code.SAMPLES_PER_BIT * count]
        return numbers, rng.integers(0, 2, count, dtype=np.uint8)

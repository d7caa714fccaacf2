"""The real channel: what happens to 8-bit images, with Pillow and NumPy and without TensorFlow.

A model that was trained with the differentiable forms must show what it can on these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .disturbance import Disturbance, ImageU8
from .registry import strengths


@dataclass(frozen=True)
class RealChannel:
    """One way from Alice to Bob: disturbances, one after the other, at their full strength."""

    name: str
    parts: tuple[tuple[Disturbance, float], ...]

    def send(self, image_u8: ImageU8, rng: np.random.Generator) -> ImageU8:
        """What arrives, of the same shape.

        image_u8: uint8 [height, width, 1 or 3]; rng: draws what is random on the way. ValueError
        for another shape.
        """
        for disturbance, strength in self.parts:
            image_u8 = disturbance.real(image_u8, strength, rng)
        return image_u8


def real_channels(config: Any) -> list[RealChannel]:
    """One channel for each disturbance of a ChannelConfig, and one with all if there are several.

    Each has the configured strength, not one drawn up to it: the worst that training knew.
    """
    parts = strengths(config)
    single = [RealChannel(part.label.format(value), ((part, value),)) for part, value in parts]
    return single if len(single) < 2 else [*single, RealChannel("all together", tuple(parts))]

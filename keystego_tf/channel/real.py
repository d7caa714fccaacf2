"""The real channel on 8-bit images, with Pillow and NumPy and without TensorFlow.

Models that were trained with the differentiable forms are judged on these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .disturbance import Disturbance, ImageU8
from .registry import strengths


@dataclass(frozen=True)
class RealChannel:
    """A path from Alice to Bob: disturbances, one after the other, at their full strength."""

    name: str
    parts: tuple[tuple[Disturbance, float], ...]

    def send(self, image_u8: ImageU8, rng: np.random.Generator) -> ImageU8:
        """Disturb an image, keeping its shape.

        ``image_u8`` is uint8 [height, width, 1 or 3]; ``rng`` draws what is random. Raises
        ValueError for another shape.
        """
        for disturbance, strength in self.parts:
            image_u8 = disturbance.real(image_u8, strength, rng)
        return image_u8


def real_channels(config: Any) -> list[RealChannel]:
    """Make a channel for each disturbance of a ChannelConfig, and one with all if several are set.

    Each has the configured strength, the worst of training, instead of one drawn up to it.
    """
    parts = strengths(config)
    single = [RealChannel(part.label.format(value), ((part, value),)) for part, value in parts]
    return single if len(single) < 2 else [*single, RealChannel("all together", tuple(parts))]

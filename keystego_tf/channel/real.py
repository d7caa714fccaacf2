"""The real channel on 8-bit images, with Pillow and NumPy and without TensorFlow.

Models that were trained with the differentiable forms are judged on these.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

import numpy as np

from .disturbance import Disturbance, ImageU8
from .registry import strengths

#: Disturbs an image, uint8 [height, width, 1 or 3], and keeps its shape; the generator draws what
#: is random. Raises ValueError for another shape.
RealChannel = Callable[[ImageU8, np.random.Generator], ImageU8]


def real_channels(config: Any) -> dict[str, RealChannel]:
    """Make a channel for each disturbance of a ChannelConfig, and one with all if several are set.

    Each has the configured strength, the worst of training, instead of one drawn up to it. The last
    one disturbs most.
    """
    parts = strengths(config)
    named = {part.label.format(value): [(part, value)] for part, value in parts}
    if len(parts) > 1:
        named["all together"] = parts
    return {name: partial(_send, own) for name, own in named.items()}


def _send(
    parts: list[tuple[Disturbance, float]], image_u8: ImageU8, rng: np.random.Generator
) -> ImageU8:
    for disturbance, strength in parts:
        image_u8 = disturbance.real(image_u8, strength, rng)
    return image_u8

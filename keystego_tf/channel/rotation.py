"""Rotation: an image straightened by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .disturbance import Disturbance, ImageU8, draw, with_margin

if TYPE_CHECKING:
    import numpy as np


def differentiable(images: Any, most: float, seed: Any) -> Any:
    """Rotate each image about its centre by up to ``most`` degrees in either direction."""
    from ..backend import rotate, tf

    most = math.radians(most)
    return rotate(images, draw(seed, [tf.shape(images)[0]], -most, most))


def real(image_u8: ImageU8, most: float, rng: np.random.Generator) -> ImageU8:
    """Rotate an image about its centre by up to ``most`` degrees, bilinear, with repeated edges."""
    from PIL import Image

    angle = rng.uniform(-most, most)
    # A rotation moves a corner by no more than half the diagonal times the angle.
    reach = math.hypot(*image_u8.shape[:2]) / 2 * math.radians(most)
    return with_margin(
        image_u8,
        math.ceil(reach) + 1,
        lambda padded: padded.rotate(angle, Image.Resampling.BILINEAR),
    )


DISTURBANCE = Disturbance(
    name="rotation",
    help="Rotate by up to so many degrees each way",
    label="rotation up to {:g} degrees",
    most=45,
    order=20,
    differentiable=differentiable,
    real=real,
)

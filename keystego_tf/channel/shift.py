"""Shift: an image cropped a little differently."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .disturbance import Disturbance, ImageU8, draw, with_margin

if TYPE_CHECKING:
    import numpy as np


def differentiable(images: Any, most: float, seed: Any) -> Any:
    """Move each image by up to ``most`` pixels in either direction, on both axes."""
    from ..backend import tf, translate

    return translate(images, draw(seed, [tf.shape(images)[0], 2], -most, most))


def real(image_u8: ImageU8, most: float, rng: np.random.Generator) -> ImageU8:
    """Move an image by up to ``most`` pixels in either direction, bilinear, with repeated edges."""
    from PIL import Image

    right, down = rng.uniform(-most, most, 2)

    def move(padded: Image.Image) -> Image.Image:
        matrix = (1, 0, -right, 0, 1, -down)  # an output pixel's place in the input
        return padded.transform(
            padded.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
        )

    return with_margin(image_u8, math.ceil(most) + 1, move)


DISTURBANCE = Disturbance(
    name="shift",
    help="Shift by up to so many pixels each way",
    label="shift up to {:g} px",
    most=32,
    order=10,
    differentiable=differentiable,
    real=real,
)

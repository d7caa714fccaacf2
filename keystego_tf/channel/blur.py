"""Gaussian blur."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..io.pillow import from_pillow, to_pillow
from .disturbance import Disturbance, ImageU8, draw_per_image

if TYPE_CHECKING:
    import numpy as np

#: Number of blurred copies, besides the image itself, that an image's own blur is mixed from.
COPIES = 4


def differentiable(images: Any, most: float, seed: Any) -> Any:
    """Blur each image with a standard deviation of up to ``most`` pixels.

    A filter has one constant width for all images. So each image is mixed from the two nearest of
    COPIES + 1 fixed widths, with weights that give the mixed kernel the drawn variance.
    """
    from ..backend import blur, tf

    variance = tf.square(draw_per_image(images, seed, most))
    blurred, below = images, 0.0
    for number in range(1, COPIES + 1):
        sigma = most * number / COPIES
        weight = tf.clip_by_value((variance - below) / (sigma**2 - below), 0.0, 1.0)
        blurred += weight * (blur(images, sigma) - blurred)
        below = sigma**2
    return blurred


def real(image_u8: ImageU8, sigma: float, rng: np.random.Generator) -> ImageU8:
    """Blur an image with a standard deviation of ``sigma`` pixels."""
    from PIL import ImageFilter

    return from_pillow(to_pillow(image_u8).filter(ImageFilter.GaussianBlur(sigma)))


DISTURBANCE = Disturbance(
    name="blur",
    help="Gaussian blur, standard deviation in pixels",
    label="blur sigma {:g} px",
    most=10,
    order=30,
    differentiable=differentiable,
    real=real,
)

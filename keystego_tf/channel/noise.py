"""Gaussian noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .disturbance import Disturbance, ImageU8, draw_per_image

if TYPE_CHECKING:
    import numpy as np


def differentiable(images: Any, most: float, seed: Any) -> Any:
    """Add noise with a standard deviation of up to ``most`` 8-bit steps, constant over an image."""
    from ..backend import tf

    strength, noise = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    sigma = draw_per_image(images, strength, most / 255.0)
    return images + sigma * tf.random.stateless_normal(tf.shape(images), noise)


def real(image_u8: ImageU8, sigma: float, rng: np.random.Generator) -> ImageU8:
    """Add noise with a standard deviation of ``sigma`` 8-bit steps, then round and clip."""
    import numpy as np

    noisy = np.rint(image_u8 + rng.normal(0, sigma, image_u8.shape))
    return np.clip(noisy, 0, 255).astype(np.uint8)


DISTURBANCE = Disturbance(
    name="noise",
    help="Gaussian noise, standard deviation in 8-bit steps",
    label="noise sigma {:g} steps",
    most=64,
    order=40,
    differentiable=differentiable,
    real=real,
)

"""Dropout: lost pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .disturbance import Disturbance, ImageU8, draw, draw_per_image

if TYPE_CHECKING:
    import numpy as np


def differentiable(images: Any, most: float, seed: Any) -> Any:
    """Make up to a share of ``most`` of each image's pixels black in all channels."""
    from ..backend import tf

    strength, lots = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    share = draw_per_image(images, strength, most)
    lot = draw(lots, [*tf.unstack(tf.shape(images)[:3]), 1], 0.0, 1.0)
    return images * tf.cast(lot >= share, images.dtype)


def real(image_u8: ImageU8, share: float, rng: np.random.Generator) -> ImageU8:
    """Make a share of the pixels black in all channels."""
    import numpy as np

    kept = rng.random(image_u8.shape[:2]) >= share
    return image_u8 * kept[..., None].astype(np.uint8)


DISTURBANCE = Disturbance(
    name="dropout",
    help="Share of pixels lost (set to black)",
    label="dropout {:.0%} of pixels",
    most=0.99,
    order=50,
    differentiable=differentiable,
    real=real,
)

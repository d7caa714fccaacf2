"""JPEG at a quality. Loads the codec (``jpeg_codec``) when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..io.pillow import decoded, saved, to_pillow
from .disturbance import Disturbance, ImageU8, draw

if TYPE_CHECKING:
    import numpy as np


def differentiable(images: Any, worst: float, seed: Any) -> Any:
    """Apply JPEG at a quality between ``worst`` and 100 to 8-bit samples, as encoders take them."""
    from ..backend import tf
    from .distortions import round_to_8_bits
    from .jpeg_codec import jpeg

    return jpeg(round_to_8_bits(images), draw(seed, [tf.shape(images)[0]], worst, 100.0))


def real(image_u8: ImageU8, quality: int, rng: np.random.Generator) -> ImageU8:
    """Save an image as JPEG at ``quality`` and read it again."""
    return decoded(saved(to_pillow(image_u8), "JPEG", quality=quality))


DISTURBANCE = Disturbance(
    name="jpeg",
    help="JPEG at this quality",
    label="JPEG quality {}",
    most=100,
    order=60,
    kind=int,
    differentiable=differentiable,
    real=real,
)

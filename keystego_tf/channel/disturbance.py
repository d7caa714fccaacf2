"""Define a disturbance, and the helpers that its two forms share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from ..io.pillow import from_pillow, to_pillow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    #: uint8 [height, width, channels], 1 (grayscale) or 3 (RGB) channels.
    ImageU8 = NDArray[np.uint8]
else:
    ImageU8 = Any  # the command line lists disturbances without loading NumPy


@dataclass(frozen=True)
class Disturbance:
    """One thing that may happen to an image. Its strength is a number, and 0 switches it off.

    ``name``: field of ChannelConfig and option of the command line; ``help``: the option's text
    without the range; ``label``: row of a table, formatted with the strength; ``most``: largest
    strength; ``kind``: type of the strength; ``order``: disturbances happen in rising order.

    ``differentiable(images, strength, seed)`` takes and returns images,
    [batch, height, width, channels] float32 in [0, 1]. Each image is disturbed by its own share of
    ``strength``, drawn from ``seed``, [2] int32. Values may leave [0, 1]. The call loads
    TensorFlow.

    ``real(image_u8, strength, rng)`` disturbs one image by the whole strength. If the disturbance
    has a direction, it draws an amount up to the strength in either direction. It returns uint8, or
    unrounded float32 of the same range. Neither form changes its argument.
    """

    name: str
    help: str
    label: str
    most: float
    order: int
    differentiable: Callable[[Any, float, Any], Any]
    real: Callable[[ImageU8, Any, np.random.Generator], NDArray[Any]]
    kind: type[int | float] = float


def with_margin(
    image_u8: ImageU8, margin: int, edit: Callable[[Image.Image], Image.Image]
) -> ImageU8:
    """Edit an image with its edges repeated outwards: Pillow fills the outside with black."""
    import numpy as np

    padded = np.pad(image_u8, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    edited = from_pillow(edit(to_pillow(padded)))
    return edited[margin:-margin, margin:-margin]


def draw(seed: Any, shape: Any, low: float, high: float) -> Any:
    """Draw a tensor, uniform float32 in [low, high), that depends only on ``seed``."""
    from ..backend import tf

    return tf.random.stateless_uniform(shape, seed, low, high)


def draw_per_image(images: Any, seed: Any, most: float) -> Any:
    """Draw one number in [0, most) per image, [batch, 1, 1, 1], to multiply images with."""
    from ..backend import tf

    return draw(seed, [tf.shape(images)[0], 1, 1, 1], 0.0, most)

"""Between arrays, Pillow's images and the bytes of files; loads both libraries when it is used."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image


def to_pillow(image_u8: NDArray[np.uint8]) -> Image.Image:
    """Convert [H, W, 1 or 3] to a grayscale or RGB image; ValueError for any other shape."""
    from PIL import Image

    if image_u8.ndim != 3 or image_u8.shape[-1] not in (1, 3):
        raise ValueError(f"image has shape {image_u8.shape}, but must be [height, width, 1 or 3]")
    return Image.fromarray(image_u8[..., 0] if image_u8.shape[-1] == 1 else image_u8)


def from_pillow(image: Image.Image) -> NDArray[np.uint8]:
    """Convert a grayscale or RGB image to uint8 [H, W, 1 or 3]."""
    import numpy as np

    samples = np.asarray(image, np.uint8)
    return samples[..., None] if samples.ndim == 2 else samples


def decoded(content: bytes) -> NDArray[np.uint8]:
    """Read a grayscale or RGB file of our own as uint8 [H, W, 1 or 3]."""
    from PIL import Image

    return from_pillow(Image.open(BytesIO(content)))


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    """Write a file with Pillow, whose ``format`` and ``options`` these are."""
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()

"""Cut an image into the single channels that estimators and features look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: [H, W, C] uint8, C = 1 or 3.
Pixels = NDArray[np.uint8]

#: [H, W] uint8, C-contiguous.
Plane = NDArray[np.uint8]


def planes(image_u8: Pixels) -> list[Plane]:
    """Return the channels of an image; ValueError unless uint8 [H, W, 1 or 3] with sides from 4."""
    shape = image_u8.shape
    fits = image_u8.ndim == 3 and shape[-1] in (1, 3) and min(shape[:2]) >= 4
    if not fits or image_u8.dtype != np.uint8:
        raise ValueError(
            f"image is {image_u8.dtype} {shape}, but must be uint8 [H, W, 1 or 3], H and W from 4"
        )
    return [np.ascontiguousarray(image_u8[..., channel]) for channel in range(shape[-1])]

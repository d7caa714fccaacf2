"""Decode the samples that a JPEG file's coefficients stand for, without rounding or clipping.

A viewer clips samples to 0 to 255, which changes all coefficients of a block. Bits that lie in
coefficients are read from these samples instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .changed import YCBCR
from .file import Component, JpegFile
from .transform import spatial

#: Weights of Y, Cb and Cr in R, G and B (rows; JFIF 1.02), without the offset of Cb and Cr.
RGB = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]], np.float32)

Floats = NDArray[np.float32]


def unclipped(file: JpegFile, channels: int | None = None) -> Floats:
    """Decode samples in 8-bit steps, slightly beyond 0 to 255 where a viewer would clip them.

    Args:
        file: what to decode.
        channels: 1 for luma, 3 for R, G and B, or None for as many as the file has.

    Returns:
        float32 [H, W, C]. Halved chroma is enlarged bilinearly.
    """
    own = len(file.components)
    channels = channels or own
    if own == 1 or (channels == 1 and not file.rgb):
        luma = _plane(file.components[0], file)[..., None]
        return np.repeat(luma, channels, axis=-1)
    planes = np.stack([_plane(each, file) for each in file.components], axis=-1)
    if not file.rgb:
        planes[..., 1:] -= 128
        planes = planes @ RGB.T
    return planes if channels == 3 else planes @ YCBCR[0][:, None]


def _plane(component: Component, file: JpegFile) -> Floats:
    plane = spatial(component.coefficients, component.table)
    most = file.frame.most
    down, across = most[0] // component.vertical, most[1] // component.horizontal
    if (down, across) != (1, 1):
        size = (plane.shape[1] * across, plane.shape[0] * down)
        plane = np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR))
    return plane[: file.height, : file.width]

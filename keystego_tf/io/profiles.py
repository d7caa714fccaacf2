"""Convert colours of an embedded ICC profile to sRGB, for files written without their profile."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

#: A profile that changes no colour by more than this many 8-bit steps counts as sRGB.
SAME = 2


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert an image to sRGB, by the profile's perceptual intent.

    ``image``: mode L or RGB; ``profile``: an ICC profile. Returns the same mode, or the image
    itself if the profile is damaged, belongs to another mode, or is sRGB.
    """
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            image.mode,
            "RGB",
        )
        if _is_srgb(transform, image.mode):
            return image
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    if converted is None:
        return image
    # gray stays gray: rounding could make the three channels differ by a step
    return converted.getchannel("G") if image.mode == "L" else converted


def _is_srgb(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 1, 3)
    samples = np.ascontiguousarray(colours[..., 0] if mode == "L" else colours)
    converted = np.asarray(ImageCms.applyTransform(Image.fromarray(samples), transform), int)
    expected = colours[..., :1] if mode == "L" else colours
    return bool(np.abs(converted - expected).max() <= SAME)

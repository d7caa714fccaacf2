"""Colour management: from an embedded ICC profile to sRGB."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

#: A profile that moves no colour by more than so many 8-bit steps is sRGB under another name.
SAME = 2


def to_srgb(colours: Image.Image, profile: bytes) -> Image.Image:
    """The colours of an image in sRGB, by the profile's perceptual intent.

    colours: mode L, RGB or CMYK; profile: an ICC profile. Returns mode L for L, else RGB; or the
    image itself where the profile is damaged, belongs to another mode or is sRGB.
    """
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            colours.mode,
            "RGB",
        )
        if colours.mode != "CMYK" and _is_srgb(transform, colours.mode):
            return colours
        converted = ImageCms.applyTransform(colours, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return colours
    if converted is None:
        return colours
    # gray stays gray: rounding could part the three channels by a step
    return converted.getchannel("G") if colours.mode == "L" else converted


def _is_srgb(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Tried on every gray (L), or on 17 steps of each channel with every other (RGB).

    To convert such an image would only spread rounding errors over it; names tell little.
    """
    if mode == "L":
        probe = np.arange(256, dtype=np.uint8)[None]  # [1, 256]
        wanted = np.repeat(probe[..., None], 3, axis=-1)  # [1, 256, 3]
    else:
        steps = np.linspace(0, 255, 17).round().astype(np.uint8)
        cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1)  # [17, 17, 17, 3]
        probe = wanted = cube.reshape(17, -1, 3)
    found = np.array(ImageCms.applyTransform(Image.fromarray(probe), transform))
    return bool(np.abs(found.astype(np.int16) - wanted).max() <= SAME)

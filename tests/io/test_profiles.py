"""To sRGB: colours that a profile gives another meaning change, others do not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from keystego_tf.io.profiles import to_srgb

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def linear_gamma(profile: bytes) -> bytes:
    """sRGB with the curves of all channels replaced by gamma 1: ``para`` of type 0."""
    content = bytearray(profile)
    at = content.find(b"para")
    assert at > 0
    while at > 0:
        content[at + 8 : at + 10] = b"\0\0"
        content[at + 12 : at + 16] = (1 << 16).to_bytes(4, "big")
        at = content.find(b"para", at + 4)
    return bytes(content)


def gradient(mode: str) -> Image.Image:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
    return Image.fromarray(ramp if mode == "L" else np.dstack([ramp, ramp[:, ::-1], ramp]))


def test_another_gamma_is_converted() -> None:
    image = gradient("RGB")
    found = np.asarray(to_srgb(image, linear_gamma(SRGB)), int)
    # linear light at half is 188 in sRGB
    assert found.shape == (8, 256, 3) and abs(found[0, 128, 0] - 188) <= 1


@pytest.mark.parametrize("mode, profile", [("RGB", SRGB), ("L", SRGB), ("RGB", b"damaged")])
def test_what_needs_no_conversion_is_the_same_image(mode: str, profile: bytes) -> None:
    image = gradient(mode)
    assert to_srgb(image, profile) is image

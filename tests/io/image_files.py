"""Small images and files of them, for the tests."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from keystego_tf.io.images import Picture

HEIGHT, WIDTH = 10, 14


def samples(channels: int, seed: int = 0) -> np.ndarray:
    """uint8 [HEIGHT, WIDTH, channels]."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (HEIGHT, WIDTH, channels), dtype=np.uint8)


def smooth(mode: str) -> Image.Image:
    ramp = Image.fromarray(samples(3)[:2, :2]).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return ramp.convert(mode)


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, colour: int, data: bytes, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body


RGB = Image.fromarray(samples(3))
RGBA = Image.fromarray(samples(4))
GRAY = Image.fromarray(samples(1)[..., 0])


#: Every format once, small; all hold RGB or its like.
FILES = {
    "png": saved(RGB, "PNG"),
    "jpeg": saved(smooth("RGB"), "JPEG"),
    "webp": saved(RGB, "WEBP", lossless=True),
    "lossy-webp": saved(smooth("RGB"), "WEBP"),
    "tiff": saved(RGB, "TIFF"),
    "lzw-tiff": saved(RGB, "TIFF", compression="tiff_lzw"),
    "bmp": saved(RGB, "BMP"),
    "gif": saved(smooth("RGB").quantize(16), "GIF"),
    "ppm": saved(RGB, "PPM"),
}


def stack(picture: Picture) -> np.ndarray:
    if picture.alpha_u8 is None:
        return picture.rgb_u8
    return np.dstack([picture.rgb_u8, picture.alpha_u8])


#: A real ICC profile.
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

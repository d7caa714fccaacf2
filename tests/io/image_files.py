"""Small images and files of them, and ICC profiles, for the tests."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

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


#: CIE XYZ of the primaries under D50 (columns of the usual RGB matrices), and of D50 itself.
WIDE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
D50 = (0.9642, 1.0, 0.8249)

CMYK_CORNERS = 16


def xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256)) + b"\0\0"


def text(kind: bytes, value: bytes) -> bytes:
    if kind == b"text":
        return b"text\0\0\0\0" + value + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(value) + 1) + value + bytes(1 + 78)


def icc(space: bytes, tags: dict[bytes, bytes], connection: bytes = b"XYZ ") -> bytes:
    """An ICC profile of version 2.1."""
    tags = {b"desc": text(b"desc", b"x"), b"cprt": text(b"text", b"x"), b"wtpt": xyz(D50), **tags}
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
        body += data
    size = struct.pack(">I", 128 + len(table) + len(body))
    device = b"prtr" if space == b"CMYK" else b"mntr"
    head = size + bytes(4) + b"\x02\x10\0\0" + device + space + connection + bytes(12) + b"acsp"
    head += bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


def primaries(values: tuple[tuple[float, ...], ...]) -> dict[bytes, bytes]:
    return dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(xyz, values)))


def rgb_profile(values: tuple[tuple[float, ...], ...], power: float) -> bytes:
    curves = {name: gamma(power) for name in (b"rTRC", b"gTRC", b"bTRC")}
    return icc(b"RGB ", {**primaries(values), **curves})


def cmyk_profile() -> bytes:
    """Lightness falls with the ink, whichever it is, and there is no colour: a table in Lab."""
    ramp = bytes(range(256))
    corners = [255 - 255 * bin(corner).count("1") // 4 for corner in range(CMYK_CORNERS)]
    table = b"".join(bytes([lightness, 128, 128]) for lightness in corners)
    identity = struct.pack(">9i", *(65536 * value for value in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + 4 * ramp + table + 3 * ramp
    return icc(b"CMYK", {b"A2B0": lut}, b"Lab ")

"""Pillow's decoders: which ones may read a file, and how their errors are reported."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError, features

from .extras import MissingExtra, extra_package, how_to_install

#: Largest number of pixels, width times height.
MAX_PIXELS = 100_000_000

#: Pillow has dozens more that are seldom used.
DECODERS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")


def decoders_for(start: bytes) -> tuple[str, ...]:
    """Choose the decoders by a file's start; MissingExtra if HEIC or AVIF need the extra heif."""
    if start[4:8] != b"ftyp":
        return DECODERS
    if start[8:11] == b"avi":
        if not features.check("avif"):
            raise MissingExtra(f"AVIF needs Pillow 11.3 or later: {how_to_install('heif')}")
        return ("AVIF",)
    extra_package("pi_heif", "heif").register_heif_opener()
    return ("HEIF",)


def lossy_kind(content: bytes) -> str | None:
    """Name the lossy kind of a file, other than JPEG: HEIC, AVIF or WebP."""
    if content[4:8] == b"ftyp":
        return "AVIF" if content[8:11] == b"avi" else "HEIC"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WebP" if _first_of(content, (b"VP8 ", b"VP8L")) == b"VP8 " else None
    return None


def _first_of(content: bytes, names: tuple[bytes, ...]) -> bytes | None:
    """Return which of these chunks a WebP file has first; a profile or alpha may precede it."""
    at = 12
    while at + 8 <= len(content):
        name, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        if name in names:
            return name
        at += 8 + length + length % 2
    return None


@contextmanager
def decoding(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a ValueError, and silence its warnings.

    On damaged files decoders raise nearly anything, including AssertionError and KeyError.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError:
        rule = "convert others to PNG first"
        known = f"{', '.join(DECODERS)}, HEIC, AVIF (or its start is damaged): {rule}"
        raise ValueError(f"{name} is not an image in one of {known}") from None
    except Image.DecompressionBombError as error:
        raise ValueError(f"{name} must have 1 to {MAX_PIXELS} pixels: {error}") from error
    except MissingExtra:
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise ValueError(f"{name} is damaged and cannot be decoded: {reason}") from error

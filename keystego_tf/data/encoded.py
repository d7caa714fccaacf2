"""Keep covers encoded until they are needed, from folders and data sets alike."""

from __future__ import annotations

import hashlib
import os
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ..io.images import is_deep

if TYPE_CHECKING:
    from .covers import Covers

#: uint8 [height, width, channels].
Pixels = NDArray[np.uint8]

#: Decoded covers are cached in memory up to this many bytes.
CACHE_BYTES = 2**30

#: Number of bytes that a digest reads at a file's start, middle and end.
DIGEST_BLOCK = 4096


class SkippedFile(UserWarning):
    """A file among the covers cannot be used; the message names it and says why."""


class UnusableCover(ValueError):
    """An image of some covers cannot be used; the message names it and says why."""


def usable_images(
    covers: Covers, order: Iterable[int] | None = None
) -> Iterator[tuple[int, Pixels]]:
    """Yield (index, image) for every usable image, in the given order of indices or in their own.

    An image is decoded when it is its turn.
    """
    for index in range(len(covers)) if order is None else order:
        with suppress(UnusableCover):
            yield index, covers.image(index)


class EncodedCovers:
    """A fixed sequence of encoded images that are decoded on request.

    Nothing is decoded in advance. An image that is broken, too small, or too large to be safe
    raises UnusableCover on every request. The first time, a SkippedFile warning names it, and
    ``skipped`` counts it. Decoded images are cached until CACHE_BYTES are full, and none is
    evicted. If every epoch has its own order, this serves as many requests from memory as any other
    rule would. Several threads may use it safely.
    """

    def __init__(self, name: str, channels: int, least_side: int) -> None:
        """``name``: for cards; ``channels``: 1 or 3; ``least_side``: the shorter side, pixels."""
        self.name, self.channels = name, channels
        self._least_side = least_side
        self._kept: dict[int, Pixels] = {}
        self._room = CACHE_BYTES
        self._reasons: dict[int, str] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        raise NotImplementedError

    def label(self, index: int) -> str:
        """Return the name of image ``index`` for messages."""
        raise NotImplementedError

    def file_size(self, index: int) -> int:
        """Return the bytes of the image's file, equal for equal files; -1 if it is unreadable."""
        raise NotImplementedError

    def _open(self, index: int) -> IO[bytes]:
        raise NotImplementedError

    @property
    def skipped(self) -> int:
        """Number of images that could not be used so far."""
        return len(self._reasons)

    def image(self, index: int) -> Pixels:
        """Return image ``index``, uint8 [height, width, channels], read-only; or UnusableCover."""
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        if index in self._reasons:
            raise UnusableCover(f"{self.label(index)}: {self._reasons[index]}")
        try:
            with self._open(index) as file:
                pixels = decode(file, self.channels, self._least_side)
        # Pillow's plugins raise errors of many kinds on broken files, not only OSError.
        except Exception as error:
            raise self._unusable(index, str(error) or type(error).__name__) from error
        with self._lock:
            if index not in self._kept and pixels.nbytes <= self._room:
                self._kept[index] = pixels
                self._room -= pixels.nbytes
        return pixels

    def _unusable(self, index: int, reason: str) -> UnusableCover:
        with self._lock:
            first = index not in self._reasons
            self._reasons[index] = reason
        if first:
            warnings.warn(f"skipped {self.label(index)}: {reason}", SkippedFile, stacklevel=4)
        return UnusableCover(f"{self.label(index)}: {reason}")

    def digest(self, index: int) -> bytes:
        """Return a digest of the image's file: the same for equal files, whatever their names.

        It is a hash of the size and of three blocks of DIGEST_BLOCK bytes. The same picture in
        another format, or with other metadata, has another digest. Files that differ only between
        the blocks have the same digest, which does not happen with compressed images.
        """
        size = self.file_size(index)
        found = hashlib.sha256(size.to_bytes(8, "big", signed=True))
        try:
            with self._open(index) as file:
                if size <= 3 * DIGEST_BLOCK:
                    found.update(file.read())
                else:
                    for start in (0, (size - DIGEST_BLOCK) // 2, size - DIGEST_BLOCK):
                        file.seek(start, os.SEEK_SET)
                        found.update(file.read(DIGEST_BLOCK))
        except OSError:  # it will be skipped on request
            found.update(self.label(index).encode())
        return found.digest()


def decode(file: IO[bytes], channels: int, least_side: int = 1) -> Pixels:
    """Decode an image file, upright, to uint8 [height, width, channels], read-only.

    Raises ValueError if its shorter side is below ``least_side``, it has more pixels than Pillow
    considers safe, or its samples do not fit 8 bits. If the file is broken, raises whatever Pillow
    does.
    """
    with Image.open(file) as image:
        width, height = image.size
        if min(width, height) < least_side:
            raise ValueError(
                f"is {width} x {height}, but the shorter side must be at least {least_side}"
            )
        if Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS:
            raise ValueError(
                f"is {width} x {height}, but may have {Image.MAX_IMAGE_PIXELS} pixels: it could "
                "be a decompression bomb"
            )
        if is_deep(image):
            raise ValueError("has more than 8 bits a sample, but must have 8")
        # This decodes the whole file, too.
        upright = ImageOps.exif_transpose(image)
    # Only by way of RGBA does a palette with transparency convert without a warning.
    upright = upright.convert("RGBA") if upright.mode == "P" else upright
    pixels = np.array(upright.convert("L" if channels == 1 else "RGB"))
    pixels = pixels.reshape(*pixels.shape[:2], channels)
    pixels.setflags(write=False)
    return pixels

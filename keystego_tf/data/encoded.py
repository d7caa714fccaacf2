"""Keep covers encoded until they are needed, from folders and data sets alike."""

from __future__ import annotations

import hashlib
import os
import threading
import warnings
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

#: uint8 [height, width, channels].
Pixels = NDArray[np.uint8]

#: Decoded covers are kept in memory up to this many bytes.
CACHE_BYTES = 2**30

#: Bytes of a file that its digest looks at, at its start, in its middle and at its end.
DIGEST_BLOCK = 4096


class SkippedFile(UserWarning):
    """A file among the covers cannot be used; the message names it and says why."""


class UnusableCover(ValueError):
    """An image of some covers cannot be used; the message names it and says why."""


class EncodedCovers:
    """A fixed sequence of encoded images, decoded when they are asked for.

    Nothing is decoded in advance. An image that turns out to be broken, too small or too large to
    be safe raises UnusableCover whenever it is asked for; the first time, a SkippedFile warning
    names it, and ``skipped`` counts it. Decoded images are kept until CACHE_BYTES are full, and
    none of them makes room for another: where every epoch has an order of its own, that serves as
    many requests from memory as any other rule would. Safe to use from several threads.
    """

    def __init__(self, name: str, channels: int, least_side: int) -> None:
        """name: for cards; channels: 1 or 3; least_side: of the shorter side, pixels."""
        self.name, self.channels = name, channels
        self._least_side = least_side
        self._kept: dict[int, Pixels] = {}
        self._room = CACHE_BYTES
        self._reasons: dict[int, str] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        raise NotImplementedError

    def label(self, index: int) -> str:
        """What messages call image ``index``."""
        raise NotImplementedError

    def file_size(self, index: int) -> int:
        """Bytes of the image's file: the same for equal files; -1 if it cannot be looked up."""
        raise NotImplementedError

    def _open(self, index: int) -> IO[bytes]:
        raise NotImplementedError

    @property
    def skipped(self) -> int:
        """Images that were met so far and could not be used."""
        return len(self._reasons)

    def image(self, index: int) -> Pixels:
        """Image ``index``, uint8 [height, width, channels], read-only; or UnusableCover."""
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
        """Identity of the image's file: the same for equal files, whatever they are called.

        A hash of its size and of three blocks of DIGEST_BLOCK bytes. The same picture in another
        format, or with other metadata, has another digest. Files that differ only between the
        blocks have the same, which compressed images do not.
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
        except OSError:  # it will be skipped when it is met
            found.update(self.label(index).encode())
        return found.digest()


def decode(file: IO[bytes], channels: int, least_side: int = 1) -> Pixels:
    """An image file, upright, as uint8 [height, width, channels], read-only.

    ValueError if its shorter side is below ``least_side``, it has more pixels than Pillow thinks
    safe, or its samples do not fit 8 bits; whatever Pillow raises if it is broken.
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
        if image.mode[0] in "IF":
            raise ValueError(f"has samples of mode {image.mode}, but they must be of 8 bits")
        # Decodes the whole file, too.
        upright = ImageOps.exif_transpose(image)
    # A palette with transparency converts without a warning by way of RGBA only.
    upright = upright.convert("RGBA") if upright.mode == "P" else upright
    pixels = np.array(upright.convert("L" if channels == 1 else "RGB"))
    pixels = pixels.reshape(*pixels.shape[:2], channels)
    pixels.setflags(write=False)
    return pixels

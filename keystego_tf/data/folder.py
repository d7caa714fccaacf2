"""Covers from a folder of image files."""

from __future__ import annotations

import hashlib
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Pixels = NDArray[np.uint8]

#: Decoded covers are kept in memory if all of them together take at most this many bytes.
CACHE_BYTES = 2**30


class SkippedFile(UserWarning):
    """A file among the covers cannot be used; the message names it and says why."""


class _Usable(NamedTuple):
    path: Path
    digest: bytes
    pixels: Pixels


class FolderCovers:
    """Every usable image below a folder, in the order of their paths.

    Each file is decoded once on opening, so that a truncated one is found now and not in the
    middle of a training.
    """

    def __init__(self, folder: Path, channels: int, least_side: int) -> None:
        """folder: searched recursively, hidden files and folders left out; channels: 1 or 3;
        least_side: of the shorter side, pixels. Files that are broken, too small or too large to
        be safe are skipped with a SkippedFile warning. ValueError if the folder does not exist or
        holds nothing usable.
        """
        if not folder.is_dir():
            reason = "it is a file" if folder.exists() else "there is no such directory"
            # whole, as a relative one depends on where the command or the notebook runs
            raise ValueError(f"{folder.absolute()} is not a folder of covers: {reason}")
        self.name = folder.resolve().name
        self.channels = channels
        self.skipped = 0
        self._paths: list[Path] = []
        self._digests: list[bytes] = []
        self._pixels: list[Pixels] = []
        paths = image_paths(folder)
        self._open(paths, least_side)
        if not self._paths:
            raise ValueError(
                f"{folder} holds no usable cover: {len(paths)} image files seen, {self.skipped} "
                f"skipped; a cover must decode whole and be at least {least_side} pixels on its "
                "shorter side"
            )

    def _open(self, paths: list[Path], least_side: int) -> None:
        """Check every file; fills what the other methods read."""

        def check(path: Path) -> _Usable | str:
            return _check(path, self.channels, least_side)

        reasons, total = {}, 0
        # Warnings are filtered for the whole process: set it here once, not in the threads.
        with warnings.catch_warnings(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            for path, found in zip(paths, pool.map(check, paths)):
                if isinstance(found, str):
                    reasons[path] = found
                    continue
                self._paths.append(found.path)
                self._digests.append(found.digest)
                total += found.pixels.nbytes
                if total <= CACHE_BYTES:
                    self._pixels.append(found.pixels)
                else:
                    self._pixels.clear()
        self.skipped = len(reasons)
        for path, reason in reasons.items():
            warnings.warn(f"skipped {path}: {reason}", SkippedFile, stacklevel=4)

    def __len__(self) -> int:
        return len(self._paths)

    def label(self, index: int) -> str:
        """Path of image ``index``."""
        return str(self._paths[index])

    def digest(self, index: int) -> bytes:
        """Identity of the image: SHA-256 of its shape and pixels."""
        return self._digests[index]

    def image(self, index: int) -> Pixels:
        """Image ``index``, uint8 [height, width, channels], read-only."""
        if self._pixels:
            return self._pixels[index]
        return decode(self._paths[index], self.channels)


def image_paths(folder: Path) -> list[Path]:
    """Files below ``folder`` whose extension Pillow can read, sorted; nothing that is hidden."""
    extensions = {end for end, name in Image.registered_extensions().items() if name in Image.OPEN}
    paths = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths += [Path(parent, name) for name in files if not name.startswith(".")]
    return sorted(path for path in paths if path.suffix.lower() in extensions)


def decode(file: Path | IO[bytes], channels: int, least_side: int = 1) -> Pixels:
    """An image file, upright, as uint8 [height, width, channels], read-only.

    ValueError if its shorter side is below ``least_side`` or its samples do not fit 8 bits;
    whatever Pillow raises if it is broken.
    """
    with Image.open(file) as image:
        if min(image.size) < least_side:
            width, height = image.size
            raise ValueError(
                f"is {width} x {height}, but the shorter side must be at least {least_side}"
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


def pixel_digest(pixels: Pixels) -> bytes:
    """SHA-256 of shape and samples: the same for the same picture in any lossless format."""
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).digest()


def _check(path: Path, channels: int, least_side: int) -> _Usable | str:
    """The decoded file, or why it cannot be used."""
    try:
        pixels = decode(path, channels, least_side)
    # Pillow's plugins raise errors of many kinds on broken files, not only OSError.
    except Exception as error:
        return str(error) or type(error).__name__
    return _Usable(path, pixel_digest(pixels), pixels)

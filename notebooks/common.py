"""What the notebooks share: how much to do, and which covers to take.

- ``KEYSTEGO_SHORT=1`` in the environment shortens every notebook to seconds, for tests. Its figures
  then say nothing.
- ``KEYSTEGO_COVERS`` names a folder with photos of your own. Without it, six photos come from
  scikit-image, which has them in its wheel.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keystego_tf.data.folder import FolderCovers

# Before TensorFlow is loaded: it reports graphics libraries that it does not find as errors.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Value = TypeVar("Value")

#: Photos in the wheel of scikit-image.
PHOTOS = (
    "coffee.png",
    "astronaut.png",
    "chelsea.png",
    "motorcycle_left.png",
    "rocket.jpg",
    "hubble_deep_field.jpg",
)

#: So many photos of a folder are used.
MOST = 40

SHORT = os.environ.get("KEYSTEGO_SHORT", "") not in ("", "0")
FOLDER = os.environ.get("KEYSTEGO_COVERS", "")


def either(full: Value, short: Value) -> Value:
    """What the full notebook takes, or what the shortened one does."""
    return short if SHORT else full


def photos(width: int, height: int) -> list[NDArray[np.uint8]]:
    """The middles of real photos, uint8 [height, width, 3], no larger than the photos are."""
    if FOLDER:
        own = FolderCovers(Path(FOLDER), 3, min(width, height, 32))
        return [middle(own.image(index), width, height) for index in range(min(MOST, len(own)))]
    package = find_spec("skimage")
    if package is None or package.origin is None:
        raise ImportError("this needs scikit-image: pip install 'keystego-tf[notebooks]'")
    folder = Path(package.origin).with_name("data")
    found = []
    for name in PHOTOS:
        with Image.open(folder / name) as photo:
            found.append(middle(np.asarray(photo.convert("RGB")), width, height))
    return found


def tiles(count: int, side: int = 128, of: slice = slice(None)) -> NDArray[np.uint8]:
    """Square pieces of the photos, uint8 [count, side, side, 3], one of each photo in turn.

    of: which of the photos, so that training and trial need not share one. ValueError if they have
    too few pieces.
    """
    pieces = []
    for photo in photos(10_000, 10_000)[of]:
        rows, columns = photo.shape[0] // side, photo.shape[1] // side
        whole = photo[: rows * side, : columns * side].reshape(rows, side, columns, side, 3)
        pieces.append(whole.transpose(0, 2, 1, 3, 4).reshape(-1, side, side, 3))
    most = max((len(each) for each in pieces), default=0)
    turns = [each[turn] for turn in range(most) for each in pieces if turn < len(each)]
    if len(turns) < count:
        raise ValueError(f"the photos have {len(turns)} pieces, but this takes {count}")
    return np.stack(turns[:count])


def saved(pixels_u8: NDArray[np.uint8], folder: Path) -> Path:
    """Write images as PNG files into a new folder, and return it."""
    folder.mkdir()
    for number, each in enumerate(pixels_u8):
        as_image(each).save(folder / f"{number}.png")
    return folder


def middle(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The middle of an image, no larger than width x height."""
    top, left = max(0, (image.shape[0] - height) // 2), max(0, (image.shape[1] - width) // 2)
    return image[top : top + height, left : left + width]


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Peak signal-to-noise ratio of two images of one size, dB."""
    away = np.asarray(one.convert("RGB"), float) - np.asarray(other.convert("RGB"), float)
    return float(10 * np.log10(255**2 / np.mean(away**2)))


def as_image(pixels_u8: NDArray[np.uint8]) -> Image.Image:
    """Pixels, uint8 [H, W, 3], as an image that ``keystego_tf.hide`` takes."""
    return Image.fromarray(pixels_u8)

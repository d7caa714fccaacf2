"""What the notebooks share: how much to do, and which covers to take.

- ``KEYSTEGO_SHORT=1`` in the environment shortens every notebook to seconds, for tests. Its figures
  then say nothing.
- ``KEYSTEGO_COVERS`` names a folder with photos of one's own; without it, covers are synthetic.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keystego_tf.data.folder import FolderCovers
from keystego_tf.data.synthetic import SyntheticCovers

# Before TensorFlow is loaded: it reports graphics libraries that it does not find as errors.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Value = TypeVar("Value")

SHORT = os.environ.get("KEYSTEGO_SHORT", "") not in ("", "0")
FOLDER = os.environ.get("KEYSTEGO_COVERS", "")


def either(full: Value, short: Value) -> Value:
    """What the full notebook takes, or what the shortened one does."""
    return short if SHORT else full


def covers(count: int, side: int = 128, channels: int = 3, seed: int = 1) -> NDArray[np.uint8]:
    """Covers, uint8 [count, side, side, channels]: the middle of each photo, or synthetic ones.

    seed: of synthetic covers. ValueError where the folder has fewer photos.
    """
    if not FOLDER:
        source = SyntheticCovers(channels, side, seed, count)
        return np.stack([source.image(index) for index in range(count)])
    photos = FolderCovers(Path(FOLDER), channels, side)
    if len(photos) < count:
        raise ValueError(f"{FOLDER} has {len(photos)} photos, but this takes {count}")
    return np.stack([middle(photos.image(index), side, side) for index in range(count)])


def picture(width: int, height: int, seed: int = 9) -> NDArray[np.uint8]:
    """One larger cover, uint8 [height, width, 3]; a photo may be smaller than asked for."""
    if FOLDER:
        return middle(FolderCovers(Path(FOLDER), 3, 128).image(0), width, height)
    return middle(SyntheticCovers(3, max(width, height), seed).image(0), width, height)


def middle(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The middle of an image, no larger than width x height."""
    top, left = max(0, (image.shape[0] - height) // 2), max(0, (image.shape[1] - width) // 2)
    return image[top : top + height, left : left + width]


def as_image(pixels_u8: NDArray[np.uint8]) -> Image.Image:
    """Pixels, uint8 [H, W, 3], as an image that ``keystego_tf.hide`` takes."""
    return Image.fromarray(pixels_u8)

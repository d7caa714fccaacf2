"""Covers for the tests of steganalysis, and photos where there are some."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from keystego_tf.data.folder import FolderCovers
from keystego_tf.data.synthetic import LUMA, dead_leaves

PHOTOS = Path(os.environ.get("KEYSTEGO_PHOTOS", Path(__file__).parents[4] / "shared" / "data"))

needs_photos = pytest.mark.skipif(
    not PHOTOS.is_dir(), reason=f"no photos in {PHOTOS}; set KEYSTEGO_PHOTOS"
)

#: Looked for and not imported: sealwatch warns of what it imports itself.
needs_extra = pytest.mark.skipif(
    find_spec("sealwatch") is None or find_spec("sklearn") is None,
    reason="the evaluation extra is not installed",
)


@cache
def leaves(count: int, side: int = 128, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Synthetic covers, uint8 [count, side, side, channels], read-only."""
    images = np.stack([dead_leaves(np.random.default_rng([seed, i]), side) for i in range(count)])
    if channels == 1:
        images = np.rint(images @ LUMA)[..., np.newaxis].astype(np.uint8)
    images.setflags(write=False)
    return images


@cache
def photos(count: int, side: int = 128, channels: int = 1) -> np.ndarray:
    """Middles of test photos, uint8 [count, side, side, channels], read-only."""
    covers = FolderCovers(PHOTOS / "imagenet-sample" / "test", channels, side)
    crops = []
    for index in range(min(count, len(covers))):
        image = covers.image(index)
        top, left = ((size - side) // 2 for size in image.shape[:2])
        crops.append(image[top : top + side, left : left + side])
    images = np.stack(crops)
    images.setflags(write=False)
    return images

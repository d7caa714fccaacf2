"""Take a benchmark's covers from the photos of the tests, or make synthetic ones."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from keystego_tf.bundles.catalogue import TILE
from keystego_tf.data.folder import FolderCovers
from keystego_tf.data.synthetic import SyntheticCovers


def photos() -> str:
    """Return the folder of test photos, where the tests look for it, or "synthetic"."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("KEYSTEGO_PHOTOS", beside)) / "imagenet-sample" / "test"
    return str(folder) if folder.is_dir() else "synthetic"


def add_options(parser: argparse.ArgumentParser, images: int) -> None:
    """Add ``photos`` and ``--images``; images: the default of the latter."""
    parser.add_argument("photos", nargs="?", default=photos(), help='folder, or "synthetic"')
    parser.add_argument("--images", type=int, default=images)


def tiles(options: argparse.Namespace) -> list[Any]:
    """Return the upper left tile of each image, uint8 [TILE, TILE, 3], without smaller images."""
    if options.photos == "synthetic":
        covers: Any = SyntheticCovers(3, TILE, count=options.images)
    else:
        covers = FolderCovers(Path(options.photos), 3, TILE)
    chosen = tqdm(range(min(options.images, len(covers))), desc="covers", leave=False)
    return [np.ascontiguousarray(covers.image(number)[:TILE, :TILE]) for number in chosen]

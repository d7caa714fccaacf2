"""Where the JavaScript is, and covers for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

EXPORT = Path(__file__).parents[2] / "export"
JS, WEB = EXPORT / "js", EXPORT / "web"
NODE = shutil.which("node")

#: Why tests that need Node and its packages are left out, if they are.
NO_NODE = (
    "node is not installed"
    if NODE is None
    else ""
    if (EXPORT / "node_modules" / "@noble").is_dir()
    else "npm packages are missing (make web)"
)


def photo(width: int = 300, height: int = 270) -> Image.Image:
    """Something like a photo: colours that change slowly, and noise."""
    chance = np.random.default_rng(5)
    coarse = chance.integers(60, 196, (5, 5, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    noise = chance.normal(0, 3, smooth.shape)
    return Image.fromarray(np.clip(smooth + noise, 0, 255).astype(np.uint8))

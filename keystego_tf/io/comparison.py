"""Pictures for people to look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .pillow import to_pillow

Pixels = NDArray[np.uint8]

MARGIN, TITLE = 8, 22


def difference(cover: Pixels, stego: Pixels, magnified: int) -> Pixels:
    """Return the absolute difference times ``magnified``, clipped at 255; all uint8, one shape."""
    return np.minimum(np.abs(cover.astype(np.int16) - stego) * magnified, 255).astype(np.uint8)


def comparison(
    cover: Pixels, stego: Pixels, magnified: int | tuple[int, ...] = 50, scale: int = 2
) -> Image.Image:
    """Show cover, stego image and their magnified absolute difference side by side, with titles.

    ``cover``, ``stego``: uint8 [H, W, C], C = 1 or 3; ``magnified``: factor of the difference,
    clipped at white, or several for a panel each; ``scale``: shown side of a pixel, unsmoothed.
    """
    factors = (magnified,) if isinstance(magnified, int) else magnified
    panels = [("cover", cover), ("stego", stego)]
    panels += [(f"difference x {each}", difference(cover, stego, each)) for each in factors]
    height, width = cover.shape[0] * scale, cover.shape[1] * scale
    size = (len(panels) * (width + MARGIN) + MARGIN, height + TITLE + MARGIN)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for index, (title, pixels) in enumerate(panels):
        left = MARGIN + index * (width + MARGIN)
        image = to_pillow(pixels).convert("RGB")
        sheet.paste(image.resize((width, height), Image.Resampling.NEAREST), (left, TITLE))
        draw.text((left, 5), title, fill="black")
    return sheet

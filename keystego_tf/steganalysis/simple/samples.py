"""Test an image's samples, in a few lines each."""

from __future__ import annotations

import numpy as np

from ..planes import Pixels, planes

#: Share of pixels with unequal channels above which an image is simply coloured.
COLOURED = 0.1

#: A ratio of samples at the ends of the range means nothing with fewer of them than this.
FEWEST = 50


def gray_exceptions(image_u8: Pixels) -> float:
    """Share of coloured pixels in an image that is gray everywhere else, and 0 for all others.

    A gray photo saved as RGB has R = G = B in every pixel. Changes of single samples break that.
    """
    unequal = float((image_u8 != image_u8[..., :1]).any(axis=-1).mean())
    return unequal if unequal < COLOURED else 0.0


def range_ends(image_u8: Pixels) -> float:
    """Of samples that are 0, 1, 254 or 255, the share that is 1 or 254.

    Clipped areas of a photo are all 0 or all 255. Changes by one fill the values beside. The result
    is nan for an image with few such samples.

    Source:
        Zhang, Cox and Doerr, "Steganalysis for LSB matching in images with high-frequency noise",
        IEEE MMSP, 2007, who apply the same idea to any peak.
    """
    counts = np.bincount(image_u8.reshape(-1), minlength=256)
    outer, inner = int(counts[0] + counts[255]), int(counts[1] + counts[254])
    return inner / (outer + inner) if outer >= FEWEST else float("nan")


def lone_samples(image_u8: Pixels) -> float:
    """Share of flat 3 x 3 neighbourhoods whose middle alone differs, by one.

    In a flat area that comes from rendering or clipping, nothing else makes such samples. The
    result is nan for an image with few flat neighbourhoods.
    """
    flat = lone = 0
    for plane in planes(image_u8):
        height, width = plane.shape
        ring = [
            plane[row : height - 2 + row, column : width - 2 + column]
            for row in range(3)
            for column in range(3)
            if (row, column) != (1, 1)
        ]
        same = np.logical_and.reduce([each == ring[0] for each in ring[1:]])
        away = np.abs(plane[1:-1, 1:-1][same].astype(np.int16) - ring[0][same])
        flat += away.size
        lone += int(np.count_nonzero(away == 1))
    return lone / flat if flat >= FEWEST else float("nan")

"""Features of images for trained attackers, through ``sealwatch``: SPAM and SRMQ1.

SPAM: Pevny, Bas and Fridrich, 2010, 686 features. SRMQ1: the spatial rich model with one
quantisation, Fridrich and Kodovsky, 2012, 12,753 features. Features of a colour image are those of
its three channels, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ...extras import evaluation_package
from .planes import Pixels, planes

Floats = NDArray[np.float32]

#: Features of a channel, by the name of the set, which is that of its module in sealwatch.
SIZES = {"spam": 686, "srmq1": 12753}


def extract(images: Iterable[Pixels], name: str = "spam") -> Floats:
    """float32 [images, C * SIZES[name]].

    images: uint8 [H, W, C] each, all of one C (1 or 3), sides from 8; name: one of SIZES. SRMQ1
    takes some twenty times as long as SPAM. ValueError if the name is unknown, there are no images
    or they differ in C; ImportError without sealwatch.
    """
    if name not in SIZES:
        raise ValueError(f"name is {name!r}, but must be one of {', '.join(SIZES)}")
    model = evaluation_package("sealwatch")
    module = getattr(model, name)
    rows = []
    for image_u8 in images:
        if min(image_u8.shape[:2]) < 8:
            raise ValueError(f"image is {image_u8.shape}, but its sides must be at least 8")
        parts = [
            np.asarray(part, np.float32).reshape(-1)
            for plane in planes(image_u8)
            for part in module.extract(plane).values()
        ]
        rows.append(np.concatenate(parts))
    if len({row.size for row in rows}) != 1:
        raise ValueError("images must be at least one, all with the same number of channels")
    return np.stack(rows)

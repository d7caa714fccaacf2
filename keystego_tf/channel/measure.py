"""Measure from a returned file what an app did to a photo: size, tables, sampling."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..io import images, jpeg
from ..io.jpeg.transform import Steps, standard_tables
from .platforms import PLATFORMS


@dataclass(frozen=True)
class Measured:
    """A comparison of a returned file with the one that was sent.

    ``same_file``: it arrived byte for byte; ``sent``, ``returned``: width and height in pixels;
    ``cropped``: whether their ratio changed; ``luma``, ``chroma``: quantisation steps [8][8], with
    empty chroma for a gray file; ``sampling``: such as 4:2:0, or gray; ``progressive``: its coding;
    ``quality``: libjpeg's, if it has these tables; ``alike``: platforms with this luma table;
    ``psnr``: between the two, in dB (None if the size or nothing changed).
    """

    same_file: bool
    sent: tuple[int, int]
    returned: tuple[int, int]
    cropped: bool
    luma: list[list[int]]
    chroma: list[list[int]]
    sampling: str
    progressive: bool
    quality: int | None
    alike: list[str]
    psnr: float | None


def measure(sent: bytes, returned: bytes) -> Measured:
    """Compare a sent image with the JPEG file that came back.

    Raises ValueError if ``sent`` is not an image, or ``returned`` not a JPEG file.
    """
    before, after = images.read(sent), images.read(returned)
    file = jpeg.read(returned)
    luma = file.components[0].table
    sizes = [each.rgb_u8.shape[1::-1] for each in (before, after)]
    (width, height), (new_width, new_height) = sizes
    value = images.psnr(before, after) if sizes[0] == sizes[1] else math.inf
    return Measured(
        sent == returned,
        (width, height),
        (new_width, new_height),
        abs(width * new_height - height * new_width) > max(width, height),
        luma.tolist(),
        file.components[1].table.tolist() if len(file.components) == 3 else [],
        _sampling(file),
        file.progressive,
        _quality(luma),
        [name for name, each in PLATFORMS.items() if np.array_equal(each.luma, luma)],
        value if math.isfinite(value) else None,
    )


def _sampling(file: jpeg.JpegFile) -> str:
    if len(file.components) == 1:
        return "gray"
    first, second = file.components[:2]
    factors = first.horizontal // second.horizontal, first.vertical // second.vertical
    names = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (1, 2): "4:4:0", (4, 1): "4:1:1"}
    return names.get(factors, f"{factors[0]} x {factors[1]}")


def _quality(luma: Steps) -> int | None:
    alike = (q for q in range(1, 101) if np.array_equal(standard_tables(q)[0], luma))
    return next(alike, None)

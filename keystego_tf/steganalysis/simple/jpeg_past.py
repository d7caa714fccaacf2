"""JPEG compatibility: does a lossless image come from a JPEG, and which samples do not fit?

Few images are decoded JPEGs: quantise the coefficients of such an image again, decode them, and
each sample comes back. A sample that was changed afterwards does not come back, while the other
samples of its block do. Here tables are estimated (``lattice``), so that a camera's own work as
well as libjpeg's. Colour sampling is undone by least squares, and libjpeg itself decodes.

Source: Fridrich, Goljan and Du, "Steganalysis based on JPEG compatibility", SPIE Multimedia Systems
and Applications IV, 2001.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...io import jpeg
from ...io.jpeg.transform import blocks as blocks_of
from ...io.jpeg.transform import standard_tables, transformed
from ...io.pillow import saved
from . import lattice
from .lattice import Plane, Steps

Pixels = NDArray[np.uint8]

#: Pillow's numbers for colour sampling, and the factors of each: vertical, horizontal.
SAMPLINGS = {0: (1, 1), 1: (1, 2), 2: (2, 2)}

#: Side of the sample on which colour sampling and tables are tried, and the share of its blocks
#: that must come back for the rest to mean anything.
SAMPLE, EXACT = 320, 0.03

#: ``lattice.NOISE`` of a plane of low resolution that least squares recovered.
CHROMA_NOISE = 0.5

#: Least height and width, pixels.
SMALLEST = 64

#: Highest number of changed samples in a block that comes back but for them.
LONE = 2

#: A score needs this many blocks that come back, wholly or but for lone samples.
FEWEST = 10

# samples of low resolution that are solved for at once, and those added on each side
_SOLVED, _BESIDE = 64, 16


@dataclass(frozen=True, eq=False)
class JpegPast:
    """Describe the JPEG that an image was.

    top, left: where the first whole block begins; tables: uint16 [8, 8] for each component;
    sampling: a key of SAMPLINGS; quality: of libjpeg, None for other tables; exact: share of the
    sample's blocks that come back, wholly or but for lone samples.
    """

    top: int
    left: int
    tables: tuple[Steps, ...]
    sampling: int
    quality: int | None
    exact: float


def find(image_u8: Pixels) -> JpegPast | None:
    """Return the JPEG that an image was decoded from, or None without evidence of one.

    A large image is judged by a sample of it. A cropped image, whose blocks do not begin at the
    corner, is found too.

    Args:
        image_u8: uint8 [H, W, C], C = 1 or 3, sides from SMALLEST.

    Raises:
        ValueError: the image is smaller.
    """
    if min(image_u8.shape[:2]) < SMALLEST:
        size = f"{image_u8.shape[1]} x {image_u8.shape[0]} pixels"
        raise ValueError(f"the image has {size}, but must have {SMALLEST} or more each way")
    for top, left in _origins(image_u8):
        cropped = image_u8[top:, left:]
        coefficients = _luma(cropped)
        found = lattice.steps(coefficients)
        if np.count_nonzero(found) >= lattice.KNOWN:
            quality = lattice.standard_quality(found)
            return _best(image_u8, (top, left), lattice.filled(found, coefficients), quality)
        if lattice.is_whole(coefficients):
            return JpegPast(top, left, standard_tables(100), 0, 100, 0.0)
    return None


def score(image_u8: Pixels) -> float:
    """Share of blocks with one or two foreign samples among those that come back but for these.

    A higher share suggests changes since decoding. The result is nan where there is no JPEG past,
    or where blocks do not come back at all (another decoder, or a quality near 100).
    """
    past = find(image_u8)
    if past is None or past.exact == 0:
        return float("nan")
    found = share(*blocks_that_come_back(image_u8, past)[:2])
    return float("nan") if found is None else found


def share(clean: int, lone: int) -> float | None:
    """Return ``score`` for so many blocks that come back wholly, or but for lone samples."""
    return lone / (clean + lone) if clean + lone >= FEWEST else None


def blocks_that_come_back(image_u8: Pixels, past: JpegPast) -> tuple[int, int, int]:
    """Count blocks that come back wholly, blocks that do but for one or two samples, and all."""
    cropped = np.ascontiguousarray(image_u8[past.top :, past.left :])
    again = _decoded_again(cropped, past.tables, past.sampling)
    counts = blocks_of((again != cropped).any(axis=-1)).sum(axis=(2, 3))
    lone = np.count_nonzero((counts > 0) & (counts <= LONE))
    return int(np.count_nonzero(counts == 0)), int(lone), int(counts.size)


def _origins(image_u8: Pixels) -> Iterator[tuple[int, int]]:
    """Yield where blocks may begin: at the corner, and else where a lattice shows most."""
    yield 0, 0
    middle = _part(image_u8, _corners(image_u8.shape)[0])
    known = {
        (top, left): np.count_nonzero(
            # low frequencies are enough, and faster
            lattice.steps(_luma(middle[top:, left:], 300)[:, :3, :3], largest=30)
        )
        for top in range(8)
        for left in range(8)
        if top or left
    }
    best = max(known, key=lambda origin: known[origin])
    if known[best]:
        yield best


def _corners(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """List where a sample of an image may begin, on multiples of 16, the middle first."""
    down, across = (
        dict.fromkeys(max(0, size - SAMPLE) * part // 4 // 16 * 16 for part in (2, 1, 3, 0, 4))
        for size in shape[:2]
    )
    return [(top, left) for top in down for left in across]


def _part(image: NDArray[Any], corner: tuple[int, int]) -> NDArray[Any]:
    """Return SAMPLE x SAMPLE pixels, or fewer at the image's end."""
    top, left = corner
    return np.ascontiguousarray(image[top : top + SAMPLE, left : left + SAMPLE])


def _luma(image_u8: Pixels, most: int = lattice.BLOCKS) -> NDArray[np.float32]:
    """Return luma's DCT coefficients of up to ``most`` blocks without clipping, [blocks, 8, 8]."""
    every = max(1, int(np.sqrt((image_u8.shape[0] // 8) * (image_u8.shape[1] // 8) / most)))
    chosen = blocks_of(image_u8)[::every, ::every].reshape(-1, 8, 8, image_u8.shape[-1])
    chosen = chosen[~((chosen == 0) | (chosen == 255)).any(axis=(1, 2, 3))]
    strip = chosen.reshape(-1, 8, chosen.shape[-1])  # blocks stacked downwards
    return transformed(lattice.planes(strip)[0].reshape(-1, 8, 8))


def _best(image_u8: Pixels, origin: tuple[int, int], luma: Steps, quality: int | None) -> JpegPast:
    """Find the sampling, and the place of its units, that bring back most blocks of a sample."""
    coloured = (image_u8 != image_u8[..., :1]).any(axis=-1)
    corners = _corners(coloured.shape)
    corner = next((each for each in corners if _part(coloured, each).any()), corners[0])
    choices = []
    for sampling, factors in SAMPLINGS.items():
        for down in range(factors[0]):
            for right in range(factors[1]):
                top, left = origin[0] + 8 * down, origin[1] + 8 * right
                sample = _part(image_u8[top:, left:], corner)
                if not coloured.any():
                    tables: tuple[Steps, ...] = (luma,)
                elif quality is None:
                    tables = luma, _chroma_steps(sample, sampling)
                else:
                    tables = standard_tables(quality)
                past = JpegPast(top, left, tables, sampling, quality, 0.0)
                clean, lone, blocks = blocks_that_come_back(sample, replace(past, top=0, left=0))
                choices.append(replace(past, exact=(clean + lone) / max(1, blocks)))
        if not coloured.any():
            break
    best = max(choices, key=lambda past: past.exact)
    return best if best.exact >= EXACT else replace(best, exact=0.0)


def _chroma_steps(sample: Pixels, sampling: int) -> Steps:
    vertical, horizontal = SAMPLINGS[sampling]
    found = [
        transformed(blocks_of(_reduced(plane, vertical, horizontal)))
        for plane in lattice.planes(sample)[1:]
    ]
    coefficients = np.concatenate(found).reshape(-1, 8, 8)
    return lattice.filled(lattice.steps(coefficients, CHROMA_NOISE), coefficients)


def _decoded_again(image_u8: Pixels, tables: tuple[Steps, ...], sampling: int) -> Pixels:
    """Quantise the image's coefficients once more, and decode them by libjpeg."""
    planes = lattice.planes(image_u8)
    shown = image_u8[..., 0] if len(planes) == 1 else image_u8
    rows = [table.reshape(-1).tolist() for table in tables[: len(planes)]]
    flat = Image.fromarray(np.zeros_like(shown))
    # quality 50 takes tables as they are
    file = saved(flat, "JPEG", qtables=rows, subsampling=sampling, quality=50)
    empty = jpeg.read(file)
    coefficients = []
    for index, (plane, component) in enumerate(zip(planes, empty.components)):
        padded = np.pad(plane, [(0, -size % 16) for size in plane.shape], mode="edge")
        reduced = _reduced(padded, *(SAMPLINGS[sampling] if index else (1, 1)))
        height, width = component.coefficients.shape[:2]
        values = transformed(blocks_of(reduced)[:height, :width])
        values /= component.table
        coefficients.append(np.rint(values, out=values).astype(np.int16))
    decoded = np.asarray(Image.open(BytesIO(empty.to_bytes(coefficients))))
    return np.broadcast_to(decoded.reshape(*decoded.shape[:2], -1), image_u8.shape)


def _reduced(plane: Plane, vertical: int, horizontal: int) -> Plane:
    """Return the plane of low resolution from which libjpeg's smooth upsampling made ``plane``."""
    if vertical == 2:
        plane = _solved(plane)
    return _solved(plane.T).T if horizontal == 2 else plane


def _solved(plane: Plane) -> Plane:
    """Halve the rows, by least squares, piece by piece. [2 n, W] -> [n, W]"""
    solver = _solver()
    count = plane.shape[0] // 2
    padded = np.pad(plane, ((2 * _BESIDE, 2 * (_BESIDE + _SOLVED)), (0, 0)), mode="edge")
    parts = [
        solver @ padded[2 * start : 2 * start + solver.shape[1]]
        for start in range(0, count, _SOLVED)
    ]
    return np.concatenate(parts)[:count]


@cache
def _solver() -> NDArray[np.float32]:
    """Invert the triangle filter, whose rows are 3/4 of the nearest and 1/4 of the next row."""
    size = _SOLVED + 2 * _BESIDE
    weights = np.zeros((2 * size, size))
    for row in range(2 * size):
        near = row // 2
        weights[row, near] += 0.75
        weights[row, np.clip(near + (1 if row % 2 else -1), 0, size - 1)] += 0.25
    return np.linalg.pinv(weights)[_BESIDE:-_BESIDE].astype(np.float32)

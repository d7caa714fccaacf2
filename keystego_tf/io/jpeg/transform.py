"""Convert between samples and coefficients: blocks, the DCT, libjpeg's usual tables.

Source: ITU-T T.81, annex A.3.3 (DCT) and K.1 (tables).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Steps = NDArray[np.uint16]

#: DCT-II of 8 samples, orthonormal: [frequency, sample].
DCT: Floats = np.cos(np.pi / 16 * np.arange(8)[:, None] * (2 * np.arange(8) + 1)).astype(np.float32)
DCT *= 0.5
DCT[0] *= np.sqrt(0.5)

#: Quantisation steps at quality 50, row by row: tables K.1 and K.2.
LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float32,
)
CHROMINANCE = np.full((8, 8), 99, np.float32)
CHROMINANCE[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]


def standard_tables(quality: int) -> tuple[Steps, Steps]:
    """Return libjpeg's luma and chroma tables at a quality of 1 to 100, uint16 [8, 8] each."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    luma, chroma = (
        np.clip((table.astype(int) * scale + 50) // 100, 1, 255).astype(np.uint16)
        for table in (LUMINANCE, CHROMINANCE)
    )
    return luma, chroma


def blocks(image: NDArray) -> NDArray:
    """Cut an image [H, W, ...] into its whole 8 x 8 blocks: [rows, columns, 8, 8, ...]."""
    rows, columns = image.shape[0] // 8, image.shape[1] // 8
    whole = image[: 8 * rows, : 8 * columns]
    return whole.reshape(rows, 8, columns, 8, *image.shape[2:]).swapaxes(1, 2)


def joined(blocks: NDArray) -> NDArray:
    """Undo ``blocks``: put [rows, columns, 8, 8, ...] together to [8 rows, 8 columns, ...]."""
    rows, columns = blocks.shape[:2]
    return blocks.swapaxes(1, 2).reshape(8 * rows, 8 * columns, *blocks.shape[4:])


def flattened(image: NDArray) -> NDArray:
    """Cut an image into its whole blocks, [blocks, 64 C]: by row, column and channel in a block."""
    return blocks(image).reshape(-1, math.prod(image.shape[2:], start=64))


def placed(flat: Floats, shape: tuple[int, ...]) -> Floats:
    """Undo ``flattened`` for an image's shape; 0 beyond the last whole blocks."""
    rows, columns = shape[0] // 8, shape[1] // 8
    image = np.zeros(shape, np.float32)
    image[: 8 * rows, : 8 * columns] = joined(flat.reshape(rows, columns, 8, 8, *shape[2:]))
    return image


def transformed(samples: Floats) -> Floats:
    """Compute the DCT coefficients of blocks of samples, float32 [..., 8, 8]."""
    return DCT @ samples @ DCT.T


def decoded(coefficients: NDArray[np.int16], table: Steps) -> Floats:
    """Decode a component's samples, rounded and clipped: float32 [8 rows, 8 columns] in [0, 255].

    Takes what ``spatial`` does.
    """
    samples = spatial(coefficients, table)
    np.clip(np.rint(samples, out=samples), 0, 255, out=samples)
    return samples


def spatial(coefficients: NDArray[np.int16], table: Steps) -> Floats:
    """Decode a component's samples, unrounded and unclipped: float32 [8 rows, 8 columns].

    Args:
        coefficients: int16 [rows, columns, 8, 8], quantised.
        table: uint16 [8, 8], quantisation steps.
    """
    return joined(DCT.T @ (coefficients * table.astype(np.float32)) @ DCT + 128)

"""Write changed samples as a JPEG file that differs as little as possible from the unchanged one.

Coefficients that nothing has changed keep their exact values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .file import Coefficients, Component, JpegFile
from .transform import blocks, transformed

#: Weights of R, G and B in Y, Cb and Cr (rows; JFIF 1.02), without the offset of Cb and Cr.
YCBCR = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)

#: Changes of a coefficient below this are rounding errors of floats.
NOTHING = 0.02

Floats = NDArray[np.float32]


def with_samples(plain: JpegFile, cover_u8: NDArray[np.uint8], samples: Floats) -> bytes:
    """Write the cover's file with other samples.

    Args:
        plain: the cover's file, gray or YCbCr.
        cover_u8: uint8 [H, W, C], the samples that it was made from.
        samples: float32 [H, W, C], not rounded, to encode instead.
    """
    change = samples - cover_u8
    base = cover_u8.astype(np.float32)
    if cover_u8.shape[-1] == 3:
        change, base = change @ YCBCR.T, base @ YCBCR.T
    base[..., 0] -= 128
    return plain.to_bytes(
        [
            _coefficients(
                component, np.rint(base[..., index]), change[..., index], plain.frame.most
            )
            for index, component in enumerate(plain.components)
        ]
    )


def _coefficients(
    component: Component, base: Floats, change: Floats, most: tuple[int, int]
) -> Coefficients:
    old = component.coefficients
    factors = most[0] // component.vertical, most[1] // component.horizontal
    moved = transformed(_blocks(change, factors, old.shape))
    values = transformed(_blocks(base, factors, old.shape)) + moved
    new = np.clip(np.rint(values / component.table), -1023, 1023).astype(np.int16)
    return np.where(np.abs(moved) < NOTHING, old, new)


def _blocks(plane: Floats, factors: tuple[int, int], shape: tuple[int, ...]) -> Floats:
    """Cut a plane into blocks, averaged by factors, edges repeated: [rows, columns, 8, 8]."""
    down, across = factors
    height, width = 8 * shape[0] * down, 8 * shape[1] * across
    away = ((0, height - plane.shape[0]), (0, width - plane.shape[1]))
    whole = np.pad(plane, away, mode="edge")
    means = whole.reshape(height // down, down, width // across, across).mean(axis=(1, 3))
    found: Floats = blocks(means)
    return found

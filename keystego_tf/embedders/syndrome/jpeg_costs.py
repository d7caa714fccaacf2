"""Price a change of a quantised DCT coefficient: cheap where texture hides it.

J-UNIWARD is the relative change of the wavelet coefficients of the decoded image. DC and zero
coefficients may change like all others, as its authors have it. Source: Holub, Fridrich and
Denemark, "Universal distortion function for steganography in an arbitrary domain", EURASIP Journal
on Information Security, 2014, section 3.2 and equation 5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...io.jpeg.transform import DCT, blocks, decoded

Coefficients = NDArray[np.int16]
Costs = NDArray[np.float32]

#: Keeps J-UNIWARD's costs finite; the value of the paper's section 6.
SIGMA = 2.0**-6

#: Side of a J-UNIWARD tile in blocks. It is large enough that edges are few, and small enough that
#: the matrices have few zeros.
_TILE = 16

#: Number of wavelet coefficients that a block's pixels reach in each direction: 8 + 16 - 1.
_REACH = 23

# Daubechies' 8-tap pair: the high-pass filter, and the low-pass filter derived from it
_HIGH = np.array(
    [-0.0544158422, 0.3128715909, -0.6756307363, 0.5853546837, 0.0158291053, -0.2840155430,
     -0.0004724846, 0.1287474266, 0.0173693010, -0.0440882539, -0.0139810279, 0.0087460940,
     0.0048703530, -0.0003917404, -0.0006754494, -0.0001174768]
)  # fmt: skip
_LOW = (-1.0) ** np.arange(16) * _HIGH[::-1]


def juniward(coefficients: Coefficients, table: NDArray[np.uint16]) -> Costs:
    """Compute J-UNIWARD's costs, finite and above 0.

    Args:
        coefficients: int16 [rows, columns, 8, 8], quantised.
        table: uint16 [8, 8], quantisation steps.

    Returns:
        float32 of the coefficients' shape: the cost of +1 and of -1.
    """
    rows, columns = coefficients.shape[:2]
    image = decoded(coefficients, table)
    tiled = [(0, -size % _TILE * 8) for size in (rows, columns)]
    image = np.pad(image, 15, mode="symmetric")
    image = np.pad(image, tiled, mode="edge")
    costs = np.empty((rows, columns, 8, 8), np.float32)
    side = 8 * _TILE
    for top in range(0, rows, _TILE):
        for left in range(0, columns, _TILE):
            pixel = image[8 * top : 8 * top + side + 30, 8 * left : 8 * left + side + 30]
            part = costs[top : top + _TILE, left : left + _TILE]
            part[:] = blocks(_tile_costs(pixel))[: part.shape[0], : part.shape[1]]
    costs *= table
    return costs


def _tile_costs(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute a tile's costs for quantisation steps of 1: float32 [8 rows, 8 columns].

    ``image`` is float32 [8 rows + 30, 8 columns + 30]. Every step is separable, so it is a product
    with a matrix from each side. The steps are the wavelet filters, and the sum over everything
    that a basis function of the DCT reaches, weighted by how far it moves each wavelet coefficient.
    """
    (low, low_reach), (high, high_reach) = _MATRICES
    low_rows, high_rows = low @ image, high @ image
    costs = np.zeros((8 * _TILE, 8 * _TILE), np.float32)
    for filtered, down, across, across_filter in (
        (low_rows, low_reach, high_reach, high),
        (high_rows, high_reach, low_reach, low),
        (high_rows, high_reach, high_reach, high),
    ):
        weights = np.abs(filtered @ across_filter.T)
        weights += np.float32(SIGMA)
        np.reciprocal(weights, out=weights)
        costs += down @ weights @ across.T
    return costs


def _matrices(taps: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Write a filter as a matrix over a tile, [8 n + 15, 8 n + 30], and its reach, [8 n, 8 n + 15].

    The reach of a block's DCT frequency p is how far one step of it moves each of the 23 wavelet
    coefficients, without sign.
    """
    size = 8 * _TILE
    filters = np.zeros((size + 15, size + 30))
    for row in range(size + 15):
        filters[row, row : row + 16] = taps
    reach = np.zeros((size, size + 15))
    for block in range(_TILE):
        for frequency in range(8):
            moved = np.abs(np.convolve(DCT[frequency], taps[::-1]))  # [23]
            reach[8 * block + frequency, 8 * block : 8 * block + _REACH] = moved
    return filters.astype(np.float32), reach.astype(np.float32)


_MATRICES = _matrices(_LOW), _matrices(_HIGH)


def nonzero_ac(coefficients: Coefficients) -> int:
    """Count the nonzero AC coefficients, the unit of JPEG files' capacities."""
    return int(np.count_nonzero(coefficients) - np.count_nonzero(coefficients[..., 0, 0]))

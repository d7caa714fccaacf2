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

#: Rows and columns of blocks that are computed at once: they stay in the processor's cache, and
#: their products are too small for BLAS to share among threads. Even, as filters make 16 samples.
_ROWS, _COLUMNS = 16, 64

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
    image = np.pad(decoded(coefficients, table), 15, mode="symmetric")
    # whole filters on all sides, and one sample more
    image = np.pad(image, [(0, -8 * size % 16 + 1) for size in (rows, columns)], mode="edge")
    costs = np.empty((rows, columns, 8, 8), np.float32)
    for top in range(0, rows, _ROWS):
        for left in range(0, columns, _COLUMNS):
            below, right = 8 * (top + _ROWS) + 31, 8 * (left + _COLUMNS) + 31
            tile = blocks(_unquantised(image[8 * top : below, 8 * left : right]))
            part = costs[top : top + _ROWS, left : left + _COLUMNS]
            part[:] = tile[: part.shape[0], : part.shape[1]]
    costs *= table
    return costs


def _unquantised(image: Costs) -> Costs:
    """Compute the costs for quantisation steps of 1: float32 [height, width].

    ``image`` is float32 [height + 31, width + 31]. Every step is separable, so it is done in one
    direction, and after a transposition in the other. The steps are the wavelet filters, and the
    sum over everything that a basis function of the DCT reaches, weighted by how far it moves each
    wavelet coefficient.
    """
    low, high = (_slid(each, image, 16).T.copy() for each in (_LOW_ROWS, _HIGH_ROWS))
    across = [
        _slid(reach, _weights(_slid(taps, filtered, 16)), 8)
        for filtered, taps, reach in (
            (low, _HIGH_ROWS, _HIGH_REACH),
            (high, _LOW_ROWS, _LOW_REACH),
            (high, _HIGH_ROWS, _HIGH_REACH),
        )
    ]
    of_low, of_high = across[0].T.copy(), (across[1] + across[2]).T.copy()
    return _slid(_LOW_REACH, of_low, 8) + _slid(_HIGH_REACH, of_high, 8)


def _weights(wavelets: Costs) -> Costs:
    return 1 / (np.abs(wavelets) + np.float32(SIGMA))


def _slid(matrix: Costs, image: Costs, step: int) -> Costs:
    """Multiply windows of rows, ``step`` apart, by a matrix [step, rows of a window]."""
    windows = np.lib.stride_tricks.sliding_window_view(image, matrix.shape[1], axis=0)[::step]
    return (matrix @ windows.swapaxes(1, 2)).reshape(-1, image.shape[1])


def _rows_of(taps: NDArray[np.float64]) -> Costs:
    """Write a filter as a matrix that makes 16 samples of 31."""
    rows = np.zeros((16, 31), np.float32)
    for row in range(16):
        rows[row, row : row + 16] = taps
    return rows


def _reach_of(taps: NDArray[np.float64]) -> Costs:
    """Return how far a step of a DCT frequency moves 23 wavelet coefficients: [frequency, 23]."""
    moved = [np.abs(np.convolve(frequency, taps[::-1])) for frequency in DCT]
    return np.array(moved, np.float32)


_LOW_ROWS, _HIGH_ROWS = _rows_of(_LOW), _rows_of(_HIGH)
_LOW_REACH, _HIGH_REACH = _reach_of(_LOW), _reach_of(_HIGH)


def nonzero_ac(coefficients: Coefficients) -> int:
    """Count the nonzero AC coefficients, the unit of JPEG files' capacities."""
    return int(np.count_nonzero(coefficients) - np.count_nonzero(coefficients[..., 0, 0]))

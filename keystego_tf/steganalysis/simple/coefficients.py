"""Test a JPEG file's quantised coefficients, those of luma unless stated otherwise."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from ...io.jpeg import JpegFile
from ...io.jpeg.transform import blocks, decoded, transformed

#: Frequencies that hold most nonzero coefficients: the first nine of the zigzag.
_LOW = ((0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0))

#: Values at which histograms are compared, and pairs of the chi-square attack.
_VALUES = np.arange(-3, 4)
_PAIRS = [(value, value + 1) for value in range(-30, 30, 2) if value]


def calibration(file: JpegFile) -> float:
    """How far histograms of low frequencies are from those of the same image cropped by 4 pixels.

    The decoded luma is cropped, so that other blocks are coded, and quantised by the same table. It
    then has nearly the histograms of the cover. The result is the sum over nine frequencies of the
    L1 distance of the shares of -3 to 3. It is nan for an image of less than 16 blocks.

    Source:
        Fridrich, Goljan and Hogea, "Steganalysis of JPEG images: breaking the F5 algorithm",
        Information Hiding, 2002; Kodovsky and Fridrich, "Calibration revisited", ACM MM&Sec, 2009.
    """
    own, cropped = _shares(file)
    return float(np.abs(own - cropped).sum()) if own.size else float("nan")


def calibrated_zeros(file: JpegFile) -> float:
    """Zeros that there are too many of against the cropped image, as a share of all coefficients.

    F5 and its kin shrink coefficients to zeros. This is ``calibration`` with the sign that a
    distance loses.
    """
    own, cropped = _shares(file)
    zero = int(np.flatnonzero(_VALUES == 0)[0])
    return float((own - cropped)[:, zero].mean()) if own.size else float("nan")


def _shares(file: JpegFile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of each value at each low frequency, as is and cropped: [9, values]."""
    component = file.components[0]
    rows, columns = component.coefficients.shape[:2]
    if min(rows, columns) < 2 or rows * columns < 16:
        return np.empty((0, 0)), np.empty((0, 0))
    image = decoded(component.coefficients, component.table)[4:-4, 4:-4] - 128
    other = np.rint(transformed(blocks(image)) / component.table)
    return _histograms(component.coefficients), _histograms(other)


def _histograms(coefficients: NDArray) -> NDArray[np.float64]:
    return np.array(
        [[float((coefficients[..., p, q] == v).mean()) for v in _VALUES] for p, q in _LOW]
    )


def equal_pairs(file: JpegFile) -> float:
    """How equal the frequencies of 2k and 2k + 1 are: minus chi-square by degree of freedom.

    LSB replacement in coefficients (Jsteg) makes them equal, with 0 and 1 left out. The result is
    near -1 with a message in every coefficient, and far below in a cover. It is nan where few pairs
    have coefficients.

    Source:
        Westfeld and Pfitzmann, "Attacks on steganographic systems", Information Hiding, 1999.
    """
    counts = _counts(file)
    statistic, pairs = 0.0, 0
    for low, high in _PAIRS:
        both = counts[low] + counts[high]
        if both >= 10:
            statistic += (counts[low] - counts[high]) ** 2 / both
            pairs += 1
    return -statistic / pairs if pairs >= 2 else float("nan")


def asymmetry(file: JpegFile) -> float:
    """Difference of the frequencies of v and -v, v from 1 to 10, as a share of both.

    Covers have either sign equally often. LSB replacement pairs 2 with 3, but -2 with -1. The
    result is nan where no coefficient has such a value.

    Source:
        Zhang and Ping, "A fast and effective steganalytic technique against Jsteg-like algorithms",
        ACM SAC, 2003.
    """
    counts = _counts(file)
    pairs = [(counts[v], counts[-v]) for v in range(1, 11)]
    total = sum(map(sum, pairs))
    return sum(abs(a - b) for a, b in pairs) / total if total else float("nan")


def _counts(file: JpegFile) -> Counter[int]:
    """Count how often each value occurs among AC coefficients of all components."""
    counts: Counter[int] = Counter()
    for component in file.components:
        flat = component.coefficients.reshape(-1, 64)[:, 1:]
        values, numbers = np.unique(flat, return_counts=True)
        counts.update(dict(zip(values.tolist(), numbers.tolist())))
    return counts

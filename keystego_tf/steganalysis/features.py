"""Features of images for trained attackers: SPAM and SRMQ1 of samples, DCTR of JPEG coefficients.

SPAM: Pevny, Bas and Fridrich, 2010, 686 features. SRMQ1: the spatial rich model with one
quantisation, Fridrich and Kodovsky, 2012, 12,753 features. DCTR: Holub and Fridrich, 2015, 8,000
features. A colour image has the features of its three channels, one after the other.

The residuals of SRMQ1, and the features made of their co-occurrences, are ``sealwatch``'s. The
co-occurrences are counted here, in one pass instead of one for each of 625 patterns, which takes a
tenth of the time. The tests compare all sets with sealwatch's own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray

from ..config.checked import require
from ..io.extras import extra_package
from ..io.jpeg.transform import DCT, spatial, standard_tables
from .planes import Pixels, Plane, planes

Floats = NDArray[np.float32]

#: Features of a channel, by the name of the set.
SIZES = {"spam": 686, "srmq1": 12753}

#: SPAM clips differences at plus and minus this.
SPAM_LIMIT = 3

#: DCTR counts residuals by size up to this.
DCTR_LIMIT = 4

#: sealwatch's functions for the residuals of an order, with their quantisation and prefix.
ORDERS = (
    ("all1st", 1, "f1"),
    ("all2nd", 2, "f2"),
    ("all3rd", 3, "f3"),
    ("all3x3", 4, "f3x3"),
    ("all5x5", 12, "f5x5"),
)


def extract(images: Iterable[Pixels], name: str = "spam") -> Floats:
    """Extract the features of images, float32 [images, C * SIZES[name]].

    SRMQ1 takes some twenty times as long as SPAM.

    Args:
        images: uint8 [H, W, C] each, all of one C (1 or 3), sides from 8.
        name: one of SIZES.

    Raises:
        ValueError: the name is unknown, there are no images, or they differ in C.
        ImportError: SRMQ1 without sealwatch.
    """
    require(name in SIZES, "name", name, f"must be one of {', '.join(SIZES)}")
    of_plane = {"spam": _spam, "srmq1": _srmq1}[name]
    rows = []
    for image_u8 in images:
        if min(image_u8.shape[:2]) < 8:
            raise ValueError(f"image is {image_u8.shape}, but its sides must be at least 8")
        rows.append(np.concatenate([of_plane(plane) for plane in planes(image_u8)]))
    if len({row.size for row in rows}) != 1:
        raise ValueError("images must be at least one, all with the same number of channels")
    return np.stack(rows)


def dctr(coefficients: Iterable[NDArray[np.int16]], table: NDArray[np.uint16]) -> Floats:
    """Extract DCTR of gray JPEG images, float32 [images, 8000].

    Args:
        coefficients: int16 [rows, columns, 8, 8] each, quantised, two blocks or more each way.
        table: uint16 [8, 8], quantisation steps, from which libjpeg's quality is estimated.
    """
    # Equation 10 of the source: 8 times what the quality scales the tables of Annex K by.
    step = max(0.2, 8 * float(np.median(table / standard_tables(50)[0])))
    return np.stack([_dctr(spatial(each, table) - 128, step) for each in coefficients])


def _dctr(plane: Floats, step: float) -> Floats:
    """Return histograms of the undecimated DCT's sizes, by frequency and place in the JPEG grid."""
    windows = np.lib.stride_tricks.sliding_window_view(plane, (8, 8))
    residual = np.abs(DCT @ windows @ DCT.T) / step  # [H - 7, W - 7, 8, 8]
    sizes = np.minimum(np.floor(residual + 0.5), DCTR_LIMIT).astype(np.uint8)
    padded = np.pad(sizes, ((0, 7), (0, 7), (0, 0), (0, 0)), constant_values=DCTR_LIMIT + 1)
    grid = padded.reshape(plane.shape[0] // 8, 8, -1, 8, 64)
    bins = [(grid == size).sum(axis=(0, 2)) for size in range(DCTR_LIMIT + 1)]
    counts = np.stack(bins, axis=-1)  # place down, place across, frequency, size: [8, 8, 64, 5]
    for _ in "down", "across":  # a place is counted with its mirror image
        folded = counts[:5].copy()
        folded[1:4] += counts[:4:-1]
        counts = folded.swapaxes(0, 1)
    shares = counts / counts.sum(axis=-1, keepdims=True)
    return shares.transpose(2, 0, 1, 3).reshape(-1).astype(np.float32)


def _spam(plane: Plane) -> Floats:
    """Count three differences in a row: along rows and columns, and along diagonals."""
    sides = 2 * SPAM_LIMIT + 1
    halves = []
    for types in (("hor", "ver"), ("diag", "mdiag")):
        total = np.zeros(sides**3)
        for type in types:
            differences = np.diff(_neighbours(plane.astype(np.int16), type), axis=0)
            first, second, third = np.clip(differences, -SPAM_LIMIT, SPAM_LIMIT) + SPAM_LIMIT
            codes = (third * sides + second) * sides + first
            counts = np.bincount(codes.reshape(-1), minlength=sides**3) / codes.size
            # In the opposite direction, each difference changes its sign and the order reverses.
            back = counts.reshape(sides, sides, sides)[::-1, ::-1, ::-1].transpose(2, 1, 0)
            total += counts + back.reshape(-1)
        halves.append(total / 4)
    return np.concatenate(halves).astype(np.float32)


def _srmq1(plane: Plane) -> Floats:
    """Return the features of sealwatch's ``srmq1.extract``, its parts in the order of their names.

    sealwatch orders them as a set of strings does, which differs in every process.
    """
    package = extra_package("sealwatch.srm")
    image = plane.astype(int)
    parts: OrderedDict[str, Any] = OrderedDict()
    for function, quantisation, prefix in ORDERS:
        make: Callable[..., Any] = getattr(package.cooccurrence, function)
        made = make(image, quantisation, CoocN=_count)
        parts = package.symm.post_process(made, prefix, 1, parts)
    return np.concatenate(
        [np.asarray(parts[name], np.float32).reshape(-1) for name in sorted(parts)]
    )


def _count(residual: NDArray[Any], type: str, T: int) -> NDArray[np.float64]:  # noqa: N803
    """Return the share of each pattern of four neighbouring residuals, [2 T + 1] * 4.

    The name and the arguments are sealwatch's. residual: [rows, columns], whole numbers, of which
    those beyond T are left out; type: how neighbours lie.
    """
    sides = 2 * T + 1
    digits = residual.astype(np.int16) + T
    outside = (digits < 0) | (digits >= sides)
    # One digit beyond T puts the whole number outside all patterns.
    digits[outside] = sides**4
    codes: Any = 0
    for each in _neighbours(digits.astype(np.int32), type):
        codes = np.minimum(codes * sides + each, sides**4)
    counts = np.bincount(codes.reshape(-1), minlength=sides**4 + 1)[: sides**4]
    return counts.reshape((sides,) * 4) / counts.sum()


def _neighbours(d: NDArray[Any], type: str) -> list[NDArray[Any]]:
    """Return four neighbours of ``d`` everywhere, in a row or (square) around a corner."""
    if type == "hor":
        return [d[:, start : d.shape[1] - 3 + start] for start in range(4)]
    if type == "ver":
        return [d[start : d.shape[0] - 3 + start] for start in range(4)]
    if type == "diag":
        return [_neighbours(d, "ver")[n][:, n : d.shape[1] - 3 + n] for n in range(4)]
    if type == "mdiag":
        return [_neighbours(d, "ver")[3 - n][:, n : d.shape[1] - 3 + n] for n in range(4)]
    if type == "square":
        return [d[1:, :-1], d[1:, 1:], d[:-1, 1:], d[:-1, :-1]]
    if type == "square-ori":  # horizontal residuals, and vertical ones to the right of them
        across, along = d[:, : d.shape[0]], d[:, d.shape[0] :]
        return [across[1:, :-1], along[1:, 1:], across[:-1, 1:], along[:-1, :-1]]
    raise ValueError(f"type is {type!r}, which is no arrangement of neighbours")

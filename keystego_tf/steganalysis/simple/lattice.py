"""Find the quantisation steps on which an image's DCT coefficients still lie, without any table.

Decoded JPEG coefficients lie near multiples of their quantisation steps, however the image was
saved afterwards without loss. The statistic here is the mean of cos(2 pi c / s) over the
coefficients c that a step s does not quantise to zero. It is near 1 on the lattice of s, and 0 or
less elsewhere.

Sources: Fan and de Queiroz, "Identification of bitmap compression history", IEEE TIP, 2003;
Neelamani, de Queiroz, Fan, Dash and Baraniuk, "JPEG compression history estimation for color
images", IEEE TIP, 2006.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...io.jpeg.transform import standard_tables
from ...metrics.statistics import Z

Plane = NDArray[np.float32]
Blocks = NDArray[np.float32]
Steps = NDArray[np.uint16]

#: Largest step that is searched for, and number of blocks used.
LARGEST, BLOCKS = 160, 3000

#: Standard deviation that rounding to 8-bit RGB leaves on a decoded coefficient: 0.29 from luma's
#: own samples, and 0.19 from those of red, green and blue.
NOISE = 0.36

#: To know a step takes this many coefficients that it does not quantise to zero, and a statistic
#: this many standard errors above 0.
FEWEST, SIGNIFICANT = 8, 3 * Z

#: Number of known steps that make an image a decoded JPEG.
KNOWN = 3


def planes(image_u8: NDArray[np.uint8]) -> list[Plane]:
    """Return Y, or Y, Cb and Cr (JFIF), less 128, float32 [H, W] each; image_u8: [H, W, 1 or 3].

    An image whose three channels are equal everywhere is gray.
    """
    if image_u8.shape[-1] == 1 or bool((image_u8 == image_u8[..., :1]).all()):
        return [image_u8[..., 0].astype(np.float32) - 128]
    red, green, blue = (image_u8[..., index].astype(np.float32) for index in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return [luma - 128, (blue - luma) / 1.772, (red - luma) / 1.402]


def steps(coefficients: Blocks, noise: float = NOISE, largest: int = LARGEST) -> Steps:
    """Return the step of each frequency, 0 where none shows; uint16 [...].

    Args:
        coefficients: float32 [blocks, ...], not quantised, of blocks without clipped samples.
        noise: standard deviation of the deviations that quantisation does not cause.
        largest: largest step that is searched for.
    """
    values = coefficients.reshape(len(coefficients), math.prod(coefficients.shape[1:]))
    sizes = np.abs(values)
    found = np.zeros(values.shape[1], np.uint16)
    for step in range(2, largest + 1):
        counts = (sizes > step / 2).sum(axis=0)
        candidates = np.flatnonzero(counts >= FEWEST)
        if not candidates.size:
            break
        count, turns = counts[candidates], values[:, candidates] / np.float32(step)
        used = np.abs(turns) > 0.5
        away = turns - np.rint(turns)
        waves = (np.cos(2 * np.pi * away) * used).sum(axis=0) / count
        # 7/10 of what the noise leaves of a cosine; most coefficients within two deviations
        expected = 0.7 * np.exp(-2 * (np.pi * noise / step) ** 2)
        close = ((np.abs(away) < 2 * noise / step) & used).sum(axis=0) > 0.8 * count
        # the largest step wins, because its divisors fit as well
        known = (waves > expected) & close & (waves * np.sqrt(2 * count) > SIGNIFICANT)
        found[candidates[known]] = step
    return found.reshape(coefficients.shape[1:])


def filled(found: Steps, coefficients: Blocks) -> Steps:
    """Fill in steps that did not show: 1 where coefficients abound, else one that gives zeros."""
    abound = (np.abs(coefficients) > 3 * NOISE).mean(axis=0) > 0.1
    return np.where(found > 0, found, np.where(abound, 1, 255)).astype(np.uint16)


def standard_quality(found: Steps) -> int | None:
    """Return the quality of libjpeg whose luma table has the known steps; None if none has.

    Of at least KNOWN steps 85 % have to agree: one or two may be estimated wrongly.
    """
    known = found > 0
    if np.count_nonzero(known) < KNOWN:
        return None
    agreeing = [
        float((standard_tables(quality)[0] == found)[known].mean()) for quality in range(1, 101)
    ]
    best = int(np.argmax(agreeing))
    return best + 1 if agreeing[best] >= 0.85 else None


def is_whole(coefficients: Blocks) -> bool:
    """Tell whether coefficients lie near whole numbers, as after a JPEG with all steps 1.

    Frequencies 0 and 4 each way are left out: for whole samples they are multiples of 1/8.
    """
    rest = [index for index in range(8) if index % 4]
    values = coefficients[..., rest, :][..., rest].reshape(-1)
    values = values[np.abs(values) > 0.5]
    if values.size < 1000:
        return False
    mean = float(np.cos(2 * np.pi * values).mean())
    return mean > 0.04 and mean * np.sqrt(2 * values.size) > 2 * SIGNIFICANT

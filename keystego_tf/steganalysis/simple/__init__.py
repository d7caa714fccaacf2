"""Detect hidden bits without training and without a key, one entry a detector.

An entry says what it reads and gives a score: higher for a stego image, nan where it has nothing to
say. An evaluation runs over ``DETECTORS``, and ``keystego-tf inspect`` prints their scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import estimators
from . import coefficients, curve, jpeg_past, samples, structure

#: What a detector may read: the samples of a lossless image, uint8 [H, W, C], an
#: ``io.jpeg.JpegFile``, a JPEG file's bytes, or 32 bytes read out of an image.
SAMPLES, JPEG, JPEG_BYTES, BYTES = "samples", "jpeg", "jpeg bytes", "bytes"


@dataclass(frozen=True)
class Detector:
    """A detector: its name, what it reads, its score, and the package extra it needs, if any."""

    name: str
    reads: str
    score: Callable[[Any], float]
    extra: str | None = None

    @property
    def about(self) -> str:
        """Return the first line of the score's docstring."""
        return (self.score.__doc__ or "").strip().splitlines()[0]


DETECTORS = (
    Detector("jpeg-compatibility", SAMPLES, jpeg_past.score),
    Detector("gray-exceptions", SAMPLES, samples.gray_exceptions),
    Detector("range-ends", SAMPLES, samples.range_ends),
    Detector("lone-samples", SAMPLES, samples.lone_samples),
    Detector("rs", SAMPLES, estimators.rs),
    Detector("primary-sets", SAMPLES, estimators.primary_sets),
    Detector("sample-pairs", SAMPLES, estimators.sample_pairs, "evaluation"),
    Detector("chi-square", SAMPLES, estimators.chi_square, "evaluation"),
    Detector("calibration", JPEG, coefficients.calibration),
    Detector("calibrated-zeros", JPEG, coefficients.calibrated_zeros),
    Detector("equal-pairs", JPEG, coefficients.equal_pairs),
    Detector("asymmetry", JPEG, coefficients.asymmetry),
    Detector("structure", JPEG_BYTES, structure.score),
    Detector("x25519", BYTES, curve.score),
)


def reading(*kinds: str) -> tuple[Detector, ...]:
    """Return the detectors that read one of these kinds."""
    return tuple(each for each in DETECTORS if each.reads in kinds)

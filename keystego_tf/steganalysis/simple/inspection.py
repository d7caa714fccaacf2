"""Run on one image the tests that need neither key nor training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...io import images, jpeg
from . import JPEG, JPEG_BYTES, SAMPLES, Detector, jpeg_past, reading, samples, structure

_SAMPLING = {0: "full", 1: "halved across", 2: "halved both ways"}


@dataclass(frozen=True)
class Findings:
    """Scores by detector, and notes in words.

    A score is None where a detector has nothing to say or lacks its extra. ``kind``: JPEG, or
    samples of a lossless image.
    """

    kind: str
    scores: dict[str, float | None]
    notes: list[str]


def inspect(content: bytes) -> Findings:
    """Run every simple detector that can read a file.

    Args:
        content: the bytes of an image file.

    Raises:
        ValueError: neither ``io.images`` nor ``io.jpeg`` reads the file.
    """
    if content.startswith(b"\xff\xd8\xff"):
        file = jpeg.read(content, keep_metadata=True)
        scores = {each.name: _score(each, file) for each in reading(JPEG)}
        scores.update({each.name: _score(each, content) for each in reading(JPEG_BYTES)})
        return Findings("JPEG", scores, structure.oddities(content))
    picture = images.read_exact(content)
    pixels = picture.rgb_u8[..., :1] if picture.gray else picture.rgb_u8
    # compatibility takes longest, so it runs once for both score and notes
    others = [each for each in reading(SAMPLES) if each.score is not jpeg_past.score]
    notes, compatibility = _past(pixels)
    scores = {"jpeg-compatibility": compatibility, **{e.name: _score(e, pixels) for e in others}}
    exceptions = samples.gray_exceptions(pixels)
    if exceptions:
        notes.append(f"it is gray but for {exceptions:.2%} of its pixels")
    return Findings("samples", scores, notes)


def _score(detector: Detector, evidence: Any) -> float | None:
    try:
        score = detector.score(evidence)
    except (ImportError, ValueError):  # an extra is missing, or the image too small for this one
        return None
    return score if math.isfinite(score) else None


def _past(pixels: NDArray[np.uint8]) -> tuple[list[str], float | None]:
    """Return notes on a JPEG past, and the score of ``jpeg_past``."""
    past = jpeg_past.find(pixels) if min(pixels.shape[:2]) >= jpeg_past.SMALLEST else None
    if past is None:
        return [], None
    notes = [f"it was a JPEG: {describe(past, pixels.shape[-1])}"]
    if not past.exact:
        return notes, None
    clean, lone, blocks = jpeg_past.blocks_that_come_back(pixels, past)
    notes.append(
        f"of {blocks:,} blocks {clean:,} come back from it whole, and {lone:,} but for one or two "
        "samples"
    )
    return notes, jpeg_past.share(clean, lone)


def describe(past: jpeg_past.JpegPast, channels: int) -> str:
    """Describe quality and colour sampling of a JPEG past in words."""
    tables = f"libjpeg's quality {past.quality}" if past.quality else "tables of its own"
    place = f", cropped by {past.left % 8} and {past.top % 8} pixels"
    cropped = place if past.left % 8 or past.top % 8 else ""
    colours = f", colours {_SAMPLING[past.sampling]}" if channels == 3 and past.exact else ""
    return tables + colours + cropped

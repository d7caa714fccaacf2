"""Test a stego image as a stranger could, for traces of JPEG compression or of a change."""

from __future__ import annotations

import warnings

from ..io.images import Picture

#: A JPEG shrunk to this share of its size keeps no traces of compression (benchmarks/scale.py).
FACTOR = 0.7


def warn_of_past(picture: Picture, name: str, lossy: str | None = None) -> None:
    """Warn if a lossless image is a former JPEG, or the file is of another ``lossy`` kind."""
    from ..steganalysis.simple import jpeg_past

    if lossy:
        warnings.warn(
            f"{name} is a lossy {lossy}, and changes may show against its compression: shrink it "
            f"(--scale {FACTOR})",
            stacklevel=2,
        )
        return
    if min(picture.rgb_u8.shape[:2]) >= jpeg_past.SMALLEST and jpeg_past.find(picture.rgb_u8):
        warnings.warn(
            f"{name} was a JPEG once, and every sample that changes shows against that: shrink it "
            f"(--scale {FACTOR}), or hide in the JPEG itself",
            stacklevel=2,
        )


def warn_of_changes(cover: Picture, stego: Picture) -> None:
    """Warn of changes that stand out because the cover has no samples like them."""
    from ..steganalysis.simple import samples

    if cover.gray and not stego.gray:
        warnings.warn("the cover is gray, and the stego image has coloured pixels", stacklevel=2)
    if not samples.lone_samples(cover.rgb_u8) and samples.lone_samples(stego.rgb_u8):
        warnings.warn(
            "changes show in flat areas, where the cover has none: take a photo instead of a "
            "drawing or an overexposed picture, or a shorter message",
            stacklevel=2,
        )

"""Plot images: cover and stego image side by side, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...io.comparison import difference
from .canvas import COLOURS, INK, SIZE, blank, dress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Pixels = NDArray[np.uint8]

#: Width of a panel, inches.
PANEL = 2.1


def trio(cover: Any, stego: Any, magnified: int | tuple[int, ...] = 5) -> Figure:
    """Show cover, stego image and their difference, magnified as in Table I of the paper.

    Args:
        cover: uint8 [H, W, C] or [H, W], or anything that becomes such an array (a Pillow image).
        stego: the same, of the same size.
        magnified: factor of the absolute difference, clipped at white; each of several has a panel.

    Raises:
        ValueError: the images do not fit together.
    """
    cover_u8, stego_u8 = _pair(cover, stego)
    factors = (magnified,) if isinstance(magnified, int) else magnified
    panels = {"cover": cover_u8, "stego": stego_u8}
    for factor in factors:
        panels[f"difference x {factor}"] = difference(cover_u8, stego_u8, factor)
    return gallery(panels)


def gallery(panels: Mapping[str, Any]) -> Figure:
    """Show images side by side under their titles, pixels unsmoothed; uint8 [H, W, C] or [H, W]."""
    pixels = {title: _u8(title, each) for title, each in panels.items()}
    tallest = max(each.shape[0] / each.shape[1] for each in pixels.values())
    size = PANEL * len(pixels)
    figure, axes = blank(len(pixels), width=size, height=PANEL * tallest + 0.3)
    for each, (title, image) in zip(axes, pixels.items()):
        each.set_title(title, fontsize=SIZE, color=INK, loc="left")
        each.set_axis_off()
        shown = image[..., 0] if image.shape[-1] == 1 else image
        # vmin and vmax keep a flat gray image from being stretched to black and white.
        each.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    return figure


def sizes(cover: Any, stego: Any) -> Figure:
    """Show how large the changes are: the share of samples by difference, on a logarithmic axis."""
    cover_u8, stego_u8 = _pair(cover, stego)
    steps, counts = np.unique(stego_u8.astype(np.int16) - cover_u8, return_counts=True)
    figure, (axes,) = blank(height=2.6)
    dress(axes, "stego - cover (8-bit steps)", "share of the samples (%)")
    axes.bar(steps, 100 * counts / cover_u8.size, width=0.75, color=COLOURS[0])
    axes.set_yscale("log")
    axes.set_ylim(10.0 ** np.floor(np.log10(100 * counts.min() / cover_u8.size)), 110)
    axes.minorticks_off()
    most = max(2, int(np.abs(steps).max()))
    axes.set_xlim(-most - 0.6, most + 0.6)
    axes.locator_params(axis="x", integer=True)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return figure


def _u8(name: str, image: Any) -> Pixels:
    array = np.asarray(image)
    array = array[..., np.newaxis] if array.ndim == 2 else array
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[-1] not in (1, 3):
        raise ValueError(
            f"{name} is {array.dtype} {array.shape}, but must be uint8 [H, W, 1 or 3] or [H, W]"
        )
    return array


def _pair(cover: Any, stego: Any) -> tuple[Pixels, Pixels]:
    cover_u8, stego_u8 = _u8("cover", cover), _u8("stego", stego)
    if cover_u8.shape != stego_u8.shape:
        raise ValueError(
            f"cover is {cover_u8.shape} and stego {stego_u8.shape}, but must have one shape"
        )
    return cover_u8, stego_u8

"""Share among all plots: matplotlib, loaded on first use, colours, and independent figures.

Figures are made without pyplot and without changing matplotlib's settings. They need no display,
never become the "current figure", and two threads may draw at a time.
"""

from __future__ import annotations

import math
from functools import cache
from io import BytesIO
from textwrap import fill
from typing import TYPE_CHECKING, Any, cast

from ...io.extras import extra_package

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Dots an inch, in notebooks and in files.
DPI = 130

#: Width of a figure with one plot, and its height without a legend, inches.
WIDTH, HEIGHT = 5.4, 3.1

#: Size of text, points. In a legend, the approximate width of a letter and of a line's sample, and
#: the height of a row, inches.
SIZE = 9.0
LETTER, SAMPLE, ROW = 0.073, 0.55, 0.185

#: Text, quieter text, grid.
INK, MUTED, GRID = "#24292f", "#6b747d", "#e4e7ea"

#: Colours of lines, which colour-blind readers can tell apart, too. The shapes of lines and points
#: change where the colours begin anew.
COLOURS = ("#1f6fb4", "#d9731a", "#138a72", "#b8357f", "#7a5bb5", "#8a6d00", "#3a4752", "#5aa9d6")
DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D")


@cache
def _figure_class() -> Any:
    """Return a Figure class that notebooks show, also without pyplot's inline backend."""
    base = extra_package("matplotlib.figure").Figure
    return type("Drawing", (base,), {"_repr_png_": png, "__module__": __name__})


def png(figure: Figure, dpi: int = DPI) -> bytes:
    """Return the figure as the bytes of a PNG file, without time or software in it."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return file.getvalue()


def blank(
    columns: int = 1, width: float = WIDTH, height: float = HEIGHT
) -> tuple[Figure, list[Axes]]:
    """Make a figure of ``columns`` undecorated plots side by side; width and height in inches."""
    figure = _figure_class()(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def look(index: int) -> dict[str, Any]:
    """Return colour, line style and marker of a line by its number: no two of 32 are alike."""
    lap = index // len(COLOURS)
    return {
        "color": COLOURS[index % len(COLOURS)],
        "linestyle": DASHES[lap % len(DASHES)],
        "marker": MARKERS[lap % len(MARKERS)],
    }


def dress(
    axes: Axes, x_label: str = "", y_label: str = "", title: str = "", beside: float = 0.0
) -> None:
    """Add labels, a light grid and no frame but the two axes; beside: inches of a legend there."""
    axes.set_axisbelow(True)
    axes.grid(True, color=GRID, linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(which="both", colors=MUTED, labelsize=SIZE - 0.5, width=0.8)
    axes.set_xlabel(x_label, fontsize=SIZE, color=INK)
    axes.set_ylabel(y_label, fontsize=SIZE, color=INK)
    if title:
        # The figure's edge would cut it off; labels on the left take about a SAMPLE's width.
        figure = cast("Figure", axes.figure)
        inches = figure.get_figwidth() / len(figure.axes) - beside  # all side by side
        title = fill(title, max(20, int((inches - SAMPLE) / (1.05 * LETTER))))
        axes.set_title(title, fontsize=SIZE + 1, color=INK, loc="left")


def legend_columns(labels: list[str], width: float) -> int:
    """Return how many names fit side by side in a figure of ``width`` inches."""
    return max(1, min(4, len(labels), int(width / legend_width(labels))))


def legend_height(labels: list[str], width: float) -> float:
    """Return the height that the names take below the plot, inches."""
    return ROW * math.ceil(len(labels) / legend_columns(labels, width))


def legend_width(labels: list[str]) -> float:
    """Return the width that the names take beside a plot, inches."""
    return LETTER * max(map(len, labels), default=0) + SAMPLE


def legend(figure: Figure, axes: Axes, beside: bool = False) -> None:
    """Add the names of the lines, if there are any: below the plot in as many columns as fit, or
    beside it.
    """
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(
            handles,
            labels,
            loc="outside right upper" if beside else "outside lower center",
            ncols=1 if beside else legend_columns(labels, figure.get_figwidth()),
            frameon=False,
            fontsize=SIZE - 0.5,
            labelcolor=INK,
        )

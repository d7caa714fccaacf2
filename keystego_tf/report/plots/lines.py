"""Plot figures: lines with their intervals, ROC curves, points, bars."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...config.checked import require
from ...evaluation.results import Plot, Series
from ...metrics.statistics import Estimate
from .canvas import (
    COLOURS,
    HEIGHT,
    INK,
    MUTED,
    ROW,
    SIZE,
    WIDTH,
    blank,
    dress,
    legend,
    legend_height,
    legend_width,
    look,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...steganalysis.scores import Scores

KINDS = ("line", "points", "roc")
SCALES = ("linear", "log")

#: Height of a ROC plot, and its width without the legend, inches.
SQUARE = 4.5

#: Lines of no more points than this have markers.
MARKED = 24

#: Up to this number, values of x have ticks of their own.
TICKS = 8

#: An outlier is farther from the middle half of the points than this many times its width.
FAR = 5


def draw(plot: Plot) -> Figure:
    """Draw a plot of an evaluation (results.Plot) as a figure.

    Values that are not finite are left out, and on a logarithmic axis those that are not above 0.
    Points far from all others are left to the table, and the title says so.

    Raises:
        ValueError: the kind or a scale is unknown, or lists of a series differ in length.
    """
    for name, value, known in (("kind", plot.kind, KINDS), ("x_scale", plot.x_scale, SCALES)):
        require(value in known, name, value, f"must be one of {', '.join(known)}")
    roc, names = plot.kind == "roc", [series.name for series in plot.series]
    beside = legend_width(names) if roc else 0.0
    height = max(SQUARE, ROW * len(names)) if roc else HEIGHT + legend_height(names, WIDTH)
    figure, (axes,) = blank(width=SQUARE + beside if roc else WIDTH, height=height)
    dress(axes, plot.x_label, plot.y_label, plot.title, beside)
    axes.set_xscale(plot.x_scale)
    # Write figures in full, even where they differ only in the fourth digit.
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    if roc:
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (2, 2)))
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    points = [_finite(series, plot.x_scale) for series in plot.series]
    for index, (name, own) in enumerate(zip(names, points)):
        _series(axes, own, look(index), name, plot.kind)
    if plot.kind == "points":
        _leave_outliers(axes, [y for own in points for y in own[1]])
    _ticks(axes, sorted({x for own in points for x in own[0]}), plot.x_scale == "log")
    legend(figure, axes, beside=roc)
    return figure


def _series(
    axes: Axes, points: list[list[float]], style: dict[str, Any], name: str, kind: str
) -> None:
    x, y, low, high = points
    if kind == "points":
        spread = np.abs(np.array([low, high]) - y) if low else None
        style = {**style, "linestyle": "none", "capsize": 2.5, "elinewidth": 1.1}
        axes.errorbar(x, y, spread, **style, markersize=4.5, label=name)
        return
    marked = kind == "line" and len(x) <= MARKED
    style = {**style, "marker": style["marker"] if marked else ""}
    axes.plot(x, y, **style, linewidth=1.7, markersize=3.5, label=name)
    if low:
        axes.fill_between(x, low, high, color=style["color"], alpha=0.18, linewidth=0)


def _leave_outliers(axes: Axes, y: list[float]) -> None:
    """Fit the axis to the points, without those so far away that they would squeeze the others."""
    if len(y) < 4:
        return
    low, high = np.percentile(y, [25, 75])
    reach = FAR * max(high - low, 1e-9)
    kept = [value for value in y if low - reach <= value <= high + reach]
    if len(kept) < len(y):
        margin = 0.1 * max(max(kept) - min(kept), 1.0)
        axes.set_ylim(min(kept) - margin, max(kept) + margin)
        text = f"{len(y) - len(kept)} outside of the plot: see the table"
        axes.annotate(text, (0.01, 0.01), xycoords="axes fraction", fontsize=SIZE - 1, color=MUTED)


def _ticks(axes: Axes, values: list[float], log: bool) -> None:
    """Put ticks at the values of x themselves, where those are few and evenly spread."""
    if log:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
    places = np.log(values) if log and values else np.array(values)
    if 2 <= len(values) <= TICKS and np.ptp(np.diff(places)) < 1e-6 * np.ptp(places):
        axes.set_xticks(values)
        axes.minorticks_off()


def _finite(series: Series, x_scale: str) -> list[list[float]]:
    """Return the points that can be drawn: x, y, low, high, the last two empty if not given."""
    has = bool(series.low or series.high)
    parts = [series.x, series.y, *([series.low, series.high] if has else [])]
    if len({len(part) for part in parts}) > 1:
        raise ValueError(
            f"series {series.name!r} has {[len(part) for part in parts]} values of x, y and the "
            "interval's ends, but must have as many of each"
        )
    table = np.array(parts, float).reshape(len(parts), -1)
    kept = np.isfinite(table[:2]).all(axis=0) & ((x_scale == "linear") | (table[0] > 0))
    # An interval without ends says nothing, so none is drawn.
    drawn = np.where(np.isfinite(table), table, table[1])[:, kept].tolist()
    return drawn if has else [*drawn, [], []]


def roc(scores_by_method: Mapping[str, Scores], title: str = "") -> Figure:
    """Draw ROC curves, with their areas in the legend; the dotted diagonal is chance.

    Args:
        scores_by_method: scores (steganalysis.scores) by their name in the legend.
        title: of the plot.
    """
    from ...steganalysis.roc import area, curve

    series = []
    for name, scores in scores_by_method.items():
        false_alarms, detections, _ = curve(scores)
        label = f"{name} (area {area(scores).value:.2f})"
        series.append(Series(label, false_alarms.tolist(), detections.tolist()))
    x_label = "covers taken for stego images"
    return draw(Plot("roc", title, x_label, "stego images found", series, kind="roc"))


def curves(
    metrics: Any,
    fields: Mapping[str, str] | None = None,
    title: str = "",
    y_label: str = "bits right (%)",
    factor: float = 100.0,
) -> Figure:
    """Draw training curves (Fig. 4 of the paper) from lines of metrics.jsonl.

    Args:
        metrics: what training.records.read_metrics returns, or a dict of such lists by run name.
        fields: scalars to show and their names in the legend; by default Bob's share of right bits
            with the right key and with a wrong one.
        title: of the plot.
        y_label: of the axis, with the unit.
        factor: multiplies the values shown.
    """
    fields = fields or {"right_key": "right key", "wrong_key": "wrong key"}
    runs = metrics if isinstance(metrics, Mapping) else {"": metrics}
    series = []
    for run, lines in runs.items():
        for key, label in fields.items():
            kept = [line for line in lines if line.get(key) is not None]
            name = ", ".join(part for part in (run, label) if part)
            x = [float(line["step"]) for line in kept]
            series.append(Series(name, x, [factor * line[key] for line in kept]))
    return draw(Plot("curves", title, "training step", y_label, series))


def flipped_bits(
    figures: Mapping[str, Mapping[int, Estimate]], total: int | None = None, title: str = ""
) -> Figure:
    """Draw the share of message bits read right over flipped key bits, with 95 % intervals.

    Args:
        figures: by name, what key_attacks.flipped_bits returns.
        total: number of bits of the key, for the axis.
        title: of the plot.
    """
    series = [Series.of_shares(name, own) for name, own in figures.items()]
    of = f" of {total:,}" if total else ""
    figure = draw(Plot("flips", title, f"key bits turned over{of}", "bits right (%)", series))
    (axes,) = figure.axes
    # 0, the right key, has a place on the axis.
    axes.set_xscale("symlog", base=2, linthresh=1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.axhline(50, color=MUTED, linewidth=1, linestyle=(0, (2, 2)))
    return figure


def bars(
    values: Mapping[str, Estimate | float],
    label: str = "",
    factor: float = 1.0,
    chance: float | None = None,
    digits: int = 1,
    title: str = "",
) -> Figure:
    """Draw horizontal bars, the first on top, with 95 % intervals where values are estimates.

    A value that is not finite is written, not drawn.

    Args:
        values: by name.
        label: of the axis, with the unit.
        factor: multiplies all values (100 for shares in percent).
        chance: place of a dotted line, in the shown unit.
        digits: after the point.
        title: of the plot.
    """
    figure, (axes,) = blank(height=0.8 + 0.34 * max(1, len(values)), width=WIDTH + 0.8)
    dress(axes, label, title=title)
    axes.grid(False, axis="y")
    for place, value in enumerate(values.values()):
        own = value if isinstance(value, Estimate) else Estimate(value, math.nan, math.nan, 0)
        _bar(axes, place, own.scaled(factor), digits)
    axes.set_yticks(range(len(values)), list(values))
    axes.tick_params(axis="y", length=0, colors=INK)
    axes.invert_yaxis()
    axes.margins(x=0.14)
    if chance is not None:
        axes.axvline(chance, color=MUTED, linewidth=1, linestyle=(0, (2, 2)))
    return figure


def _bar(axes: Axes, place: int, value: Estimate, digits: int) -> None:
    end = drawn = value.value if math.isfinite(value.value) else 0.0
    axes.barh(place, drawn, height=0.62, color=COLOURS[0], alpha=0.85)
    if math.isfinite(value.low) and math.isfinite(value.high):
        axes.plot([value.low, value.high], [place, place], color=INK, linewidth=1.2)
        end = max(drawn, value.high)
    text = "∞" if math.isinf(value.value) else f"{value.value:,.{digits}f}"
    style: dict[str, Any] = {"va": "center", "fontsize": SIZE - 0.5, "color": INK}
    axes.annotate(text, (end, place), xytext=(4, 0), textcoords="offset points", **style)

"""Plots of figures: lines with their intervals, ROC curves, points, bars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...evaluation.results import Plot, Series
from ...metrics.statistics import Estimate
from .canvas import (
    HEIGHT,
    LIGHT,
    SIZE,
    WIDTH,
    Theme,
    blank,
    colour,
    dashes,
    dress,
    legend,
    legend_height,
    marker,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...key_attacks.keys import Flipped
    from ...steganalysis.scores import Scores

KINDS = ("line", "points", "roc")
SCALES = ("linear", "log")

#: Width of a ROC plot, and its height without the legend, inches.
SQUARE = 4.5

#: Markers are drawn on lines of no more points than this.
MARKED = 24
#: Up to so many values of x have ticks of their own, this share of the axis apart at least.
TICKS, APART = 12, 0.09


def draw(plot: Plot, theme: Theme = LIGHT) -> Figure:
    """A plot of an evaluation (results.Plot) as a figure.

    Values that are not finite are left out, and on a logarithmic axis those that are not above 0.
    ValueError for an unknown kind or scale, or series whose lists differ in length.
    """
    for name, value, known in (("kind", plot.kind, KINDS), ("x_scale", plot.x_scale, SCALES)):
        if value not in known:
            raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(known)}")
    if plot.kind == "roc":
        return _roc(plot, theme)
    names = [series.name for series in plot.series]
    figure, (axes,) = blank(height=HEIGHT + legend_height(names, WIDTH), theme=theme)
    dress(axes, plot.x_label, plot.y_label, plot.title, theme)
    axes.set_xscale(plot.x_scale)
    # Whole figures, also where they differ in the fourth digit only.
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    _ticks(axes, plot)
    for index, series in enumerate(plot.series):
        _series(axes, series, index, plot, theme)
    legend(figure, axes, theme)
    return figure


def _ticks(axes: Axes, plot: Plot) -> None:
    """Ticks at the values of x themselves, where those are few and apart, and plain numbers."""
    log = plot.x_scale == "log"
    drawn = {x for each in plot.series for x in _finite(each, plot.x_scale)[0]}
    values = sorted(drawn)
    if log:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
    if not 2 <= len(values) <= TICKS:
        return
    places = [math.log(x) if log else x for x in values]
    gap = (places[-1] - places[0]) * APART
    kept = [0]
    for index, place in enumerate(places):
        if place - places[kept[-1]] >= gap:
            kept.append(index)
    # On a linear axis, round numbers are better than uneven ones.
    if log or len({round(b - a, 9) for a, b in zip(places, places[1:])}) == 1:
        axes.set_xticks([values[index] for index in kept])
        axes.minorticks_off()


def _series(axes: Axes, series: Series, index: int, plot: Plot, theme: Theme) -> None:
    x, y, low, high = _finite(series, plot.x_scale)
    if plot.kind == "points":
        spread = None
        if low:
            spread = [
                [max(0.0, a - b) for a, b in zip(y, low)],
                [max(0.0, b - a) for a, b in zip(y, high)],
            ]
        axes.errorbar(
            x,
            y,
            yerr=spread,
            fmt=marker(index, theme),
            markersize=4.5,
            capsize=2.5,
            linewidth=1.1,
            color=colour(index, theme),
            label=series.name,
        )
        return
    _line(axes, x, y, index, series.name, theme)
    if low:
        axes.fill_between(x, low, high, color=colour(index, theme), alpha=0.18, linewidth=0)


def _line(
    axes: Axes, x: Sequence[float], y: Sequence[float], index: int, name: str, theme: Theme
) -> None:
    axes.plot(
        x,
        y,
        color=colour(index, theme),
        linestyle=dashes(index, theme),
        linewidth=1.7,
        marker="o" if len(x) <= MARKED else "",
        markersize=3.5,
        label=name,
    )


def _finite(
    series: Series, x_scale: str
) -> tuple[list[float], list[float], list[float], list[float]]:
    """The points that can be drawn: x, y, low, high, the last two empty without intervals."""
    count = len(series.x)
    has = bool(series.low or series.high)
    parts = [series.x, series.y, *([series.low, series.high] if has else [])]
    if any(len(part) != count for part in parts):
        raise ValueError(
            f"series {series.name!r} has {[len(part) for part in parts]} values of x, y and the "
            "interval's ends, but must have as many of each"
        )
    kept = [
        row
        for row in zip(*parts)
        if all(value is not None and math.isfinite(value) for value in row[:2])
        and (x_scale == "linear" or row[0] > 0)
    ]
    x, y = [row[0] for row in kept], [row[1] for row in kept]
    if not has:
        return x, y, [], []
    # An interval without ends says nothing: none is drawn.
    low, high = (
        [row[i] if row[i] is not None and math.isfinite(row[i]) else row[1] for row in kept]
        for i in (2, 3)
    )
    return x, y, low, high


def _roc(plot: Plot, theme: Theme) -> Figure:
    names = [series.name for series in plot.series]
    height = SQUARE + legend_height(names, SQUARE)
    figure, (axes,) = blank(width=SQUARE, height=height, theme=theme)
    dress(axes, plot.x_label, plot.y_label, plot.title, theme)
    axes.plot([0, 1], [0, 1], color=theme.muted, linewidth=1, linestyle=(0, (2, 2)))
    for index, series in enumerate(plot.series):
        x, y, _, _ = _finite(series, "linear")
        axes.plot(
            x,
            y,
            color=colour(index, theme),
            linestyle=dashes(index, theme),
            linewidth=1.6,
            label=series.name,
        )
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    legend(figure, axes, theme)
    return figure


def roc(scores_by_method: Mapping[str, Scores], title: str = "") -> Figure:
    """ROC curves, with their areas in the legend; the dotted diagonal is chance.

    scores_by_method: by what the legend calls them (evaluation.steganalysis.scores).
    """
    from ...steganalysis.roc import area, curve

    series = []
    for name, scores in scores_by_method.items():
        points = curve(scores)
        label = f"{name} (area {area(scores).value:.2f})"
        series.append(Series(label, points.false_alarms.tolist(), points.detections.tolist()))
    x_label = "covers taken for stego images"
    return draw(Plot("roc", title, x_label, "stego images found", series, kind="roc"))


def curves(
    metrics: Any,
    fields: Mapping[str, str] | None = None,
    title: str = "",
    y_label: str = "bits right (%)",
    factor: float = 100.0,
) -> Figure:
    """Training curves (Fig. 4 of the paper) from lines of metrics.jsonl.

    metrics: what training.records.read_metrics returns, or a dict of such lists by run name;
    fields: scalars to show and their names in the legend, by default Bob's share of right bits
    with the right key and with a wrong one; factor: of the values shown.
    """
    fields = fields or {"right_key": "right key", "wrong_key": "wrong key"}
    runs = metrics if isinstance(metrics, Mapping) else {"": metrics}
    series = []
    for run, lines in runs.items():
        for key, label in fields.items():
            kept = [each for each in lines if each.get(key) is not None]
            name = ", ".join(part for part in (run, label) if part)
            x = [float(each["step"]) for each in kept]
            series.append(Series(name, x, [factor * each[key] for each in kept]))
    return draw(Plot("curves", title, "training step", y_label, series))


def flipped_bits(
    found: Mapping[Any, Any], total: int | None = None, title: str = "", mask: bool = False
) -> Figure:
    """Message bits read right against key bits turned over, with 95 % intervals.

    found: what evaluation.unrecoverability.flipped_bits returns, or a dict of such by name; total:
    bits of the key, for a share on the axis' label; mask: also show the bits of the mask that stay.
    """
    named = found if found and isinstance(next(iter(found.values())), Mapping) else {"": found}
    series = []
    for name, each in named.items():
        series.append(_flips(name or "message bits right", each, "bits_right"))
        if mask:
            part = f"{name}: " if name else ""
            series.append(_flips(f"{part}mask bits kept", each, "mask_kept"))
    of = f" of {total:,}" if total else ""
    plot = Plot("flips", title, f"key bits turned over{of}", "bits right (%)", series)
    figure = draw(plot)
    (axes,) = figure.axes
    # 0 has a place on the axis: the right key.
    axes.set_xscale("symlog", base=2, linthresh=1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.axhline(50, color=LIGHT.muted, linewidth=1, linestyle=(0, (2, 2)))
    return figure


def _flips(name: str, found: Mapping[int, Flipped], field: str) -> Series:
    values = [getattr(each, field).scaled(100) for each in found.values()]
    return Series(
        name,
        [float(count) for count in found],
        [each.value for each in values],
        [each.low for each in values],
        [each.high for each in values],
    )


def bars(
    values: Mapping[str, Estimate | float],
    label: str = "",
    factor: float = 1.0,
    chance: float | None = None,
    digits: int = 1,
    title: str = "",
) -> Figure:
    """Horizontal bars, the first on top, with 95 % intervals where values are estimates.

    label: of the axis, with the unit; factor: of all values (100 for shares in percent); chance:
    in the shown unit, where a dotted line goes. A value that is not finite is written, not drawn.
    """
    estimates = {
        name: (
            value if isinstance(value, Estimate) else Estimate(float(value), math.nan, math.nan, 0)
        ).scaled(factor)
        for name, value in values.items()
    }
    figure, (axes,) = blank(height=0.8 + 0.34 * max(1, len(estimates)), width=WIDTH + 0.8)
    dress(axes, label, title=title)
    axes.grid(False, axis="y")
    for place, each in enumerate(estimates.values()):
        _bar(axes, place, each, digits)
    axes.set_yticks(range(len(estimates)), list(estimates))
    axes.tick_params(axis="y", length=0, colors=LIGHT.ink)
    axes.invert_yaxis()
    axes.margins(x=0.14)
    if chance is not None:
        axes.axvline(chance, color=LIGHT.muted, linewidth=1, linestyle=(0, (2, 2)))
    return figure


def _bar(axes: Axes, place: int, each: Estimate, digits: int) -> None:
    drawn = each.value if math.isfinite(each.value) else 0.0
    axes.barh(place, drawn, height=0.62, color=colour(0), alpha=0.85)
    end = drawn
    if math.isfinite(each.low) and math.isfinite(each.high):
        axes.plot([each.low, each.high], [place, place], color=LIGHT.ink, linewidth=1.2)
        end = max(drawn, each.high)
    text = "∞" if math.isinf(each.value) else f"{each.value:,.{digits}f}"
    axes.annotate(
        text,
        (end, place),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=SIZE - 0.5,
        color=LIGHT.ink,
    )

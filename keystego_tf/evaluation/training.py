"""Show how the agents learn: accuracy over the steps of a training (paper, section IV, Fig. 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..bundles.bundles import Log, load_log
from ..bundles.catalogue import Model
from .context import Context
from .results import Column, Plot, Section, Series, Table, Value

#: Shares of bits for which the table says how many steps they took, as in the paper's text.
MARKS = (0.9, 0.99)

#: Plotted figures of a log: title, label of the axis, factor, the paper's figure.
PLOTS = {
    "right_key": ("Message bits read with the right key", "bits right, %", 100.0, "Fig. 4"),
    "wrong_key": ("Message bits read with a wrong key", "bits right, %", 100.0, "Fig. 4"),
    "psnr": ("Distance of stego image and cover in training", "PSNR, dB", 1.0, ""),
    "message_loss": ("Message loss with the right key", "nats a bit", 1.0, ""),
}

COLUMNS = [
    Column("model", "Model"),
    Column("steps", "Steps", digits=0),
    *(Column(f"reads_{mark:g}", f"Step of {mark:.0%} of the bits", digits=0) for mark in MARKS),
    Column("right_key", "Bits at the end, right key", "%"),
    Column("wrong_key", "Bits at the end, wrong key", "%"),
    Column("psnr", "PSNR at the end", "dB"),
]

NOTE = "The first step after which Bob's accuracy with the right key stays above the share."


def run(context: Context) -> Section:
    """Plot every model whose bundle carries its training's log; a note names the others."""
    logs = {m: log for m in context.models if (log := load_log(m.folder)) is not None}
    notes = [
        "Figures are of training crops in batches of a few, means over the steps between two "
        "points; the other questions have those of unseen photos.",
    ]
    without = [model.name for model in context.models if model not in logs]
    if without:
        notes.append(f"No log comes with {', '.join(without)}: bundles made by train carry one.")
    rows = [_row(model, log) for model, log in logs.items()]
    settings = {model.name: str(model.card.get("command", "")) for model in logs}
    tables = [Table("training", "Trainings", COLUMNS, rows, "Fig. 4", NOTE)] if rows else []
    plots = [plot for name in PLOTS if (plot := _plot(name, logs)).series]
    return Section(settings=settings, tables=tables, plots=plots, notes=notes)


def _row(model: Model, log: Log) -> dict[str, Value]:
    row: dict[str, Value] = {"model": model.name, "steps": _last(log["step"])}
    row.update({f"reads_{mark:g}": reached(log, mark) for mark in MARKS})
    row.update({name: _last(log.get(name, [])) for name in ("right_key", "wrong_key", "psnr")})
    return row


def _plot(name: str, logs: dict[Model, Log]) -> Plot:
    """Plot a figure of all trainings over their steps; without a line if none has it."""
    title, label, factor, paper = PLOTS[name]
    series = []
    for model, log in logs.items():
        points = np.array([log["step"], log.get(name, [None] * len(log["step"]))], float)
        x, y = points[:, np.isfinite(points).all(axis=0)]
        if x.size:
            series.append(Series(model.name, x.tolist(), (factor * y).tolist()))
    return Plot(f"training-{name.replace('_', '-')}", title, "step", label, series, paper=paper)


def _last(values: Sequence[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def reached(log: Log, mark: float) -> float | None:
    """Return the step from which on the right key always reads ``mark``, a share of 1."""
    first = None
    for step, value in zip(log["step"], log.get("right_key", [])):
        if value is not None:
            first = None if value < mark else (step if first is None else first)
    return first

"""How the agents learn: accuracy over the steps of a training (paper, section IV, Fig. 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...bundles.bundles import Log, load_log
from ...bundles.catalogue import Model
from ..results import Column, Plot, Section, Series, Table, Value
from ..suite import Context

#: Of a run's folder; training.records has the name, too, but loads TensorFlow.
METRICS = "metrics.jsonl"

#: Shares of the bits at which the table says how many steps it took: what the paper's text gives.
MARKS = (0.9, 0.99)

#: Figures of a log that are plotted: title, label of the axis, factor.
PLOTS = {
    "right_key": ("Message bits that Bob reads with the right key", "message bits right, %", 100.0),
    "wrong_key": ("Message bits that Bob reads with a wrong key", "message bits right, %", 100.0),
    "psnr": ("Distance of stego image and cover in training", "PSNR, dB", 1.0),
    "message_loss": ("Message loss with the right key", "nats a bit", 1.0),
}


def run(context: Context) -> Section:
    """Curves of every scheme whose bundle carries its training's log; a note names the others."""
    logs = {model: log for model in context.models if (log := log_of_model(model)) is not None}
    without = [model.name for model in context.models if model not in logs]
    notes = [
        "Figures are of training crops in batches of a few, means over the steps between two "
        "points; the other sections have those of unseen photos.",
    ]
    if without:
        names = ", ".join(without)
        notes.append(f"No log comes with {names}: bundles made by train carry one.")
    return Section(
        "training",
        "Training",
        "How fast do the agents learn?",
        settings={model.name: _setting(model) for model in logs},
        tables=[_table(logs)] if logs else [],
        plots=[plot for name in PLOTS if (plot := _plot(name, logs)) is not None],
        notes=notes,
    )


def log_of_model(model: Model) -> Log | None:
    """The log in a bundle, or else of the run whose folder it lies in; None without either.

    ValueError if what the bundle carries is damaged.
    """
    log = load_log(model.folder)
    if log is None and (model.folder.parent / METRICS).is_file():
        from ...training.records import log_of

        log = log_of(model.folder.parent, model.config)
    return log


def _setting(model: Model) -> dict[str, Any]:
    training = model.config.training
    return {
        "preset": model.config.preset,
        "steps": training.steps,
        "seed": training.seed,
        "crops": [list(stage) for stage in training.crops],
        "command": str(model.card.get("command", "")),
    }


def _plot(name: str, logs: dict[Model, Log]) -> Plot | None:
    """A figure of all trainings over their steps; None if none has it."""
    title, label, factor = PLOTS[name]
    series = []
    for model, log in logs.items():
        points = [
            (step, factor * value)
            for step, value in zip(log["step"], log.get(name, []))
            if step is not None and value is not None
        ]
        if points:
            x, y = ([float(each) for each in column] for column in zip(*points))
            series.append(Series(model.name, x, y))
    if not series:
        return None
    paper = "Fig. 4" if name in ("right_key", "wrong_key") else ""
    return Plot(f"training-{name.replace('_', '-')}", title, "step", label, series, paper=paper)


def _table(logs: dict[Model, Log]) -> Table:
    columns = [
        Column("model", "Scheme"),
        Column("steps", "Steps", digits=0),
        *(Column(_mark(mark), f"Step of {mark:.0%} of the bits", digits=0) for mark in MARKS),
        Column("right_key", "Bits at the end, right key", "%"),
        Column("wrong_key", "Bits at the end, wrong key", "%"),
        Column("psnr", "PSNR at the end", "dB"),
    ]
    rows: list[dict[str, Value]] = []
    for model, log in logs.items():
        row: dict[str, Value] = {"model": model.name, "steps": last(log["step"])}
        row.update({_mark(mark): reached(log, mark) for mark in MARKS})
        row.update({name: last(log.get(name, [])) for name in ("right_key", "wrong_key", "psnr")})
        rows.append(row)
    note = "From when on Bob reads so many of the bits with the right key, for good."
    return Table("training", "Trainings", columns, rows, "Fig. 4", note)


def _mark(mark: float) -> str:
    return f"reads_{mark:g}"


def last(values: Sequence[float | None]) -> float | None:
    """The last value that there is."""
    return next((each for each in reversed(values) if each is not None), None)


def reached(log: Log, mark: float) -> float | None:
    """The step from which on the right key reads ``mark`` (a share of 1) at every point."""
    found = None
    for step, value in zip(log["step"], log.get("right_key", [])):
        if value is not None:
            found = None if value < mark else (step if found is None else found)
    return found

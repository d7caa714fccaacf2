"""Write the results of a search: its trials, the front that no trial beats, and the best trial."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..io.extras import extra_package
from ..io.files import to_json, write_whole
from .study import OUTCOME, REASON, Plan, open_study

TABLE, FIGURES = "results.csv", "results.json"
#: Pictures: the trials by both goals, and each goal over each setting.
FRONT, BITS_WRONG, PSNR = "front.png", "bits_wrong.png", "psnr.png"

#: Share of the bits that Bob must read right in the best trial, as the paper reports of him.
LEAST_RIGHT = 0.998

#: Fields of Outcome that are columns of the CSV file after the settings.
MEASURED = ("bits_wrong", "psnr", "ssim", "wrong_key", "eve", "seconds")

#: A training that fails is pruned, so that the sampler avoids it; FAIL is an interrupted one.
_STATES = {"COMPLETE": "done", "PRUNED": "failed", "RUNNING": "running", "FAIL": "stopped"}


@dataclass(frozen=True)
class Row:
    """One trial.

    ``state``: "done", "failed" (``reason`` says why), "running" or "stopped" (another trial
    continues it); ``settings``: the values tried; ``outcome``: fields of Outcome, empty unless it
    is done; ``front``: no other trial is at least as good in wrong bits and PSNR, and better in
    one; ``best``: the trial to take.
    """

    number: int
    state: str
    settings: dict[str, float]
    outcome: dict[str, Any]
    reason: str = ""
    front: bool = False
    best: bool = False


def rows_of(study: Any, least_right: float = LEAST_RIGHT) -> list[Row]:
    """Return the trials of an optuna.Study, in order.

    The best trial has the highest PSNR among those of the front whose Bob reads a share of at least
    ``least_right`` of the bits. If none does, the best trial has the fewest wrong bits.
    """
    front = {trial.number: trial.values[0] for trial in study.best_trials}
    enough = [number for number in front if front[number] <= 1 - least_right]
    # Along the front, PSNR rises with the number of wrong bits.
    chosen = (
        max(enough, key=front.__getitem__)
        if enough
        else min(front, key=front.__getitem__, default=-1)
    )
    return [
        Row(
            trial.number,
            _STATES[trial.state.name],
            dict(trial.params),
            dict(trial.user_attrs.get(OUTCOME, {})) if trial.state.name == "COMPLETE" else {},
            trial.user_attrs.get(REASON, ""),
            trial.number in front,
            trial.number == chosen,
        )
        for trial in study.get_trials(deepcopy=False)
        if trial.state.name in _STATES
    ]


def table(rows: Sequence[Row]) -> str:
    """Format an aligned table, one row per trial: the best first, then the front, then the rest."""
    names = _settings(rows)
    lines = [["trial", "", *names, "bits right", "PSNR", "SSIM", "wrong key", "Eve right"]]
    for row in sorted(rows, key=_place):
        mark = "best" if row.best else "front" if row.front else ""
        settings = [f"{row.settings[name]:.3g}" if name in row.settings else "" for name in names]
        found = row.outcome
        if not found:
            lines.append([str(row.number), "", *settings, row.state, "", "", "", ""])
            continue
        figures = [f"{1 - found['bits_wrong']:.3%}", f"{found['psnr']:.2f} dB"]
        figures += [f"{found['ssim']:.4f}", f"{found['wrong_key']:.2%}"]
        figures.append("" if found["eve"] is None else f"{found['eve']:.1%}")
        lines.append([str(row.number), mark, *settings, *figures])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    texts = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths)) for line in lines)
    return "\n".join(text.rstrip() for text in texts)


def _place(row: Row) -> tuple[Any, ...]:
    """Return a row's sort key in the table, smaller first."""
    wrong, psnr = row.outcome.get("bits_wrong", 2.0), row.outcome.get("psnr", 0.0)
    return not row.best, not row.front, wrong, -psnr, row.number


def _settings(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row.settings))


def summary(
    plan: Plan, rows: Sequence[Row], least_right: float = LEAST_RIGHT, command: str = ""
) -> dict[str, Any]:
    """Summarise the search for JSON, with None for values that are not finite."""
    values = {
        "command": command,
        "method": plan.config.method,
        "scheme": plan.config.agents.scheme,
        "bits_per_pixel": plan.config.agents.bits_per_pixel,
        "steps": plan.config.training.steps,
        "seed": plan.config.training.seed,
        "least_right": least_right,
        "ranges": plan.ranges,
        "best": next((row.number for row in rows if row.best), None),
        "front": [row.number for row in rows if row.front],
        "trials": [vars(row) for row in rows],
    }
    found: dict[str, Any] = json.loads(json.dumps(values), parse_constant=lambda _: None)
    return found


def as_csv(rows: Sequence[Row]) -> str:
    """Format a row per trial, in order: settings and figures, in shares of 1, dB and seconds."""
    text = io.StringIO()
    names = _settings(rows)
    columns = ["trial", "state", *names, *MEASURED, "front", "best", "reason"]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        marks = {"front": int(row.front), "best": int(row.best), "reason": row.reason}
        writer.writerow(
            {"trial": row.number, "state": row.state, **row.settings, **row.outcome, **marks}
        )
    return text.getvalue()


def pictures(study: Any) -> dict[str, bytes]:
    """Draw the pictures with Optuna, and return PNG files by name.

    Raises ImportError, which says what to install, without matplotlib.
    """
    pyplot: Any = extra_package("matplotlib.pyplot", "tune")
    optuna: Any = extra_package("optuna.visualization.matplotlib", "tune")
    goals = ["bits wrong (share)", "PSNR (dB)"]
    files = {}
    # Optuna changes the style, and its own layout cuts labels off.
    with warnings.catch_warnings(), pyplot.rc_context({"figure.constrained_layout.use": True}):
        warnings.filterwarnings("ignore", "Attempting to set identical low and high")  # one trial
        drawn = {FRONT: optuna.plot_pareto_front(study, target_names=goals)}
        for place, name in enumerate((BITS_WRONG, PSNR)):
            drawn[name] = optuna.plot_slice(
                study,
                target=lambda trial, place=place: trial.values[place],
                target_name=goals[place],
            )
        for name, axes in drawn.items():
            figure = (axes if hasattr(axes, "figure") else axes.flat[0]).figure
            file = io.BytesIO()
            figure.savefig(file, format="png")
            files[name] = file.getvalue()
            pyplot.close(figure)
    return files


def write(out: Path, plan: Plan, least_right: float = LEAST_RIGHT, command: str = "") -> list[Row]:
    """Write results.csv, results.json and the pictures to ``out``, each whole; return the trials.

    The pictures need matplotlib. Without it, ImportError, which says what to install, comes after
    the other files are written.
    """
    with open_study(out) as study:
        rows = rows_of(study, least_right)
        write_whole(out / TABLE, as_csv(rows).encode())
        write_whole(out / FIGURES, to_json(summary(plan, rows, least_right, command)))
        for name, picture in pictures(study).items():
            write_whole(out / name, picture)
    return rows

"""What a search found: the trials, those that no other beats, and the one to take."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..io.files import to_json, write_whole
from .study import Plan, Trial
from .trials import WEIGHTS

TABLE, FIGURES, PICTURE = "results.csv", "results.json", "results.png"

#: Share of the bits that Bob must read right in the trial to take: what the paper reports of him.
LEAST_RIGHT = 0.998

#: Columns of the CSV file after the weights; of Outcome, but for the last three.
MEASURED = ("bits_wrong", "psnr", "ssim", "wrong_key", "eve", "seconds")


def front(trials: Sequence[Trial]) -> list[Trial]:
    """Trials that no other beats: none has as few wrong bits and as high a PSNR, and either better.

    By wrong bits, fewest first.
    """
    done = [each for each in trials if each.outcome is not None]
    return sorted(
        (each for each in done if not any(_beats(other, each) for other in done)), key=_goals
    )


def best(trials: Sequence[Trial], least_right: float = LEAST_RIGHT) -> Trial | None:
    """The trial to take: the highest PSNR among those whose Bob reads ``least_right`` of the bits;
    where none does, the one with the fewest wrong bits. None where none is done."""
    found = front(trials)
    enough = [each for each in found if _goals(each)[0] <= 1 - least_right]
    return enough[-1] if enough else (found[0] if found else None)


def _goals(trial: Trial) -> tuple[float, float]:
    """Both goals, less is better."""
    outcome = trial.outcome
    return (outcome.bits_wrong, -outcome.psnr) if outcome else (math.inf, math.inf)


def _beats(one: Trial, other: Trial) -> bool:
    a, b = _goals(one), _goals(other)
    return a != b and a[0] <= b[0] and a[1] <= b[1]


def table(trials: Sequence[Trial], least_right: float = LEAST_RIGHT) -> str:
    """An aligned table, a row a trial: the one to take first, then those of the front, the rest."""
    chosen, unbeaten = best(trials, least_right), front(trials)
    titles = ["trial", "", *(f"{name} ({WEIGHTS[name]})" for name in WEIGHTS)]
    lines = [[*titles, "bits right", "PSNR", "SSIM", "wrong key", "Eve right"]]
    for trial in _ordered(trials, chosen, unbeaten):
        mark = "best" if trial is chosen else "front" if trial in unbeaten else ""
        weights = [
            f"{trial.weights[name]:.3g}" if name in trial.weights else "" for name in WEIGHTS
        ]
        found = trial.outcome
        if found is None:
            lines.append([str(trial.number), "", *weights, trial.state, "", "", "", ""])
            continue
        figures = [f"{1 - found.bits_wrong:.3%}", f"{found.psnr:.2f} dB", f"{found.ssim:.4f}"]
        figures += [f"{found.wrong_key:.2%}", "" if found.eve is None else f"{found.eve:.1%}"]
        lines.append([str(trial.number), mark, *weights, *figures])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    rows = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths)) for line in lines)
    return "\n".join(row.rstrip() for row in rows)


def _ordered(
    trials: Sequence[Trial], chosen: Trial | None, unbeaten: Sequence[Trial]
) -> list[Trial]:
    def place(trial: Trial) -> tuple[bool, bool, tuple[float, float], int]:
        return trial is not chosen, trial not in unbeaten, _goals(trial), trial.number

    return sorted(trials, key=place)


def summary(
    plan: Plan, trials: Sequence[Trial], least_right: float = LEAST_RIGHT, command: str = ""
) -> dict[str, Any]:
    """Everything for JSON; what is not finite is None."""
    chosen = best(trials, least_right)
    values = {
        "command": command,
        "preset": plan.config.preset,
        "scheme": plan.config.agents.scheme,
        "bits_per_pixel": plan.config.agents.bits_per_pixel,
        "steps": plan.config.training.steps,
        "seed": plan.config.training.seed,
        "least_right": least_right,
        "ranges": {name: list(each) for name, each in plan.ranges.items()},
        "best": None if chosen is None else chosen.number,
        "front": [each.number for each in front(trials)],
        "trials": [dataclasses.asdict(each) for each in trials],
    }
    found: dict[str, Any] = json.loads(json.dumps(values), parse_constant=lambda _: None)
    return found


def as_csv(trials: Sequence[Trial], least_right: float = LEAST_RIGHT) -> str:
    """A row a trial, in their order: weights and figures as numbers, shares of 1, dB, seconds."""
    chosen, unbeaten = best(trials, least_right), front(trials)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "state", *WEIGHTS, *MEASURED, "front", "best", "reason"])
    for trial in trials:
        found = vars(trial.outcome) if trial.outcome else {}
        weights = [trial.weights.get(name, "") for name in WEIGHTS]
        figures = [found.get(name, "") for name in MEASURED]
        marks = [int(trial in unbeaten), int(trial is chosen), trial.reason]
        writer.writerow([trial.number, trial.state, *weights, *figures, *marks])
    return text.getvalue()


def write(
    out: Path,
    plan: Plan,
    trials: Sequence[Trial],
    least_right: float = LEAST_RIGHT,
    command: str = "",
) -> None:
    """results.csv, results.json and results.png in ``out``, each whole.

    The picture needs matplotlib: ImportError, with what to install, once the others are written.
    """
    from .plot import draw

    write_whole(out / TABLE, as_csv(trials, least_right).encode())
    write_whole(out / FIGURES, to_json(summary(plan, trials, least_right, command)))
    write_whole(out / PICTURE, draw(trials, least_right))

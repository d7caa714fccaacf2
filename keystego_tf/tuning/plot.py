"""The picture of a search: both goals against each other, and each of them over the weights."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

from ..io.extras import tuning_package
from .results import LEAST_RIGHT, best, front
from .study import Trial
from .trials import WEIGHTS

#: Where trials without a wrong bit stand on the logarithmic axis.
NO_BIT_WRONG = 1e-5
FRONT, OTHERS, CHOSEN = "#1f5fa8", "#9aa5b1", "#d1495b"


def draw(trials: Sequence[Trial], least_right: float = LEAST_RIGHT) -> bytes:
    """A PNG; ImportError, with what to install, without matplotlib."""
    figure_module: Any = tuning_package("matplotlib.figure")
    figure = figure_module.Figure(figsize=(11, 8), layout="constrained")
    panels = figure.subplots(3, len(WEIGHTS), gridspec_kw={"height_ratios": [2, 1, 1]})
    grid = panels[0, 0].get_gridspec()
    for panel in panels[0]:
        panel.remove()
    _goals(figure.add_subplot(grid[0, :]), trials, least_right)
    done = [each for each in trials if each.outcome is not None]
    for column, (name, letter) in enumerate(WEIGHTS.items()):
        x = [each.weights[name] for each in done]
        for panel, values, label in (
            (panels[1, column], [_wrong(each) for each in done], "bits wrong"),
            (panels[2, column], [_psnr(each) for each in done], "PSNR (dB)"),
        ):
            panel.scatter(x, values, s=14, color=OTHERS)
            panel.set_xscale("log" if done else "linear")
            panel.grid(alpha=0.3)
            if column == 0:
                panel.set_ylabel(label)
        panels[1, column].set_yscale("log" if done else "linear")
        panels[2, column].set_xlabel(f"{name} ({letter})")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120)
    return file.getvalue()


def _goals(panel: Any, trials: Sequence[Trial], least_right: float) -> None:
    unbeaten, chosen = front(trials), best(trials, least_right)
    others = [each for each in trials if each.outcome is not None and each not in unbeaten]
    panel.scatter(*_places(others), s=22, color=OTHERS, label="trials")
    panel.plot(*_places(unbeaten), "o-", color=FRONT, label="that no other beats")
    if chosen is not None:
        x, y = _places([chosen])
        panel.scatter(x, y, s=110, facecolors="none", edgecolors=CHOSEN, linewidths=2, label="best")
    label = f"{least_right:.2%} of the bits right"
    panel.axvline(max(1 - least_right, NO_BIT_WRONG), color="black", ls=":", lw=1, label=label)
    panel.set_xscale("log")
    panel.set_xlim(NO_BIT_WRONG / 2, 1)
    panel.set_xlabel("message bits wrong, right key (share)")
    panel.set_ylabel("PSNR (dB)")
    panel.set_title("Trials: fewer wrong bits to the left, less visible to the top")
    panel.grid(alpha=0.3)
    panel.legend()


def _places(trials: Sequence[Trial]) -> tuple[list[float], list[float]]:
    return [_wrong(each) for each in trials], [_psnr(each) for each in trials]


def _wrong(trial: Trial) -> float:
    return max(trial.outcome.bits_wrong, NO_BIT_WRONG) if trial.outcome else math.nan


def _psnr(trial: Trial) -> float:
    return trial.outcome.psnr if trial.outcome and math.isfinite(trial.outcome.psnr) else math.nan

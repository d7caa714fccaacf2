"""Does StegExpose find it? Run four estimators of LSB replacement and their fusion (Fig. 7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..baselines.lsb import LsbReplacement
from ..baselines.method import Method
from ..metrics import statistics
from ..metrics.statistics import Estimate
from ..steganalysis import estimators, roc
from ..steganalysis.scores import Scores, scores
from .attackers import result
from .context import Context
from .covers import Integers, Tiles
from .detection import roc_plot
from .parallel import mapped
from .results import Claim, Column, Section, Table, Value
from .stegos import Group, embedded, groups

#: The estimators and their fusion, and their names in tables.
NAMES = {
    "primary_sets": "Primary sets",
    "chi_square": "Chi-square",
    "sample_pairs": "Sample pairs",
    "rs": "RS",
    "fusion": "Fusion",
}

COLUMNS = [
    Column("method", "Method"),
    Column("images", "Covers", digits=0),
    *(Column(name, title, digits=3) for name, title in NAMES.items()),
    Column("suspicious", "Called suspicious", "%", 1),
    Column("result", "Result"),
]

#: Estimated rates, one float64 [images] for each of NAMES.
Rates = dict[str, NDArray[np.float64]]

#: Areas under the curve that are "close to random guessing" in the paper, which has 0.57.
GOAL = (0.43, 0.57)

#: Result where the area lies below chance.
LOWER = "found (lower)"

EXPECTED = "near 0.5: made for LSB replacement"

NOTES = [
    "These four look for LSB replacement and nothing else. A method that adds and takes away "
    "alike, such as LSB matching, is invisible to them and may be found all the same by attackers "
    "that learn: that they miss a method is weak evidence. LSB replacement of the same payload is "
    "their control; where the fusion misses that, the rows say no power.",
    "Estimators are those of steganalysis/: StegExpose itself reads one channel only in places. "
    "The fusion is the plain mean of what returned a number, as in StegExpose.",
]


def run(context: Context) -> Section:
    """Measure every method, and LSB replacement, which the estimators are made for."""
    tables, plots, claims = [], [], []
    for group in groups(context):
        tiles, sources = context.covers.of(group.channels).pool(context.sizes.stegexpose_images)
        control = LsbReplacement(group.bits_per_pixel)
        methods = {each.name: each for each in (*group.methods, control)}
        own = {n: compared(context, m, tiles, sources) for n, m in methods.items()}
        tables.append(_table(group, own))
        title, name = f"Fusion of the four estimators, {group.title}", f"stegexpose-{group.key}"
        fusions = {name: each["fusion"] for name, each in own.items()}
        plots.append(roc_plot(name, title, fusions, "Fig. 7"))
        for model in (each for each in context.models if each.name in own):
            ours, what = roc.area(own[model.name]["fusion"]), "StegExpose, area under the curve"
            given = (model.name, what, "Fig. 7", "0.57", ours, GOAL, "", EXPECTED)
            claims.append(Claim(*given, model.config.method))
    settings = {"images": context.sizes.stegexpose_images, "seed": context.seed}
    return Section(settings=settings, tables=tables, plots=plots, claims=claims, notes=NOTES)


def compared(
    context: Context, method: Method, tiles: Tiles, sources: Integers
) -> dict[str, Scores]:
    """Return the estimated rates of covers and of a method's stego images, for each of NAMES."""
    innocent = rates(context, tiles, "covers")
    stego = rates(context, embedded(context, method, tiles), method.name)
    return {name: scores(innocent[name], stego[name], sources, sources) for name in NAMES}


def rates(context: Context, images: Tiles, name: str) -> Rates:
    """Estimate the rates of images, nan where an estimator has none; name: for the progress bar."""

    def make() -> Rates:
        found = mapped(estimators.estimates, list(images), f"estimators: {name}", context.quiet)
        return {key: np.array([own[key] for own in found]) for key in NAMES}

    return context.kept("rates", make, images)


def suspicious(fused: NDArray[np.float64], sources: Integers) -> Estimate:
    """Return the share of images that StegExpose calls suspicious."""
    return statistics.clustered_share(fused > estimators.THRESHOLD, sources)


def verdict(area: Estimate, control: Estimate) -> str:
    """Return what an area says beside the control's: found on either side of chance, or not."""
    return LOWER if area.high < 0.5 else result(area, control)


def _table(group: Group, own: dict[str, dict[str, Scores]]) -> Table:
    control = roc.area(own["lsb-replacement"]["fusion"])
    rows: list[dict[str, Value]] = []
    for method, each in own.items():
        areas: dict[str, Value] = {name: roc.area(scored) for name, scored in each.items()}
        fusion, scored = roc.area(each["fusion"]), each["fusion"]
        rows.append({"method": method, "images": len(scored.stegos), **areas})
        found = suspicious(scored.stegos, scored.stego_sources)
        rows[-1].update(suspicious=found, result=verdict(fusion, control))
    innocent = own["lsb-replacement"]["fusion"]
    rows.append({"method": "covers (false alarms)", "images": len(innocent.covers)})
    rows[-1].update(suspicious=suspicious(innocent.covers, innocent.cover_sources))
    title = f"Area under the ROC curve, {group.title}"
    note = (
        f"0.5 is chance. Suspicious: a fused rate above {estimators.THRESHOLD}, the default. "
        f"{LOWER.capitalize()}: stego images get lower rates than covers, and who has the method "
        "can turn the answer round."
    )
    return Table(f"stegexpose-{group.key}", title, COLUMNS, rows, "Fig. 7", note)

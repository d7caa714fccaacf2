"""Does StegExpose find it? Four estimators of LSB replacement and their fusion (Fig. 7)."""

from __future__ import annotations

import numpy as np

from ...baselines.lsb import LsbReplacement
from ...baselines.method import Method
from ...metrics import statistics
from ...steganalysis import fusion, roc
from ...steganalysis.scores import Scores, scores
from ..cache import digest_of
from ..covers import Tiles
from ..parallel import mapped
from ..results import Claim, Column, Plot, Section, Series, Table, Value
from ..stegos import Group, embedded, groups, limit
from ..suite import Context

#: The estimators and their fusion, and what tables call them.
NAMES = {
    "primary_sets": "Primary sets",
    "chi_square": "Chi-square",
    "sample_pairs": "Sample pairs",
    "rs": "RS",
    "fusion": "Fusion",
}

#: Points of a ROC curve that are plotted.
POINTS = 200

#: Estimated rates, one float64 [images] for each of NAMES.
Rates = dict[str, np.ndarray]

#: Area under the curve that is still "close to random guessing" in the paper, which has 0.57.
GOAL = (0.43, 0.57)


def run(context: Context) -> Section:
    """Areas and curves for every method; LSB replacement stands beside them, as what the
    estimators are made for."""
    tables, plots, claims = [], [], []
    for group in groups(context):
        covers = context.covers.of(group.channels)
        tiles, sources = covers.pool
        tiles = tiles[: context.sizes.stegexpose_images]
        innocent = rates(context, tiles)
        found = {}
        for method in (*group.methods, LsbReplacement(group.bits_per_pixel)):
            count = limit(context, method, len(tiles))
            stego = rates(context, embedded(context, method, tiles[:count]), method)
            own = sources[:count]
            found[method.name] = {
                name: scores(innocent[name][:count], stego[name], own, own) for name in NAMES
            }
        tables.append(_table(group, found))
        plots.append(_plot(group, found))
        claims += _claims(context, group, found)
    return Section(
        "stegexpose",
        "Detection by StegExpose's estimators",
        "Do the classical estimators of LSB replacement find it?",
        settings={"images": context.sizes.stegexpose_images, "seed": context.seed},
        tables=tables,
        plots=plots,
        claims=claims,
        notes=[
            "These four look for LSB replacement and nothing else. A method that adds and takes "
            "away alike, such as LSB matching, is invisible to them and may be found all the same "
            "by attackers that learn: that they miss a method is weak evidence.",
            "Estimators are those of steganalysis/: StegExpose itself reads one channel only in "
            "places. The fusion is the plain mean of what returned a number, as in StegExpose.",
        ],
    )


def rates(context: Context, images: Tiles, method: Method | None = None) -> Rates:
    """Estimated rates of images, nan where an estimator has none.

    method: what made them, for the progress bar.
    """
    name = method.name if method else "covers"

    def make() -> Rates:
        each = mapped(fusion.estimates, list(images), f"estimators: {name}", context.quiet)
        return {key: np.array([found[key] for found in each]) for key in NAMES}

    return context.cache.get({"what": "rates", "images": digest_of([images])}, make)


def _table(group: Group, found: dict[str, dict[str, Scores]]) -> Table:
    columns = [Column("method", "Method"), Column("images", "Images", digits=0)]
    columns += [Column(name, title, digits=3) for name, title in NAMES.items()]
    columns += [Column("suspicious", "Called suspicious", "%", 1)]
    rows: list[dict[str, Value]] = []
    for method, each in found.items():
        fused = each["fusion"].stegos
        called = statistics.share(int(np.sum(fused > fusion.THRESHOLD)), len(fused))
        areas = {name: roc.area(own) for name, own in each.items()}
        rows.append({"method": method, "images": len(fused), **areas, "suspicious": called})
    innocent = next(iter(found.values()))["fusion"].covers
    alarms = statistics.share(int(np.sum(innocent > fusion.THRESHOLD)), len(innocent))
    rows.append({"method": "covers (false alarms)", "images": len(innocent), "suspicious": alarms})
    return Table(
        f"stegexpose-{group.key}",
        f"Area under the ROC curve, {group.title}",
        columns,
        rows,
        "Fig. 7",
        f"0.5 is chance. Suspicious: a fused rate above {fusion.THRESHOLD}, StegExpose's default.",
    )


def _plot(group: Group, found: dict[str, dict[str, Scores]]) -> Plot:
    return Plot(
        f"stegexpose-{group.key}",
        f"Fusion of the four estimators, {group.title}",
        "false alarms",
        "detections",
        [roc_series(method, each["fusion"]) for method, each in found.items()],
        "roc",
        paper="Fig. 7",
    )


def roc_series(name: str, found: Scores) -> Series:
    """The ROC curve as a line of not too many points."""
    points = roc.curve(found)
    count = len(points.false_alarms)
    kept = np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int))
    return Series(name, points.false_alarms[kept].tolist(), points.detections[kept].tolist())


def _claims(context: Context, group: Group, found: dict[str, dict[str, Scores]]) -> list[Claim]:
    return [
        Claim(
            f"{model.name}: area under StegExpose's ROC curve",
            "Fig. 7",
            "0.57 on average",
            roc.area(found[model.name]["fusion"]),
            GOAL,
            "",
        )
        for model in context.models
        if model.name in found
    ]

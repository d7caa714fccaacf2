"""Can someone who has the method detect it? Train attackers on features and with a net."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ..baselines.nets import Net
from ..steganalysis import roc
from ..steganalysis.scores import Scores
from . import attackers
from .attackers import BEST, EXPLAINED, POWER
from .context import Context
from .results import Plot, Section, Series, Table, Value
from .stegos import Group, groups

#: Attackers' names and the features that they use; the net finds its own.
FEATURES = {"SPAM": "spam", "SRMQ1": "srmq1"}
NET = "XuNet"

#: Classical methods that the net is trained for, too. Others are left out to save time.
BESIDE = ("lsb-matching", "s-uniward")

#: Highest number of plotted points of a ROC curve.
POINTS = 200

NOTES = [
    "The attacker has the method, weights included, but no key (Kerckhoffs' principle). He learns "
    "from the test and the attackers' photos; each image is judged by one that has not seen its "
    "photo. More photos make a stronger attacker: these are lower bounds.",
    EXPLAINED,
    "If a model was trained on the attackers' photos, as those of the package were, it hides in "
    "them as it learned to: photos that are new to it may be found more or less often.",
    "XuNet is after Xu, Wu and Shi (2016), with a fixed front end of high-pass filters whose "
    "output is truncated. Steganalysers in the literature train on tens of thousands of images for "
    "days.",
]


def run(context: Context) -> Section:
    """Try SPAM and SRMQ1 on every method, and XuNet on models and two classical methods."""
    tables, plots = [], []
    for group in groups(context):
        rows, spam = _attacked(context, group)
        title = f"The best attacker of each method, {group.title}"
        tables.append(Table(f"best-{group.key}", title, BEST, attackers.best(rows)))
        title = f"Every attacker, {group.title}"
        tables.append(Table(f"detection-{group.key}", title, POWER, rows))
        title = f"Attackers with SPAM, {group.title}"
        plots.append(roc_plot(f"detection-{group.key}", title, spam))
    own = {**context.sizes.attackers_see(), "XuNet": context.sizes.net}
    settings = {**own, "seed": context.seed}
    return Section(settings=settings, tables=tables, plots=plots, notes=NOTES)


def _attacked(context: Context, group: Group) -> tuple[list[dict[str, Value]], dict[str, Scores]]:
    """Return a row for each method and attacker, and the scores of SPAM by method."""
    rows: list[dict[str, Value]] = []
    spam: dict[str, Scores] = {}
    control, covers = attackers.control_of(group), context.covers.of(group.channels)
    for name, features in FEATURES.items():
        pool = covers.pool(context.sizes.images(features, group.channels))
        attack: attackers.Attack = partial(attackers.trained, pool=pool, name=features)
        rows += attackers.rows(context, name, attack, group.methods, control)
        if features == "spam":
            spam = {method.name: attack(context, method) for method in group.methods}
    attack = partial(attackers.net, pool=covers.pool(context.sizes.cnn_images))
    trained_for = [each for each in group.methods if isinstance(each, Net) or each.name in BESIDE]
    return rows + attackers.rows(context, NET, attack, trained_for, control), spam


def roc_plot(name: str, title: str, scored: Mapping[str, Scores], paper: str = "") -> Plot:
    """Plot ROC curves by method, as lines of not too many points."""
    series = []
    for method, own in scored.items():
        false_alarms, detections, _ = roc.curve(own)
        points = len(detections)
        kept = sorted({*range(0, points, max(1, points // POINTS)), points - 1})
        series.append(Series(method, false_alarms[kept].tolist(), detections[kept].tolist()))
    return Plot(name, title, "false alarms", "detections", series, "roc", paper=paper)

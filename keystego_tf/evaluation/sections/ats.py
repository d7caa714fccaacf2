"""Can attackers that learn find it? ATS three ways, and retrained attackers (Table II)."""

from __future__ import annotations

from dataclasses import dataclass

from ...baselines.method import Method
from ...baselines.nets import Net
from ...metrics.statistics import Estimate
from ...steganalysis.attack import LEARNERS, SUBSPACE, figures, trained, unsupervised
from ...steganalysis.scores import Scores
from ..results import Claim, Column, Plot, Section, Table, Value
from ..stegos import Group, classical, groups, limit
from ..suite import Context
from .stegexpose import roc_series

#: The paper's Table II, at 0.5 bits per pixel on grayscale photos of BOSS.
PAPER = {"s-uniward": "83 %", "wow": "75 %", "hugo": "85 %"}
PAPER_SCHEMES = {"symmetric": "51 %", "asymmetric": "50 %"}

#: Payload of the paper's comparison, which is measured in grayscale with or without a scheme.
PAPER_RATE = 0.5

#: What detection with other weights may be at most to hold the paper's claim.
GOAL = (0.0, 0.55)

FEATURES = {"spam": "SPAM", "srmq1": "SRMQ1"}

COLUMNS = [
    Column("method", "Method"),
    Column("features", "Features"),
    Column("images", "Images", digits=0),
    Column("accuracy", "Detection accuracy", "%", 1),
    Column("error", "P_E", "%", 1),
    Column("area", "AUC", digits=3),
]


@dataclass(frozen=True)
class Found:
    """Of one method and one set of features; ``other``: the attacker has other weights."""

    method: Method
    features: str
    retrained: Scores
    unsupervised: Scores | None
    other: Scores | None


def run(context: Context) -> Section:
    """Every method with SPAM and SRMQ1: unsupervised ATS, attackers with other weights, and
    attackers retrained on the very method."""
    tables, plots, claims = [], [], []
    for group in _groups(context):
        found = [
            _attack(context, group, method, name) for method in group.methods for name in FEATURES
        ]
        tables += [_protocols(context, group, found), _retrained(group, found)]
        plots.append(_plot(group, found))
        claims += _claims(context, found)
    notes = [
        "Detection accuracy counts a cover called innocent and a stego image called stego, half of "
        "each; 50 % is chance. P_E is the least mean of false alarms and misses over thresholds.",
        "Attackers learn from the test and the attackers' photos, in folds: each image is judged "
        f"by one that has not seen its photo. The ensemble has subspaces of {SUBSPACE} and "
        f"{LEARNERS['spam']} learners with SPAM, {LEARNERS['srmq1']} with SRMQ1. More photos make "
        "a stronger attacker: these are lower bounds.",
        "That an attacker with other weights is at 50 % says that he should have trained the same "
        "weights, not that there is nothing to find: who has the weights stands beside it.",
    ]
    if not context.others:
        notes.append(
            "The paper's protocol needs a second training of the same scheme: give its bundle with "
            "--other-weights. Not measured here."
        )
    sizes = context.sizes
    return Section(
        "ats",
        "Detection by attackers that learn",
        "Can somebody who knows the method tell its images from ordinary ones?",
        settings={
            "images, SPAM": sizes.spam_images,
            "images, SRMQ1": f"{sizes.srmq1(3)} in colour, {sizes.srmq1(1)} in grayscale",
            "images, unsupervised": f"{sizes.ats_images} SPAM, {sizes.ats_srmq1_images} SRMQ1",
            "folds": sizes.folds,
            "seed": context.seed,
        },
        tables=tables,
        plots=plots,
        claims=claims,
        notes=notes,
    )


def _groups(context: Context) -> list[Group]:
    found = groups(context)
    if not any((each.channels, each.bits_per_pixel) == (1, PAPER_RATE) for each in found):
        found.append(Group(1, PAPER_RATE, tuple(classical(context.methods, PAPER_RATE))))
    return [each for each in found if each.methods]


def _attack(context: Context, group: Group, method: Method, name: str) -> Found:
    sizes = context.sizes
    many, few = {
        "spam": (sizes.spam_images, sizes.ats_images),
        "srmq1": (sizes.srmq1(group.channels), sizes.ats_srmq1_images),
    }[name]
    covers, sources = context.covers.of(group.channels).pool
    many, few = (min(limit(context, method, count), len(covers)) for count in (many, few))
    other = _other(context, method)
    # It takes two embeddings and two sets of features more, each of them slow.
    slow = getattr(method, "effort", 0) > 0 and name == "srmq1"
    return Found(
        method,
        name,
        trained(context, method, covers[:many], sources[:many], name),
        None if slow else unsupervised(context, method, covers[:few], sources[:few], name),
        trained(context, method, covers[:many], sources[:many], name, other) if other else None,
    )


def _other(context: Context, method: Method) -> Method | None:
    """The same scheme with other weights; a classical method has none, and is its own."""
    if not isinstance(method, Net):
        return None
    for other in context.others:
        if other.agents == method.model.agents and other.folder != method.model.folder:
            return Net(other, effort=method.effort)
    return None


def _protocols(context: Context, group: Group, found: list[Found]) -> Table:
    rows: list[dict[str, Value]] = []
    for each in found:
        same = figures(each.retrained)
        other = figures(each.other) if each.other else None
        alone = figures(each.unsupervised) if each.unsupervised else None
        rows.append(
            {
                "method": each.method.name,
                "features": FEATURES[each.features],
                "unsupervised": alone["accuracy"] if alone else None,
                "unsupervised_area": alone["area"] if alone else None,
                "other": other["accuracy"] if other else None,
                "other_area": other["area"] if other else None,
                "same": same["accuracy"],
                "paper": _paper(context, group, each.method),
            }
        )
    columns = [
        *COLUMNS[:2],
        Column("unsupervised", "Unsupervised ATS", "%", 1),
        Column("unsupervised_area", "its AUC", digits=3),
        Column("other", "Other weights", "%", 1),
        Column("other_area", "its AUC", digits=3),
        Column("same", "Same weights", "%", 1),
        Column("paper", "Paper"),
    ]
    return Table(
        f"ats-{group.key}",
        f"Detection accuracy by what the attacker has, {group.title}",
        columns,
        rows,
        "Table II",
        "Other weights: the paper's protocol for schemes. Same weights: Kerckhoffs' principle; for "
        "classical methods, which have no weights, the paper's too. The paper's figures are for "
        "grayscale photos of BOSS, of a size that it does not tell.",
    )


def _paper(context: Context, group: Group, method: Method) -> str | None:
    if group.bits_per_pixel != PAPER_RATE:
        return None
    if isinstance(method, Net):
        return PAPER_SCHEMES[method.model.agents.scheme]
    return PAPER.get(method.name)


def _retrained(group: Group, found: list[Found]) -> Table:
    rows: list[dict[str, Value]] = [
        {
            "method": each.method.name,
            "features": FEATURES[each.features],
            "images": len(each.retrained.covers),
            **figures(each.retrained),
        }
        for each in found
    ]
    title = f"Attackers retrained on the very method, {group.title}"
    note = "FLD ensemble; the attacker has the method, weights included, but no key."
    return Table(f"retrained-{group.key}", title, COLUMNS, rows, "", note)


def _plot(group: Group, found: list[Found]) -> Plot:
    return Plot(
        f"retrained-{group.key}",
        f"Attackers with SPAM, retrained on the very method, {group.title}",
        "false alarms",
        "detections",
        [roc_series(e.method.name, e.retrained) for e in found if e.features == "spam"],
        "roc",
    )


def _claims(context: Context, found: list[Found]) -> list[Claim]:
    claims = []
    for each in found:
        if isinstance(each.method, Net) and each.other is not None:
            ours: Estimate = figures(each.other)["accuracy"]
            scheme = each.method.model.agents.scheme
            what = f"{each.method.name}: ATS with other weights, {FEATURES[each.features]}"
            claims.append(Claim(what, "Table II", PAPER_SCHEMES[scheme], ours, GOAL))
    return claims

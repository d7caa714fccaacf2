"""Table II of the paper: ATS, and attackers who learn from other weights."""

from __future__ import annotations

from typing import Any

from ..baselines.controls import Sham
from ..baselines.method import Method
from ..baselines.nets import Net
from ..bundles.catalogue import Model
from ..metrics.statistics import Estimate
from ..steganalysis import roc
from . import attackers
from .attackers import EXPLAINED, POWER
from .context import Context
from .detection import FEATURES
from .results import Claim, Column, Section, Table, Value
from .stegos import Group, classical, groups

#: The paper's Table II, at 0.5 bits per pixel on grayscale photos of BOSS.
PAPER = {"s-uniward": "83 %", "wow": "75 %", "hugo": "85 %"}
PAPER_SCHEMES = {"symmetric": "51 %", "asymmetric": "50 %"}

#: Payload of the paper's comparison, which is measured in grayscale with or without a model.
PAPER_RATE = 0.5

#: What detection with other weights may be at most to hold the paper's claim.
GOAL = (0.0, 0.55)

EXPECTED = (
    "near 50 %: the attacker learned from other weights. It says that he should have trained the "
    "same weights, not that there is nothing to find."
)

UNSUPERVISED, OTHER, SAME = "unsupervised ATS", "other weights", "same weights"

NOTES = [
    "Unsupervised ATS (Lerch-Hostalot and Megias, 2016): the attacker has the images under test "
    "and the method. Other weights: the paper's protocol for its schemes. Same weights: "
    "Kerckhoffs' principle; for classical methods, which have no weights, the paper's too.",
    "The paper's figures are for grayscale photos of BOSS, of a size that it does not tell.",
    EXPLAINED,
]

MISSING = (
    "The paper's protocol needs a second training of the same scheme: give its bundle with "
    "--other-weights. Not measured here."
)


def run(context: Context) -> Section:
    """Every method with SPAM and SRMQ1 by what the attacker has, and the paper's figure beside."""
    tables: list[Table] = []
    claims: list[Claim] = []
    for group in _groups(context):
        rows: list[dict[str, Value]] = []
        for name in FEATURES:
            own, held = _protocols(context, group, name)
            rows, claims = rows + own, claims + held
        columns = [*POWER[:2], Column("has", "Attacker has"), *POWER[2:], Column("paper", "Paper")]
        title = f"Detection by what the attacker has, {group.title}"
        tables.append(Table(f"ats-{group.key}", title, columns, rows, "Table II"))
    sizes = context.sizes
    settings = {
        "images, SPAM": sizes.spam_images,
        "images, SRMQ1": f"{sizes.srmq1(3)} in colour, {sizes.srmq1(1)} in grayscale",
        "images, unsupervised": f"{sizes.ats_images} SPAM, {sizes.ats_srmq1_images} SRMQ1",
        "folds": sizes.folds,
        "seed": context.seed,
    }
    question = "Does an attacker with other weights, or with nothing but the images, find it?"
    notes = NOTES if context.others else [*NOTES, MISSING]
    parts: Any = {"claims": claims, "notes": notes}
    return Section("ats", "ATS and other weights", question, settings, tables, **parts)


def _groups(context: Context) -> list[Group]:
    own = groups(context)
    if not any((group.channels, group.bits_per_pixel) == (1, PAPER_RATE) for group in own):
        own.append(Group(1, PAPER_RATE, tuple(classical(context.methods, PAPER_RATE))))
    return [group for group in own if group.methods]


def _protocols(
    context: Context, group: Group, name: str
) -> tuple[list[dict[str, Value]], list[Claim]]:
    """The three protocols with one set of features."""
    features, sizes = FEATURES[name], context.sizes
    many, few = {
        "spam": (sizes.spam_images, sizes.ats_images),
        "srmq1": (sizes.srmq1(group.channels), sizes.ats_srmq1_images),
    }[features]
    covers = context.covers.of(group.channels)
    all_tiles, some = covers.pool(many), covers.pool(few)
    control = attackers.control_of(group)
    known = attackers.trained(context, control, *all_tiles, features)
    sham = attackers.strangers(context, *all_tiles, features)
    blind, blind_sham = (
        attackers.unsupervised(context, method, *some, features) for method in (control, Sham())
    )
    rows: list[dict[str, Value]] = []
    claims = []
    for method in group.methods:
        alone = attackers.unsupervised(context, method, *some, features)
        row = attackers.row(method.name, name, alone, blind, blind_sham)
        rows.append({**row, "has": UNSUPERVISED, "paper": _paper(group, method)})
        other = _other_weights(context, method)
        for has, learns_from in ((OTHER, other), (SAME, None)):
            if has == OTHER and other is None:
                continue
            own = attackers.trained(context, method, *all_tiles, features, learns_from)
            row = attackers.row(method.name, name, own, known, sham)
            rows.append({**row, "has": has, "paper": _paper(group, method)})
            if has == OTHER and isinstance(method, Net):
                claims.append(_claim(method, name, roc.accuracy(own)))
    return rows, claims


def same_scheme(one: Model, other: Model) -> bool:
    """Whether two models differ in their weights only."""
    return (one.config.method, one.config.settings, one.agents) == (
        other.config.method,
        other.config.settings,
        other.agents,
    )


def _other_weights(context: Context, method: Method) -> Method | None:
    """The same scheme with other weights; a classical method has none, and is its own."""
    if isinstance(method, Net):
        for other in context.others:
            if same_scheme(other, method.model) and other.folder != method.model.folder:
                return Net(other)
    return None


def _paper(group: Group, method: Method) -> str | None:
    if group.bits_per_pixel != PAPER_RATE:
        return None
    if isinstance(method, Net):
        return PAPER_SCHEMES[method.model.agents.scheme]
    return PAPER.get(method.name)


def _claim(method: Net, name: str, ours: Estimate) -> Claim:
    paper = PAPER_SCHEMES[method.model.agents.scheme]
    what = f"ATS with other weights, {name}"
    return Claim(method.name, what, "Table II", paper, ours, GOAL, expected=EXPECTED)

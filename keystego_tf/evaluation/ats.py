"""Reproduce Table II of the paper: ATS, and attackers who learn from other weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..baselines.method import Method
from ..baselines.nets import Net
from ..baselines.table import CLASSICAL
from ..bundles.catalogue import Model
from ..steganalysis.scores import Scores
from . import attackers
from .attackers import EXPLAINED, POWER
from .context import Context
from .detection import FEATURES
from .results import Claim, Column, Section, Table, Value
from .stegos import Group, groups

#: The paper's Table II, at 0.5 bits per pixel on grayscale photos of BOSS.
PAPER = {"s-uniward": "83 %", "wow": "75 %", "hugo": "85 %"}
PAPER_SCHEMES = {"symmetric": "51 %", "asymmetric": "50 %"}

#: Channels and payload of the paper's comparison, made with or without a model.
PAPER_KIND = (1, 0.5)

#: Shares of detection with other weights that hold the paper's claim.
GOAL = (0.0, 0.55)

EXPECTED = "near 50 %: he should have trained the same weights"

UNSUPERVISED, OTHER, SAME = "unsupervised ATS", "other weights", "same weights"

COLUMNS = [*POWER[:2], Column("has", "Attacker has"), *POWER[2:], Column("paper", "Paper")]

NOTES = [
    "Unsupervised ATS (Lerch-Hostalot and Megias, 2016): the attacker has the images under test "
    "and the method. Other weights: the paper's protocol for its schemes. Same weights: "
    "Kerckhoffs' principle; for classical methods, which have no weights, the paper's too.",
    "The paper's figures are for grayscale photos of BOSS, of a size that it does not tell.",
    EXPLAINED,
    "The sham of unsupervised ATS hides nothing in either half, which is 50 % by construction.",
]

MISSING = (
    "The paper's protocol needs a second training of the same scheme: give its bundle with "
    "--other-weights. Not measured here."
)


def run(context: Context) -> Section:
    """Try SPAM and SRMQ1 on every method, by what the attacker has, beside the paper's figure."""
    tables: list[Table] = []
    claims: list[Claim] = []
    for group in _groups(context):
        of_table, beside = _table_two(group)
        for methods, name, title, paper in (
            (of_table, f"ats-{group.key}", "Detection by what the attacker has", "Table II"),
            (beside, f"ats-beside-{group.key}", "The same, methods that the paper leaves out", ""),
        ):
            if methods:
                rows, held = _protocols(context, group, methods)
                claims += held
                tables.append(Table(name, f"{title}, {group.title}", COLUMNS, rows, paper))
    own = f"{context.sizes.ats_images} SPAM, {context.sizes.ats_srmq1_images} SRMQ1"
    settings = {**context.sizes.attackers_see(), "images, unsupervised": own, "seed": context.seed}
    notes = NOTES if context.others else [*NOTES, MISSING]
    return Section(settings=settings, tables=tables, claims=claims, notes=notes)


def _groups(context: Context) -> list[Group]:
    """Return all methods of the paper's kind of images, and of any other kind the models."""
    own = {(group.channels, group.bits_per_pixel): group for group in groups(context)}
    methods = (CLASSICAL[name](PAPER_KIND[1]) for name in context.compared_with(PAPER_KIND[0]))
    paper = own.pop(PAPER_KIND, Group(*PAPER_KIND, tuple(methods)))
    nets = (
        replace(group, methods=tuple(each for each in group.methods if isinstance(each, Net)))
        for group in own.values()
    )
    return [group for group in (paper, *nets) if group.methods]


def _table_two(group: Group) -> tuple[list[Method], list[Method]]:
    """Return the models and the classical methods of Table II, and all others."""
    inside = [each for each in group.methods if isinstance(each, Net) or each.name in PAPER]
    return inside, [each for each in group.methods if each not in inside]


def _protocols(
    context: Context, group: Group, methods: Sequence[Method]
) -> tuple[list[dict[str, Value]], list[Claim]]:
    """Run the three protocols with each set of features, by method."""
    rows: list[dict[str, Value]] = []
    control, sizes = attackers.control_of(group), context.sizes
    covers = context.covers.of(group.channels)
    others = {m.name: other for m in methods if (other := _other_weights(context, m)) is not None}
    again = [method for method in methods if method.name in others]
    for name, features in FEATURES.items():
        few = sizes.ats_images if features == "spam" else sizes.ats_srmq1_images
        alone = partial(attackers.unsupervised, pool=covers.pool(few), name=features)
        pool = covers.pool(sizes.images(features, group.channels))
        same = partial(attackers.trained, pool=pool, name=features)

        def learned(context: Context, method: Method | None, same: Any = same) -> Scores:
            return same(context, method, attacker=others.get(method.name) if method else None)

        plan: Any = [(UNSUPERVISED, alone, methods), (OTHER, learned, again), (SAME, same, methods)]
        for has, attack, shown in plan:
            found = attackers.rows(context, name, attack, shown, control) if shown else []
            for method, row in zip(shown, found):
                rows.append({**row, "has": has, "paper": _paper(group, method)})
    order = [method.name for method in methods]
    claims = [_claim(method, rows) for method in again if isinstance(method, Net)]
    return sorted(rows, key=lambda row: order.index(str(row["method"]))), claims


def same_scheme(one: Model, other: Model) -> bool:
    """Tell whether two models differ in their weights only."""
    first, second = ((m.config.method, m.config.settings, m.agents) for m in (one, other))
    return first == second


def _other_weights(context: Context, method: Method) -> Method | None:
    """Return the same scheme with other weights; a classical method has none, and is its own."""
    model = method.model if isinstance(method, Net) else None
    others = (m for m in context.others if model and same_scheme(m, model))
    return next((Net(m) for m in others if model and m.folder != model.folder), None)


def _paper(group: Group, method: Method) -> str | None:
    """Return the figure of Table II, where it has one."""
    if (group.channels, group.bits_per_pixel) != PAPER_KIND:
        return None
    if isinstance(method, Net):
        return PAPER_SCHEMES[method.model.agents.scheme]
    return PAPER.get(method.name)


def _claim(method: Net, rows: Sequence[dict[str, Any]]) -> Claim:
    """Claim what the better attacker with other weights scores."""
    own = [r["accuracy"] for r in rows if (r["method"], r["has"]) == (method.name, OTHER)]
    best, what = max(own, key=lambda each: each.value), "found with other weights, best attacker"
    given = (method.name, what, "Table II", "50 to 51 %", best, GOAL, "%", EXPECTED)
    return Claim(*given, method.model.config.method)

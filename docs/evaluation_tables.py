"""Reports of `keystego-tf evaluate` (their report.json), as they are shown in the documents."""

from __future__ import annotations

import re
from typing import Any

from keystego_tf.evaluation import report as reports_of
from keystego_tf.evaluation.report.values import cell, interval, with_unit
from keystego_tf.evaluation.results import Claim, Column, Section, Table
from keystego_tf.evaluation.statistics import Estimate

#: A report with the name of its file at ``file``.
Report = dict[str, Any]

NOTHING = "*Not measured yet: `keystego-tf evaluate` measures, `make docs-fill` puts it here.*"


def claims_table(reports: list[Report]) -> str:
    """The paper's claims, its figure, and ours: a column for each report."""
    if not reports:
        return NOTHING
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for report in reports:
        for claim in [each for section in sections(report) for each in section.claims]:
            key = (claim.what, f"{claim.paper} ({claim.where})")
            rows.setdefault(key, {})[report["file"]] = of_claim(claim)
    names = [report["file"] for report in reports]
    lines = [["", "paper", *names], ["---"] * (2 + len(names))]
    lines += [[*key, *(found.get(name, "–") for name in names)] for key, found in rows.items()]
    table = "\n".join("| " + " | ".join(map(escaped, line)) + " |" for line in lines)
    commands = "\n".join(report["meta"]["command"] for report in reports)
    note = "In brackets the 95 % interval. Bold: our figure does not hold the claim."
    return f"{table}\n\n{note}\n\n```text\n{commands}\n```"


def of_claim(claim: Claim) -> str:
    text = with_unit(cell(claim.ours, claim.unit, 2), claim.unit)
    ends = interval(claim.ours, claim.unit, 2)
    text += f" ({ends})" if ends else ""
    return text if claim.holds else f"**{text}**"


def escaped(text: str) -> str:
    """A bar in a cell would end it."""
    return text.replace("|", r"\|")


def sections_text(reports: list[Report]) -> str:
    """Every table of every report, as the command writes them, under a heading a report."""
    if not reports:
        return NOTHING
    parts = []
    for report in reports:
        text = reports_of.markdown(sections(report)).strip()
        text = re.sub("^#", "###", text, flags=re.MULTILINE)
        parts += [f"### {report['file']}", labelled(text)]
    return "\n\n".join(parts)


def labelled(text: str) -> str:
    """Fences say what is between them: commands that belong to figures are no steps to follow."""
    opening = re.compile(r"^(```+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
    return opening.sub(r"\1text\n\2\1", text)


def sections(report: Report) -> list[Section]:
    """The sections as the report's writer had them, without plots and pictures."""
    found = []
    for each in report["sections"]:
        tables = [
            Table(
                part["name"],
                part["title"],
                [Column(**column) for column in part["columns"]],
                [{name: estimate(value) for name, value in row.items()} for row in part["rows"]],
                part["paper"],
                part["note"],
            )
            for part in each["tables"]
        ]
        claims = [claim_of(part) for part in each["claims"]]
        found.append(
            Section(
                each["name"],
                each["title"],
                each["question"],
                tables=tables,
                claims=claims,
                notes=each["notes"],
                command=each["command"],
            )
        )
    return found


def claim_of(part: dict[str, Any]) -> Claim:
    """JSON has no infinite ends: they come back as null."""
    least, most = part["goal"]
    goal = (-float("inf") if least is None else least, float("inf") if most is None else most)
    return Claim(
        part["what"], part["where"], part["paper"], estimate(part["ours"]), goal, part["unit"]
    )


def estimate(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    nan, inf = float("nan"), float("inf")
    middle = nan if value["value"] is None else value["value"]
    low = -inf if value["low"] is None else value["low"]
    high = inf if value["high"] is None else value["high"]
    return Estimate(middle, low, high, value["images"])

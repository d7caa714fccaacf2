"""Reports of `keystego-tf evaluate` (their report.json), as they are shown in the documents."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from keystego_tf.evaluation.results import Claim, Column, Section, Table
from keystego_tf.metrics.statistics import Estimate
from keystego_tf.report import pages
from keystego_tf.report.values import claims_of

#: A report with the name of its file at ``file``.
Report = dict[str, Any]

NOTHING = "*Not measured yet: `keystego-tf evaluate` measures, `make docs-fill` puts it here.*"


def claims_text(reports: list[Report]) -> str:
    """The paper's claims, its figure, and ours: a column for each model. Known answers, which
    are claims about the tools, are left to the tables of their section."""
    claims = claims_of(section for report in reports for section in sections(report))
    if not claims:
        return NOTHING
    commands = "\n".join(report["meta"]["command"] for report in reports)
    return f"{pages.claims_markdown(claims)}\n\n```text\n{commands}\n```"


def best_text(reports: list[Report]) -> str:
    """The best attacker of each method, by payload."""
    tables = [table for r in reports for each in sections(r) for table in each.tables]
    best = [table for table in tables if table.name.startswith("best-")]
    text = pages.markdown([Section("", "", "", tables=best)]).partition("###")[2]
    return f"###{text}".strip() if best else NOTHING


def sections_text(reports: list[Report]) -> str:
    """Every table of every report, as the command writes them, under a heading a report."""
    parts = []
    for report in reports:
        text = pages.markdown([replace(each, claims=[]) for each in sections(report)]).strip()
        parts += [f"### {report['file']}", re.sub("^#", "###", text, flags=re.MULTILINE)]
    return "\n\n".join(parts) or NOTHING


def figures_text(reports: list[Report], folder: Path) -> str:
    """Plots and pictures of the reports of which ``folder`` has a copy, each under its title.

    folder: docs/assets/results, a subfolder for each report with files named as there.
    """
    parts = []
    for name, section in [(r["file"], each) for r in reports for each in r["sections"]]:
        for part in [*section["plots"], *section["pictures"]]:
            place = f"{name}/{Path(part['file']).name}"
            if (folder / place).is_file():
                title = part["title"] + (f" ({part['paper']} of the paper)" * bool(part["paper"]))
                parts.append(f"![{title}](assets/results/{place})\n*{title}*")
    return "\n\n".join(parts) or NOTHING


def sections(report: Report) -> list[Section]:
    """The sections as the report's writer had them, without plots and pictures."""
    return [
        Section(
            part["name"],
            part["title"],
            part["question"],
            tables=[table(each) for each in part["tables"]],
            claims=[claim(each) for each in part["claims"]],
            notes=part["notes"],
            command=part["command"],
        )
        for part in report["sections"]
    ]


def table(part: dict[str, Any]) -> Table:
    rows = [{name: estimate(value) for name, value in row.items()} for row in part["rows"]]
    columns = [Column(**column) for column in part["columns"]]
    return Table(part["name"], part["title"], columns, rows, part["paper"], part["note"])


def claim(part: dict[str, Any]) -> Claim:
    """JSON has no infinite ends: they come back as null."""
    ends = [part["goal"][0], part["goal"][1]]
    goal = tuple(sign * float("inf") if e is None else e for sign, e in zip((-1, 1), ends))
    own = {name: value for name, value in part.items() if name != "holds"}
    return Claim(**{**own, "ours": estimate(part["ours"]), "goal": goal})


def estimate(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    missing = {"value": float("nan"), "low": -float("inf"), "high": float("inf")}
    return Estimate(**{n: missing.get(n) if e is None else e for n, e in value.items()})

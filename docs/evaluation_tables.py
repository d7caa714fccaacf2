"""Reports of `keystego-tf evaluate` (their report.json), as they are shown in the documents."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from keystego_tf import report as reports_of
from keystego_tf.evaluation.results import Claim, Column, Section, Table
from keystego_tf.metrics.statistics import Estimate
from keystego_tf.report.values import cell, interval, with_unit

#: A report with the name of its file at ``file``.
Report = dict[str, Any]

NOTHING = "*Not measured yet: `keystego-tf evaluate` measures, `make docs-fill` puts it here.*"


#: What a claim is about: a scheme, perhaps an effort or a layer, and what is claimed of it.
ABOUT = re.compile(r"(?P<scheme>[^ ,:]+),? ?(?P<how>[^:]*): (?P<what>.+)")


def claims_table(reports: list[Report]) -> str:
    """The paper's claims, its figure, and ours: a column for each scheme. Known answers, which
    are claims about the tools, are left to the tables of their section."""
    if not reports:
        return NOTHING
    rows: dict[tuple[str, str], dict[str, str]] = {}
    schemes: dict[str, None] = {}
    for report in reports:
        for claim in [each for section in sections(report) for each in section.claims]:
            about = ABOUT.fullmatch(claim.what)
            if about is None or claim.where == "control":
                continue
            schemes[about["scheme"]] = None
            what = about["what"] + (f", {about['how']}" * bool(about["how"]))
            key = (what, f"{claim.paper} ({claim.where})")
            rows.setdefault(key, {}).setdefault(about["scheme"], of_claim(claim))
    lines = [["", "paper", *schemes], ["---"] * (2 + len(schemes))]
    lines += [[*key, *(found.get(name, "–") for name in schemes)] for key, found in rows.items()]
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


#: Columns of ``found_text``: a heading, the unit, digits, and where the figure stands: the table's
#: name before the payload, the column, and the features if there are rows of several.
FOUND = (
    ("samples changed", "%", 2, "invisibility", "changed", None),
    ("PSNR", "dB", 1, "invisibility", "psnr", None),
    ("SPAM", "%", 1, "retrained", "accuracy", "SPAM"),
    ("SRMQ1", "%", 1, "retrained", "accuracy", "SRMQ1"),
    ("XuNet", "%", 1, "cnn", "accuracy", None),
    ("other weights, SPAM", "%", 1, "ats", "other", "SPAM"),
)


def found_text(reports: list[Report]) -> str:
    """How far every method changes images and how often attackers are right: a table a payload,
    gathered from those of the sections."""
    tables = [t for report in reports for s in sections(report) for t in s.tables]
    titles = {t.name: t.title for t in reversed(tables) if t.name.startswith("retrained-")}
    keys = [name.partition("-")[2] for name in reversed(titles)]
    parts = []
    for key in keys:
        head = ["method", *(heading for heading, *_ in FOUND)]
        rows: dict[str, list[str]] = {}
        for place, (_, unit, digits, name, column, features) in enumerate(FOUND):
            for row in [row for t in tables if t.name == f"{name}-{key}" for row in t.rows]:
                if features in (None, row.get("features")):
                    own = rows.setdefault(str(row["method"]), ["–"] * len(FOUND))
                    own[place] = shown(row.get(column), unit, digits)
        lines = [
            head,
            ["---", *["---:"] * len(FOUND)],
            *([name, *own] for name, own in rows.items()),
        ]
        title = titles[f"retrained-{key}"].partition(", ")[2]
        parts.append(f"### {title[0].upper()}{title[1:]}")
        parts.append("\n".join("| " + " | ".join(map(escaped, line)) + " |" for line in lines))
    return "\n\n".join(parts) or NOTHING


def shown(value: Any, unit: str, digits: int) -> str:
    if value is None:
        return "–"
    ends = interval(value, unit, digits) if unit == "%" and digits == 1 else ""
    return with_unit(cell(value, unit, digits), unit) + (f" ({ends})" if ends else "")


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
                parts.append(f"![{escaped(title)}](assets/results/{place})\n*{title}*")
    return "\n\n".join(parts) or NOTHING


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

"""The tables as Markdown, for docs/results.md."""

from __future__ import annotations

import re

from ..evaluation.results import Claim, Section, Table, Value
from .values import (
    cell,
    claims_of,
    claims_title,
    digits_of,
    doubt,
    goal,
    heading,
    images,
    interval,
    verdict,
    with_unit,
)


def markdown(sections: list[Section]) -> str:
    """The paper's claims beside ours, then each section's tables with 95 % intervals."""
    parts = []
    claims = claims_of(sections)
    if claims:
        parts += [f"## {claims_title(claims)}", _claims(claims)]
    for section in sections:
        parts += [f"## {_line(section.title)}", _line(section.question)]
        for table in section.tables:
            parts += [f"### {_line(table.title)}", _caption(table), _table(table), table.note]
        parts += ["\n".join(f"- {_line(note)}" for note in section.notes)]
        if section.command:
            # A longer fence than any inside of it.
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", section.command)), default=0))
            parts += [f"{fence}\n{section.command}\n{fence}"]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _claims(claims: list[Claim]) -> str:
    rows = []
    for each in claims:
        digits = digits_of(each)
        shown = with_unit(cell(each.ours, each.unit, digits), each.unit)
        ours = _with_interval(shown, interval(each.ours, each.unit, digits))
        bold = verdict(each) if each.holds else f"**{verdict(each)}**"
        held = f"{bold} ({doubt(each)})" if doubt(each) else bold
        rows.append([*map(_cell, (each.what, each.where, each.paper, ours, goal(each))), held])
    head = ["claim", "where", "paper", "ours (95 % interval)", "goal", "verdict"]
    return _pipes(head, rows, [False] * len(head))


def _caption(table: Table) -> str:
    parts = [table.paper and f"{table.paper} of the paper", images(table)]
    text = "; ".join(part for part in parts if part)
    return f"{_line(text)}." if text else ""


def _table(table: Table) -> str:
    rows = [
        [_cell(_value(row.get(c.name), c.unit, c.digits)) for c in table.columns]
        for row in table.rows
    ]
    right = [
        any(not isinstance(row.get(c.name), (str, type(None))) for row in table.rows)
        for c in table.columns
    ]
    return _pipes([_cell(heading(column)) for column in table.columns], rows, right)


def _value(value: Value, unit: str, digits: int) -> str:
    return _with_interval(cell(value, unit, digits), interval(value, unit, digits))


def _with_interval(text: str, ends: str) -> str:
    return f"{text} ({ends})" if ends else text


def _pipes(head: list[str], rows: list[list[str]], right: list[bool]) -> str:
    if not head:
        return ""
    rule = ["---:" if each else "---" for each in right]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *rows])


def _line(text: str) -> str:
    """Text that stays in its line, and is no HTML."""
    return " ".join(text.split()).replace("<", "&lt;")


def _cell(text: str) -> str:
    return _line(text).replace("|", r"\|")

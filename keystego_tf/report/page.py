"""The report as one page that stands alone: no script, no request, readable on a phone."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from typing import Any

from ..evaluation.results import Claim, Column, Picture, Plot, Section, Table, Value
from ..evaluation.sizes import SAYS_NOTHING
from ..metrics.statistics import Estimate
from . import svg
from .files import PICTURES, Placed
from .style import CSS
from .values import (
    MISSING,
    Names,
    cell,
    claims_of,
    claims_title,
    digits_of,
    doubt,
    duration,
    goal,
    heading,
    images,
    interval,
    measured,
    plain,
    total,
    verdict,
    with_unit,
)

TITLE = "Evaluation of a DeepKeyStego scheme"

#: Small pictures are shown at a whole multiple of their size, up to so many pixels wide.
SHOWN = 640


#: The column that says how many images a row is from.
COUNT = "images"


def page(sections: list[Section], meta: dict[str, Any], placed: Placed) -> str:
    """The page; ``meta``: ``title``, ``command`` and whatever else was measured with."""
    title = str(meta.get("title", TITLE))
    names = Names()
    names.new("claims")  # is the claims' own
    anchors = [names.new(section.name) for section in sections]
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="warning">{SAYS_NOTHING}</p>' if meta.get("size") == "quick" else "",
        _facts(meta),
        _command(str(meta.get("command", ""))),
        _contents(sections, anchors),
        _claims(claims_of(sections)),
        *(
            _section(section, anchor, index, placed)
            for index, (section, anchor) in enumerate(zip(sections, anchors))
        ),
    ]
    if not sections:
        body.append('<p class="lead">Nothing was measured.</p>')
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


def _facts(meta: dict[str, Any]) -> str:
    """What was measured, with what: a list of names and values."""
    rows = [
        f"<dt>{escape(_label(name))}</dt><dd>{escape(_words(value))}</dd>"
        for name, value in plain(meta).items()
        if name not in ("title", "command") and value not in (None, "", [], {})
    ]
    return f'<dl class="facts">{"".join(rows)}</dl>' if rows else ""


def _label(name: str) -> str:
    return name.replace("_", " ")


def _words(value: Any) -> str:
    """Plain data in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{_label(str(name))} {_words(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return MISSING if value is None else str(value)


def _contents(sections: list[Section], anchors: list[str]) -> str:
    if len(sections) < 2:
        return ""
    items = "".join(
        f'<li><a href="#{anchor}">{escape(section.title)}</a></li>'
        for section, anchor in zip(sections, anchors)
    )
    return f'<nav aria-label="Sections"><ul>{items}</ul></nav>'


def _claims(claims: list[Claim]) -> str:
    if not claims:
        return ""
    title = claims_title(claims).replace("'", "’")
    head = ("claim", "paper", "ours, with 95 % interval", "to hold, ours must be", "verdict")
    return (
        f'<section id="claims"><h2>{title}</h2>'
        f'<p class="sum">{total(claims)}</p><table class="claims"><thead><tr>'
        + "".join(f"<th>{each}</th>" for each in head)
        + f"</tr></thead><tbody>{''.join(map(_claim, claims))}</tbody></table></section>"
    )


def _claim(claim: Claim) -> str:
    digits = digits_of(claim)
    ours = escape(with_unit(cell(claim.ours, claim.unit, digits), claim.unit))
    ends = interval(claim.ours, claim.unit, digits)
    spread = f' <span class="interval">{escape(ends)}</span>' if ends else ""
    remark = f'<span class="interval">{doubt(claim)}</span>' if doubt(claim) else ""
    return (
        f'<tr class="{_kind(claim)}">'
        f'<td><span class="what">{_text(claim.what)}</span> '
        f'<span class="interval">{_text(claim.where)}</span></td>'
        f'<td data-head="paper">{_text(claim.paper)}</td>'
        f'<td data-head="ours">{ours}{spread}</td>'
        f'<td data-head="must be">{escape(goal(claim))}</td>'
        f'<td><span class="verdict">{verdict(claim)}</span>{remark}</td></tr>'
    )


def _kind(claim: Claim) -> str:
    return "unknown" if not measured(claim) else "holds" if claim.holds else "fails"


def _section(section: Section, anchor: str, index: int, placed: Placed) -> str:
    parts = [
        f'<section id="{anchor}"><h2>{escape(section.title)}</h2>',
        f'<p class="lead">{_text(section.question)}</p>' if section.question else "",
        _figures(section.plots, f"p{index}"),
        _pictures(section.pictures, index, placed),
        *map(_table, section.tables),
        _notes(section.notes),
        _command(section.command),
        _settings(section),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _figures(plots: Iterable[Plot], prefix: str) -> str:
    figures = []
    for number, plot in enumerate(plots):
        kind = ' class="square"' if plot.kind == "roc" else ""
        drawing = svg.inline(plot, f"{prefix}-{number}")
        label = escape(f"Plot: {plot.title}", quote=True)
        drawing = drawing.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
        note = f'<p class="note">{_text(plot.note)}</p>' if plot.note else ""
        figures.append(
            f"<figure{kind}><figcaption>{_text(plot.title)}{_from(plot.paper)}</figcaption>"
            f"{drawing}{note}</figure>"
        )
    return f'<div class="figures">{"".join(figures)}</div>' if figures else ""


def _pictures(pictures: list[Picture], index: int, placed: Placed) -> str:
    figures = []
    for number, picture in enumerate(pictures):
        content = placed.contents[placed.paths[(index, PICTURES, number)]]
        data = base64.b64encode(content).decode()
        width = picture.pixels.shape[1]
        shown = width * max(1, SHOWN // width)
        figures.append(
            f'<figure class="picture"><figcaption>{_text(picture.title)}{_from(picture.paper)}'
            f'</figcaption><img width="{shown}" alt="{escape(picture.title, quote=True)}" '
            f'src="data:image/png;base64,{data}"></figure>'
        )
    return f'<div class="pictures">{"".join(figures)}</div>' if figures else ""


def _table(table: Table) -> str:
    numeric = [
        any(not isinstance(row.get(column.name), (str, type(None))) for row in table.rows)
        for column in table.columns
    ]
    head = "".join(
        f"<th{_class(each)}>{escape(heading(column))}</th>"
        for column, each in zip(table.columns, numeric)
    )
    counts = Counter(
        each.images for row in table.rows for each in row.values() if isinstance(each, Estimate)
    )
    usual = counts.most_common(1)[0][0] if counts else 0
    rows = [
        "".join(
            _cell(row.get(column.name), column, each, row.get(COUNT, usual))
            for column, each in zip(table.columns, numeric)
        )
        for row in table.rows
    ]
    shown = f"n = {usual:,} where no other is given" if len(counts) > 1 else images(table)
    caption = f'<p class="caption">{shown}</p>' if shown else ""
    note = f'<p class="note">{_text(table.note)}</p>' if table.note else ""
    return (
        f"<h3>{_text(table.title)}{_from(table.paper)}</h3>{caption}"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>'
        + "".join(f"<tr>{row}</tr>" for row in rows)
        + f"</tbody></table></div>{note}"
    )


def _cell(value: Value, column: Column, numeric: bool, known: Value) -> str:
    """A cell; known: how many images its estimate has by what its row or the table's caption say,
    else it says so itself."""
    text = cell(value, column.unit, column.digits)
    ends = interval(value, column.unit, column.digits)
    lines = [ends] if ends else []
    if isinstance(value, Estimate) and value.images != known:
        lines.append(f"n = {value.images:,}")
    spread = "".join(f'<span class="interval">{escape(line)}</span>' for line in lines)
    shown = '<span class="missing">–</span>' if text == MISSING else _text(text)
    return f"<td{_class(numeric)}>{shown}{spread}</td>"


def _class(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _from(paper: str) -> str:
    return f' <span class="from">{_text(paper)} of the paper</span>' if paper else ""


def _notes(notes: list[str]) -> str:
    items = "".join(f"<li>{_text(note)}</li>" for note in notes)
    return f'<ul class="notes">{items}</ul>' if items else ""


def _command(command: str) -> str:
    return f"<pre>{escape(command)}</pre>" if command else ""


def _settings(section: Section) -> str:
    took = f"measured in {duration(section.seconds)}" if section.seconds else ""
    facts = _facts(section.settings)
    if not facts:
        return f'<p class="caption">{took.capitalize()}.</p>' if took else ""
    summary = ", ".join(part for part in ("Settings", took) if part)
    return f"<details><summary>{summary}</summary>{facts}</details>"


def _text(text: str) -> str:
    """Text as HTML; `code` in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))

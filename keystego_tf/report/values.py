"""Format figures as text and as plain data, in one way all over the report."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from ..evaluation.results import CONTROL, SILENT, Claim, Section, Table, Value
from ..metrics.statistics import Estimate

#: Text of an empty cell.
MISSING = "–"


def number(value: float, unit: str = "", digits: int = 2) -> str:
    """Format a number without its unit; shares of 1 are in percent where the unit is "%"."""
    shown = value * 100 if unit == "%" else value
    if math.isnan(shown):
        return MISSING
    if math.isinf(shown):
        return "∞" if shown > 0 else "-∞"
    text = f"{shown:,.{digits}f}"
    # -0.00 becomes 0.00.
    return text.lstrip("-") if not re.search("[1-9]", text) else text


def cell(value: Value, unit: str = "", digits: int = 2) -> str:
    """Format a cell without its interval."""
    if value is None or isinstance(value, str):
        return MISSING if value is None else value
    if isinstance(value, Estimate):
        return number(value.value, unit, digits)
    whole = isinstance(value, (int, np.integer)) and unit != "%"
    return number(float(value), unit, 0 if whole else digits)


def interval(value: Value, unit: str = "", digits: int = 2) -> str:
    """Format the ends of an estimate's interval; empty where there is none, or it has no ends."""
    if not isinstance(value, Estimate) or not math.isfinite(value.value + value.low + value.high):
        return ""
    return f"{number(value.low, unit, digits)} to {number(value.high, unit, digits)}"


def with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit and text != MISSING else text


def _digits(unit: str) -> int:
    """Return enough digits to tell a claim's figure from its goal."""
    return 2 if unit in ("%", "dB") else 3


def ours(claim: Claim, ends: bool = True) -> str:
    """Format a claim's figure with its unit and interval."""
    digits = _digits(claim.unit)
    text = with_unit(cell(claim.ours, claim.unit, digits), claim.unit)
    spread = interval(claim.ours, claim.unit, digits) if ends else ""
    return f"{text} ({spread})" if spread else text


def goal(claim: Claim) -> str:
    """Say what ours must reach: "at least 99.80 %"."""
    (least, most), unit = claim.goal, claim.unit
    low, high = (number(end, unit, _digits(unit)) for end in claim.goal)
    text = f"{low} to {high}"
    if math.isinf(least) or (unit == "%" and least <= 0):
        text = f"at most {high}"
    elif math.isinf(most) or (unit == "%" and most >= 1):
        text = f"at least {low}"
    return with_unit(text, unit)


def verdict(claim: Claim) -> str:
    """Say whether a claim holds, and whether the interval leaves that open."""
    if math.isnan(claim.ours.value):
        return "not measured"
    (least, most), (low, high) = claim.goal, (claim.ours.low, claim.ours.high)
    if claim.holds:
        sure = low >= least and high <= most
        return "holds" if sure else "holds, within the interval it could fail"
    sure = low > most or high < least
    return "does not hold" if sure else "does not hold, within the interval it could"


def claims_of(sections: Iterable[Section], known: bool = False) -> list[Claim]:
    """Return the paper's claims, or the known answers, of all sections."""
    claims = (claim for section in sections for claim in section.claims)
    return [claim for claim in claims if (claim.where == CONTROL) == known]


def tabled(
    claims: Sequence[Claim], by: str = "family"
) -> tuple[list[str], list[tuple[Claim, list[list[Claim]]]]]:
    """Return the columns, each a ``family`` or ``subject``, and a row for each claim: an example,
    and all of its claims by column."""
    names = list(dict.fromkeys(getattr(claim, by) for claim in claims))
    rows: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        rows.setdefault((claim.what, claim.paper), []).append(claim)
    return names, [
        (own[0], [[claim for claim in own if getattr(claim, by) == name] for name in names])
        for own in rows.values()
    ]


def span(claims: Sequence[Claim], ends: bool = True) -> str:
    """Format the figure of a claim; of several models, the least and the greatest."""
    measured = [claim for claim in claims if not math.isnan(claim.ours.value)]
    if not claims:
        return MISSING
    if len(measured) < 2:
        return ours((measured or claims)[0], ends)
    unit, figures = claims[0].unit, [claim.ours.value for claim in measured]
    low, high = (number(end, unit, _digits(unit)) for end in (min(figures), max(figures)))
    return with_unit(low if low == high else f"{low} to {high}", unit)


def kind(claims: Sequence[Claim]) -> str:
    """Classify a cell of claims: "holds", "fails" if one of them does, "unknown" or ""."""
    measured = [claim.holds for claim in claims if not math.isnan(claim.ours.value)]
    if not measured:
        return "unknown" if claims else ""
    return "holds" if all(measured) else "fails"


def verdicts(claims: Sequence[Claim]) -> str:
    """List each claim's subject, its figure with the interval, and the verdict."""
    return "; ".join(f"{each.subject}: {ours(each)}, {verdict(each)}" for each in claims)


def in_words(claims: Sequence[Claim], wanted: str) -> list[str]:
    """Return a line for each claim with the methods of the ``wanted`` ``kind``."""
    names, rows = tabled(claims)
    lines = []
    for example, cells in rows:
        own = [name for name, cell in zip(names, cells) if kind(cell) == wanted]
        if own:
            source = "known" if example.where == CONTROL else "the paper"
            paper = "not in the paper" if example.paper == SILENT else f"{source}: {example.paper}"
            lines.append(f"{example.what} ({paper}): {', '.join(own)}")
    return lines


def images(table: Table) -> str:
    """Say in one phrase how many images a table's estimates come from."""
    counts = {v.images for row in table.rows for v in row.values() if isinstance(v, Estimate)}
    if not counts:
        return ""
    least, most = min(counts), max(counts)
    return f"n = {least:,}" if least == most else f"n = {least:,} to {most:,}"


def numeric(table: Table) -> list[bool]:
    """Tell which columns hold numbers."""
    values = ([row.get(column.name) for row in table.rows] for column in table.columns)
    return [any(not isinstance(v, (str, type(None))) for v in column) for column in values]


def duration(seconds: float) -> str:
    """Format seconds, rounded: "3 min 20 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def words(value: Any) -> str:
    """Format plain data in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {words(each)}".replace("_", " ") for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(words, value))
    return MISSING if value is None else str(value)


def plain(value: Any) -> Any:
    """Turn anything of a report into JSON's types: None if not finite, and no pixels."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {name: each for name, each in vars(value).items() if name != "pixels"}
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.name if isinstance(value, PurePath) else value


def file_name(taken: set[str], *parts: str) -> str:
    """Join parts to a new name of letters, digits, ".", "-" and "_", and add it to ``taken``."""
    cleaned = (re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip("-.") for part in parts)
    base = "-".join(part for part in cleaned if part)[:100] or "unnamed"
    names = itertools.chain([base], (f"{base}-{count}" for count in itertools.count(2)))
    # Some file systems do not tell "A" from "a".
    name = next(name for name in names if name.lower() not in taken)
    taken.add(name.lower())
    return name

"""Figures as text and as plain data, the same wherever the report shows them."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

import numpy as np

from ..evaluation.results import Claim, Column, Section, Table, Value
from ..metrics.statistics import Estimate

#: What a cell shows that holds nothing.
MISSING = "–"


def number(value: float, unit: str = "", digits: int = 2) -> str:
    """A number in its unit, without it; shares of 1 in percent where the unit is "%"."""
    shown = value * 100 if unit == "%" else value
    if math.isnan(shown):
        return MISSING
    if math.isinf(shown):
        return "∞" if shown > 0 else "-∞"
    text = f"{shown:,.{digits}f}"
    # -0.00 is no figure.
    return text.lstrip("-") if not re.search("[1-9]", text) else text


def cell(value: Value, unit: str = "", digits: int = 2) -> str:
    """A cell without its interval."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, Estimate):
        return number(value.value, unit, digits)
    whole = isinstance(value, (int, np.integer)) and unit != "%"
    return number(float(value), unit, 0 if whole else digits)


def interval(value: Value, unit: str = "", digits: int = 2) -> str:
    """The ends of an estimate's interval; empty where there is none, or it has no ends."""
    if not isinstance(value, Estimate) or math.isnan(value.value):
        return ""
    if not (math.isfinite(value.low) and math.isfinite(value.high)):
        return ""
    return f"{number(value.low, unit, digits)} to {number(value.high, unit, digits)}"


def heading(column: Column) -> str:
    return f"{column.title} ({column.unit})" if column.unit else column.title


def with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit and text != MISSING else text


def goal(claim: Claim) -> str:
    """What ours has to be: "at least 99.80 %"."""
    least, most = claim.goal
    ends = [with_unit(number(end, claim.unit, digits_of(claim)), claim.unit) for end in claim.goal]
    if math.isinf(least) or (claim.unit == "%" and least <= 0):
        return f"at most {ends[1]}"
    if math.isinf(most) or (claim.unit == "%" and most >= 1):
        return f"at least {ends[0]}"
    return f"{number(least, claim.unit, digits_of(claim))} to {ends[1]}"


def digits_of(claim: Claim) -> int:
    """Digits after the point of a claim's figures: enough to tell its goal from its figure."""
    return 2 if claim.unit in ("%", "dB") else 4


def measured(claim: Claim) -> bool:
    return not math.isnan(claim.ours.value)


def verdict(claim: Claim) -> str:
    if not measured(claim):
        return "not measured"
    return "holds" if claim.holds else "does not hold"


def doubt(claim: Claim) -> str:
    """What to say where the interval reaches to the goal's other side."""
    least, most = claim.goal
    low, high = claim.ours.low, claim.ours.high
    if claim.holds and (low < least or high > most):
        return "within the interval it could fail"
    if measured(claim) and not claim.holds and low <= most and high >= least:
        return "within the interval it could hold"
    return ""


def total(claims: list[Claim]) -> str:
    """How many claims hold, in a sentence."""
    held = sum(claim.holds for claim in claims)
    unknown = sum(not measured(claim) for claim in claims)
    failed = len(claims) - held - unknown
    parts = [f"{held} of {len(claims)} {'claims' if len(claims) > 1 else 'claim'} hold"]
    parts[0] += "s" if held == 1 else ""
    if failed:
        parts.append(f"{failed} {'does' if failed == 1 else 'do'} not")
    if unknown:
        parts.append(f"{unknown} {'was' if unknown == 1 else 'were'} not measured")
    return ", ".join(parts) + "."


def images(table: Table) -> str:
    """How many images a table's estimates come from, as one phrase."""
    counts = {
        each.images for row in table.rows for each in row.values() if isinstance(each, Estimate)
    }
    if not counts:
        return ""
    least, most = min(counts), max(counts)
    return f"n = {least:,}" if least == most else f"n = {least:,} to {most:,}"


def claims_title(claims: list[Claim]) -> str:
    """What stands above the table of claims: controls have known answers, which no paper claims."""
    known = " and known answers" if any(each.where == "control" for each in claims) else ""
    return f"The paper's claims{known} beside ours"


def claims_of(sections: Iterable[Section]) -> list[Claim]:
    return [claim for section in sections for claim in section.claims]


def duration(seconds: float) -> str:
    """Rounded: "3 min 20 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if whole >= 10 else f"{seconds:.1f} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def plain(value: Any) -> Any:
    """Anything of a report for JSON: what is not finite is None, pixels are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {
            each.name: getattr(value, each.name)
            for each in dataclasses.fields(value)
            if each.name != "pixels"
        }
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return value.name if isinstance(value, PurePath) else str(value)


class Names:
    """File names from the names of sections and what is in them, no two alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, *parts: str) -> str:
        """The parts as one name of letters, digits, points, minus and underline signs."""
        cleaned = (re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip("-.") for part in parts)
        base = name = "-".join(part for part in cleaned if part)[:100] or "unnamed"
        count = 1
        # Some file systems take "A" and "a" for the same.
        while name.lower() in self._taken:
            count += 1
            name = f"{base}-{count}"
        self._taken.add(name.lower())
        return name

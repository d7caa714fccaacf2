"""Hold the answer to a question of the evaluation: plain data, whatever it is shown as.

Questions fill these. The report writes them as pages, Markdown, JSON, CSV and PNG. Nothing here
measures or draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from ..metrics.statistics import Estimate

#: Content of a cell; None is "not measured".
Value = Union[Estimate, float, int, str, None]


@dataclass(frozen=True)
class Column:
    """A column. ``name``: key of the rows; ``title``: heading; ``unit``: such as "dB", or "%" for
    shares of 1, shown in percent; ``digits``: after the point."""

    name: str
    title: str
    unit: str = ""
    digits: int = 2


@dataclass(frozen=True)
class Table:
    """Rows are dictionaries by column name. ``paper``: its table or figure in the paper, or ""."""

    name: str
    title: str
    columns: list[Column]
    rows: list[dict[str, Value]]
    paper: str = ""
    note: str = ""


@dataclass(frozen=True)
class Series:
    """A line of a plot; ``low`` and ``high`` are its 95 % interval, empty where there is none."""

    name: str
    x: list[float]
    y: list[float]
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    @classmethod
    def of_shares(cls, name: str, figures: Mapping[Any, Estimate]) -> Series:
        """Make a line of shares of 1 by x, in percent with their intervals."""
        shares = [each.scaled(100) for each in figures.values()]
        ends = ([getattr(each, end) for each in shares] for end in ("value", "low", "high"))
        return cls(name, [float(x) for x in figures], *ends)


@dataclass(frozen=True)
class Plot:
    """A plot. ``kind``: "line", "points" or "roc" (with the diagonal); scales: "linear", "log"."""

    name: str
    title: str
    x_label: str
    y_label: str
    series: list[Series]
    kind: str = "line"
    x_scale: str = "linear"
    paper: str = ""
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture. ``pixels``: uint8 [H, W, 3]."""

    name: str
    title: str
    pixels: NDArray[np.uint8]
    paper: str = ""


@dataclass(frozen=True)
class Claim:
    """A figure of the paper, or a known answer, beside ours.

    ``subject``: what was measured, such as a model; ``where``: the claim's table or figure in the
    paper, or ``CONTROL``; ``paper``: its figure in words; ``goal``: (least, most) of ours;
    ``expected``: what to expect and why, for a newcomer; ``method``: the kind of the subject, such
    as "keyed", which has a column on the first page.
    """

    subject: str
    what: str
    where: str
    paper: str
    ours: Estimate
    goal: tuple[float, float]
    unit: str = "%"
    expected: str = ""
    method: str = ""

    @property
    def family(self) -> str:
        return self.method or self.subject

    @property
    def holds(self) -> bool:
        return self.goal[0] <= self.ours.value <= self.goal[1]


#: ``where`` of claims about the tools themselves; ``paper`` where the paper has no figure.
CONTROL, SILENT = "control", "not measured"


@dataclass(frozen=True)
class Section:
    """A question and its answer; the runner names it. ``settings``: sample sizes, seeds, options;
    ``notes``: caveats for the reader; ``command``: makes the section again."""

    name: str = ""
    title: str = ""
    question: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    command: str = ""
    seconds: float = 0.0

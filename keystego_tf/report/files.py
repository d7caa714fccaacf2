"""What scripts read and papers show: JSON, CSV, and the pictures as files of their own."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..evaluation.results import Picture, Plot, Section, Table
from ..io.files import write_whole
from ..metrics.statistics import Estimate
from . import plots
from .values import Names, claims_of, plain

REPORT, PAGE, RESULTS = "report.json", "report.html", "results.md"
TABLES, PLOTS, PICTURES = "tables", "plots", "pictures"


@dataclass
class Placed:
    """Which file belongs to what: paths in the report's folder, by section, kind and place."""

    paths: dict[tuple[int, str, int], str] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)

    def add(self, where: tuple[int, str, int], path: str, content: bytes) -> None:
        self.paths[where] = path
        self.contents[path] = content


def place(sections: list[Section]) -> Placed:
    """The tables, plots and pictures of all sections as files, not yet written."""
    placed, names = Placed(), {kind: Names() for kind in (TABLES, PLOTS, PICTURES)}
    for index, section in enumerate(sections):
        made = {
            TABLES: [(each.name, "csv", table_csv(each)) for each in section.tables],
            PLOTS: [(each.name, "png", plot_png(each)) for each in section.plots],
            PICTURES: [(each.name, "png", picture_png(each)) for each in section.pictures],
        }
        for kind, parts in made.items():
            for number, (name, suffix, content) in enumerate(parts):
                path = f"{kind}/{names[kind].new(section.name, name)}.{suffix}"
                placed.add((index, kind, number), path, content)
    if claims_of(sections):
        path = f"{TABLES}/{names[TABLES].new('claims')}.csv"
        placed.add((-1, TABLES, 0), path, claims_csv(sections))
    return placed


def write_files(out: Path, contents: dict[str, bytes]) -> None:
    """Write files in ``out``, each whole; those that an earlier report left there are removed."""
    for path in _left(out) - set(contents):
        (out / path).unlink(missing_ok=True)
    for path, content in contents.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(out / path, content)


def _left(out: Path) -> set[str]:
    """Paths of tables, plots and pictures that the report in ``out`` says are its own."""
    try:
        files = json.loads((out / REPORT).read_text(encoding="utf-8"))["files"]
        paths = [Path(each) for each in files]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    own = {(TABLES, ".csv"), (PLOTS, ".png"), (PICTURES, ".png")}
    # A path that leads elsewhere is not believed.
    return {
        each.as_posix()
        for each in paths
        if len(each.parts) == 2 and (each.parts[0], each.suffix) in own
    }


def report_json(sections: list[Section], meta: dict[str, Any], placed: Placed) -> bytes:
    """Everything but pixels, which are in files that are named."""
    content: dict[str, Any] = {"meta": plain(meta), "sections": []}
    for index, section in enumerate(sections):
        each = plain(section)
        for kind in (TABLES, PLOTS, PICTURES):
            for number, part in enumerate(each[kind]):
                part["file"] = placed.paths[(index, kind, number)]
        for written, claim in zip(each["claims"], section.claims):
            written["holds"] = claim.holds
        content["sections"].append(each)
    content["files"] = sorted(placed.contents)
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def table_csv(table: Table) -> bytes:
    """Values as measured (shares of 1, not percent); an estimate has four columns."""
    rows: list[list[Any]] = [[]]
    wide = {
        column.name: any(isinstance(row.get(column.name), Estimate) for row in table.rows)
        for column in table.columns
    }
    for name, several in wide.items():
        rows[0] += [name, *(f"{name}_{part}" for part in ("low", "high", "images") if several)]
    for row in table.rows:
        cells: list[Any] = []
        for name, several in wide.items():
            value = row.get(name)
            if isinstance(value, Estimate):
                cells += [value.value, value.low, value.high, value.images]
            else:
                cells += [value, *([None] * 3 if several else [])]
        rows.append(cells)
    return _csv(rows)


def claims_csv(sections: list[Section]) -> bytes:
    head = "section what where paper ours ours_low ours_high images least most unit holds"
    rows: list[list[Any]] = [head.split()]
    for section in sections:
        for each in section.claims:
            ours = [each.ours.value, each.ours.low, each.ours.high, each.ours.images]
            first = [section.name, each.what, each.where, each.paper]
            rows.append([*first, *ours, *each.goal, each.unit, each.holds])
    return _csv(rows)


def _csv(rows: list[list[Any]]) -> bytes:
    file = StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()


def plot_png(plot: Plot) -> bytes:
    return plots.png(plots.draw(plot))


def picture_png(picture: Picture) -> bytes:
    pixels = np.asarray(picture.pixels)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[-1] != 3:
        raise ValueError(
            f"picture {picture.name!r} is {pixels.dtype} {pixels.shape}, but must be uint8 "
            "[H, W, 3]"
        )
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return file.getvalue()

"""Write figures as JSON and CSV, and pictures as files of their own."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..evaluation.results import Picture, Section, Table
from ..io.files import write_whole
from ..metrics.statistics import Estimate
from . import plots
from .values import Names, plain

REPORT = "report.json"
TABLES, PLOTS, PICTURES = "tables", "plots", "pictures"


@dataclass
class Placed:
    """Which file belongs to what: paths in the report's folder, by section and kind."""

    paths: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)

    def of(self, section: int) -> dict[str, list[str]]:
        """The paths of a section by kind, in the order of what they hold."""
        return {kind: self.paths[(section, kind)] for kind in (TABLES, PLOTS, PICTURES)}


def place(sections: Sequence[Section]) -> Placed:
    """The tables, plots and pictures of all sections as files, not yet written."""
    placed, names = Placed(), {kind: Names() for kind in (TABLES, PLOTS, PICTURES)}
    for index, section in enumerate(sections):
        made: dict[str, list[tuple[str, str, bytes]]] = {
            TABLES: [(each.name, "csv", table_csv(each)) for each in section.tables],
            PLOTS: [(p.name, "png", plots.png(plots.draw(p))) for p in section.plots],
            PICTURES: [(each.name, "png", picture_png(each)) for each in section.pictures],
        }
        for kind, parts in made.items():
            own = placed.paths.setdefault((index, kind), [])
            for name, suffix, content in parts:
                own.append(f"{kind}/{names[kind].new(section.name, name)}.{suffix}")
                placed.contents[own[-1]] = content
    return placed


def write_files(out: Path, contents: dict[str, bytes]) -> None:
    """Write files in ``out``, each whole; those that an earlier report left there are removed."""
    for path in _left(out) - set(contents):
        (out / path).unlink(missing_ok=True)
    for path, content in contents.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(out / path, content)


def _left(out: Path) -> set[str]:
    """Paths of pages, tables, plots and pictures that the report in ``out`` says are its own."""
    try:
        paths = [Path(each) for each in json.loads((out / REPORT).read_text("utf-8"))["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    own = {(".", ".html"), (TABLES, ".csv"), (PLOTS, ".png"), (PICTURES, ".png")}
    # A path that leads elsewhere is not believed.
    return {each.as_posix() for each in paths if (each.parent.as_posix(), each.suffix) in own}


def report_json(
    sections: Sequence[Section], meta: dict[str, Any], placed: Placed, files: list[str]
) -> bytes:
    """Everything but pixels, which are in files that are named."""
    content: dict[str, Any] = {"meta": plain(meta), "sections": [], "files": sorted(files)}
    for index, section in enumerate(sections):
        own = plain(section)
        for kind, paths in placed.of(index).items():
            for part, path in zip(own[kind], paths):
                part["file"] = path
        for written, claim in zip(own["claims"], section.claims):
            written["holds"] = claim.holds
        content["sections"].append(own)
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
    file = StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()


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

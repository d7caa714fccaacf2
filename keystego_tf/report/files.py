"""Write figures as JSON and CSV, and pictures as files of their own."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Callable

from PIL import Image

from ..evaluation.results import Picture, Section, Table
from ..io.files import write_whole
from ..io.pillow import saved
from ..metrics.statistics import Estimate
from . import plots
from .values import file_name, plain

REPORT = "report.json"

#: Paths of a section's tables, plots and pictures in the report's folder, by kind.
Paths = dict[str, list[str]]


def place(sections: Sequence[Section]) -> tuple[list[Paths], dict[str, bytes]]:
    """Make the files of tables, plots and pictures without writing them: each section's paths by
    kind, in the order of their objects, and the content of each path."""
    placed: list[Paths] = []
    contents, taken = {}, {kind: set[str]() for kind in KINDS}
    for section in sections:
        placed.append({kind: [] for kind in KINDS})
        for kind, (suffix, content) in KINDS.items():
            for part in getattr(section, kind):
                path = f"{kind}/{file_name(taken[kind], section.name, part.name)}.{suffix}"
                placed[-1][kind].append(path)
                contents[path] = content(part)
    return placed, contents


def write_files(out: Path, contents: dict[str, bytes]) -> None:
    """Write files in ``out``, each whole; remove those that an earlier report left there."""
    for path in _left(out) - set(contents):
        (out / path).unlink(missing_ok=True)
    for path, content in contents.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(out / path, content)


def _left(out: Path) -> set[str]:
    """Return the pages, tables, plots and pictures that the report in ``out`` calls its own."""
    try:
        paths = [Path(each) for each in json.loads((out / REPORT).read_text("utf-8"))["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    own = {(".", ".html"), *((kind, f".{suffix}") for kind, (suffix, _) in KINDS.items())}
    # A path that leads elsewhere is ignored.
    return {each.as_posix() for each in paths if (each.parent.as_posix(), each.suffix) in own}


def report_json(
    sections: Sequence[Section], meta: dict[str, Any], placed: list[Paths], files: list[str]
) -> bytes:
    """Return everything but pixels as JSON; it names the files with the pixels."""
    content: dict[str, Any] = {"meta": plain(meta), "sections": [], "files": sorted(files)}
    for section, places in zip(sections, placed):
        own = plain(section)
        for kind, paths in places.items():
            for part, path in zip(own[kind], paths):
                part["file"] = path
        for written, claim in zip(own["claims"], section.claims):
            written["holds"] = claim.holds
        content["sections"].append(own)
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def table_csv(table: Table) -> bytes:
    """Write values as measured (shares of 1, not percent); an estimate has four columns."""
    columns: dict[str, list[Any]] = {}
    for name in (column.name for column in table.columns):
        values = [row.get(name) for row in table.rows]
        columns[name] = [getattr(value, "value", value) for value in values]
        if any(isinstance(value, Estimate) for value in values):
            for part in ("low", "high", "images"):
                columns[f"{name}_{part}"] = [getattr(value, part, None) for value in values]
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values()))
    return file.getvalue().encode()


def picture_png(picture: Picture) -> bytes:
    return saved(Image.fromarray(picture.pixels), "PNG", optimize=True)


#: Files of a section by kind: the extension, and the function that makes the content.
KINDS: dict[str, tuple[str, Callable[[Any], bytes]]] = {
    "tables": ("csv", table_csv),
    "plots": ("png", lambda plot: plots.png(plots.draw(plot))),
    "pictures": ("png", picture_png),
}

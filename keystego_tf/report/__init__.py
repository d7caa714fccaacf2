"""Write the report of an evaluation: pages to read, and figures as files.

    report.write(sections, Path("out"), {"models": ["symmetric-0.5"], "seed": 0})

makes in ``out`` ``index.html`` with the claims, a page for each question such as
``invisibility.html``, ``report.json`` (everything but pixels; what is not finite is null),
``results.md`` with the tables as Markdown, ``tables/*.csv``, ``plots/*.png`` and
``pictures/*.png``.

Nothing here measures: ``keystego_tf/evaluation`` does. Needs matplotlib and Jinja2, and loads no
TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..evaluation.results import Section
from .files import REPORT, place, report_json, write_files
from .pages import INDEX, RESULTS, index, markdown, question
from .values import file_name

__all__ = ["markdown", "write"]


def write(sections: Sequence[Section], out: Path, meta: dict[str, Any]) -> None:
    """Write the report of ``sections`` to the folder ``out``, made if missing.

    meta: what the page opens with, by name, such as models, covers, seed, machine, versions;
    ``title`` and ``command`` have places of their own, ``date`` is today's where it is missing.
    Each file is written whole. Files of an earlier report there that this one does not have are
    removed, and nothing else is. Raises ValueError for plots and pictures that cannot be drawn,
    before anything is written, ImportError without matplotlib or Jinja2, and OSError.
    """
    described = {"date": datetime.now(timezone.utc).date().isoformat(), **meta}
    (placed, contents), taken = place(sections), {"index"}
    pages = {f"{file_name(taken, section.name)}.html": section for section in sections}
    contents[INDEX] = index(pages, described).encode()
    contents[RESULTS] = markdown(sections).encode()
    for (name, section), paths in zip(pages.items(), placed):
        contents[name] = question(section, described, paths).encode()
    # Last: it names the files that are there.
    contents[REPORT] = report_json(sections, described, placed, list(contents))
    out.mkdir(parents=True, exist_ok=True)
    write_files(out, contents)

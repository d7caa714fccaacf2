"""The report of an evaluation: one page to read, and its figures as files for everything else.

    report.write(sections, Path("out"), {"models": ["symmetric-0.5"], "seed": 0})

makes in ``out``

- ``report.html``: the page, which stands alone,
- ``report.json``: everything but pixels; what is not finite is null,
- ``results.md``: the tables as Markdown,
- ``tables/*.csv``, ``plots/*.png``, ``pictures/*.png``.

Nothing here measures; a section's figures come from ``keystego_tf/evaluation/sections``. Needs
matplotlib, and loads no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..evaluation.results import Section
from .files import PAGE, REPORT, RESULTS, place, report_json, write_files
from .markdown import markdown
from .page import page

__all__ = ["markdown", "write"]


def write(sections: Sequence[Section], out: Path, meta: dict[str, Any]) -> None:
    """Write the report of ``sections`` to the folder ``out``, made if missing.

    meta: what the page opens with, by name, such as models, covers, seed, machine, versions;
    ``title`` and ``command`` have places of their own, ``date`` is today's where it is missing.
    Each file is written whole. Files of an earlier report there that this one does not have are
    removed, and nothing else is. Raises ValueError for plots and pictures that cannot be drawn,
    before anything is written, ImportError without matplotlib, and OSError.
    """
    date = datetime.now(timezone.utc).date().isoformat()
    described = {**meta, "date": meta.get("date", date)}
    every = list(sections)
    placed = place(every)
    contents = {
        **placed.contents,
        PAGE: page(every, described, placed).encode(),
        RESULTS: markdown(every).encode(),
        # Last: it names the files that are there.
        REPORT: report_json(every, described, placed),
    }
    out.mkdir(parents=True, exist_ok=True)
    write_files(out, contents)

"""Write the report of an evaluation: pages to read, and figures as files.

    report.write(sections, Path("out"), {"models": ["symmetric-0.5"], "seed": 0})

makes in ``out`` ``index.html`` with the claims, a page for each question such as
``invisibility.html``, ``report.json`` (everything but pixels; what is not finite is null),
``results.md`` with the tables as Markdown, ``tables/*.csv``, ``plots/*.png`` and
``pictures/*.png``. Nothing here measures: ``keystego_tf/evaluation`` does. The report needs
matplotlib and Jinja2, and loads no TensorFlow.
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
    """Write the report of ``sections``. Files that an earlier report left there are removed.

    Args:
        sections: the answers to the questions.
        out: the folder, made if missing. Each file is written whole.
        meta: facts by name that the page opens with, such as models, covers, seed, versions;
            ``title`` and ``command`` have places of their own; ``date`` is today's if missing.

    Raises:
        ValueError: plots or pictures cannot be drawn; nothing is written.
        ImportError: matplotlib or Jinja2 is missing.
    """
    described = {"date": datetime.now(timezone.utc).date().isoformat(), **meta}
    (placed, contents), taken = place(sections), {"index"}
    pages = {f"{file_name(taken, section.name)}.html": section for section in sections}
    contents[INDEX] = index(pages, described).encode()
    contents[RESULTS] = markdown(sections).encode()
    for (name, section), paths in zip(pages.items(), placed):
        contents[name] = question(section, described, paths).encode()
    # Comes last, because it names the other files.
    contents[REPORT] = report_json(sections, described, placed, list(contents))
    out.mkdir(parents=True, exist_ok=True)
    write_files(out, contents)

"""Render sections as pages and as Markdown, with the templates beside this file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from ..evaluation.results import Claim, Section
from ..evaluation.sizes import SAYS_NOTHING
from ..io.extras import extra_package
from . import values
from .values import plain

INDEX, RESULTS = "index.html", "results.md"

TEMPLATES = Path(__file__).parent / "templates"


def index(pages: Mapping[str, Section], meta: dict[str, Any]) -> str:
    """Render the first page: what was measured, claims and known answers, and where to read more.

    pages: sections by the names of their files; meta: as for ``report.write``.
    """
    return _filled(INDEX, {"pages": pages, "sections": [*pages.values()], **_head(meta)})


def question(section: Section, meta: dict[str, Any], files: Mapping[str, list[str]]) -> str:
    """Render the page of a section; files: paths of its tables, plots and pictures by kind."""
    return _filled("question.html", {"section": section, "files": files, **_head(meta)})


def markdown(sections: Sequence[Section]) -> str:
    """Render the paper's claims beside ours, then each section's tables with 95 % intervals."""
    return _filled(RESULTS, {"sections": sections})


def claims_markdown(claims: Sequence[Claim]) -> str:
    """Render claims as a Markdown table with a column for each subject."""
    return _filled("claims.md", {"claims": claims}).strip()


def _head(meta: dict[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in plain(meta).items() if value not in (None, "", [], {})}
    title = facts.pop("title", "Evaluation of a DeepKeyStego scheme")
    command = facts.pop("command", "")
    warning = SAYS_NOTHING if meta.get("size") == "quick" else ""
    return {"title": title, "command": command, "facts": facts, "warning": warning}


def _filled(template: str, given: dict[str, Any]) -> str:
    return str(_environment().get_template(template).render(given))


@cache
def _environment() -> Any:
    jinja2 = extra_package("jinja2")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(v=values)
    environment.filters.update(code=_code, line=_line)
    return environment


def _code(text: str) -> Any:
    """Render text as HTML, with `code` in backticks as code."""
    markup = extra_package("markupsafe").Markup
    return markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))


def _line(text: str) -> str:
    """Escape text so that it stays in its cell of a Markdown table and is no HTML."""
    return " ".join(text.split()).replace("<", "&lt;").replace("|", r"\|")

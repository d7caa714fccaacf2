"""Links of the documents lead to files and headings that are there."""

from __future__ import annotations

import dataclasses
import re

import pytest
from documents import ROOT, anchors, documents, links, prose, slug

from keystego_tf.methods import METHODS

#: Folders of files that commands make.
MADE = ("export/web/dist", "benchmarks/results/")

PAGES = [
    *documents(),
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "export/js/README.md",
    "export/web/README.md",
]


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page: str) -> None:
    folder = (ROOT / page).parent
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (folder / target).resolve() if target else ROOT / page
        assert path.exists(), f"{page} links to {target}, which is missing"
        assert ROOT in path.parents, f"{page} links out of the repository, to {target}"
        if anchor:
            assert anchor in anchors(path), f"{page} links to {link}, a heading that is missing"


def test_links_are_found() -> None:
    assert "docs/guide.md" in links("README.md") and "docs/assets/comparison.png" in links(
        "README.md"
    )
    assert slug("What `hide` does: not *much*") == "what-hide-does-not-much"
    assert "```" not in prose("README.md")


@pytest.mark.parametrize("page", documents())
def test_files_that_are_named_are_there(page: str) -> None:
    """Paths between backticks, in the package and beside it."""
    text = (ROOT / page).read_text("utf-8")
    named = re.findall(r"`((?:keystego_tf|docs|benchmarks|export|tests)/[\w./*-]+)`", text)
    for path in named:
        if "*" in path or path.startswith(MADE):
            continue
        assert (ROOT / path).exists(), f"{page} names {path}, which is missing"


def test_deviations_name_files_and_settings_that_are_there() -> None:
    text = (ROOT / "docs" / "deviations.md").read_text("utf-8")
    for path in re.findall(r"`((?!keystego_tf/)[a-z_]+/[\w/]*(?:\.py)?)`", text):
        assert (ROOT / "keystego_tf" / path).exists(), f"docs/deviations.md names {path}"
    known = {
        field.name
        for method in METHODS.values()
        for section in method.defaults().sections().values()
        for field in dataclasses.fields(section)
    }
    named = re.findall(r"[Ss]ettings?\s+((?:`\w+`(?:,\s+)?)+)", text)
    settings = {name for each in named for name in re.findall(r"`(\w+)`", each)}
    assert len(settings) > 10 and settings <= known, settings - known

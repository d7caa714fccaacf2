"""Links of the documents lead to files and headings that are there."""

from __future__ import annotations

import re

import pytest
from documents import ROOT, anchors, documents, links, prose, slug

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
        assert path.exists(), f"{page} links to {target}, which there is not"
        assert ROOT in path.parents, f"{page} links out of the repository, to {target}"
        if anchor:
            assert anchor in anchors(path), f"{page} links to {link}: there is no such heading"


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
        if "*" in path or path.startswith("export/web/dist"):
            continue
        assert (ROOT / path).exists(), f"{page} names {path}, which there is not"

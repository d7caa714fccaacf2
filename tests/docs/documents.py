"""The documents as the tests see them: fenced blocks, links, headings."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: A line before a block that says why the tests leave it out.
NOT_RUN = re.compile(r"<!-- not run: (.+) -->\s*$")
FENCE = re.compile(r"^( *)(```+)(\S*)\s*$")
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\](?:\([^)]*\))?)*\]\(([^()\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: language (the word at the fence), text, where it is, why it is not run."""

    page: str
    line: int
    language: str
    text: str
    reason: str = ""

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def documents() -> list[str]:
    """README.md, all of docs/ but the reference, and the notes for app developers."""
    pages = sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
    return ["README.md", *pages, "export/README.md"]


def read(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order; ValueError for a fence that is not closed."""
    found: list[Block] = []
    before, opened, lines = "", None, []
    for number, line in enumerate(read(page).split("\n"), 1):
        fence = FENCE.match(line)
        if opened is None and fence:
            reason = NOT_RUN.search(before)
            opened = (number, fence[2], fence[3], reason[1] if reason else "")
            lines = []
        elif opened is not None and fence and fence[2] == opened[1] and not fence[3]:
            found.append(Block(page, opened[0], opened[2], "\n".join(lines), opened[3]))
            opened = None
        elif opened is not None:
            lines.append(line)
        before = line
    if opened is not None:
        raise ValueError(f"{page}:{opened[0]} opens a block that nothing closes")
    return found


def prose(page: str) -> str:
    """A page without its blocks and its code between backticks."""
    text = re.sub(r"^( *)(```+)\S*\s*$.*?^\1\2\s*$", "", read(page), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]+`", "", text)


def links(page: str) -> list[str]:
    return LINK.findall(prose(page))


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub and the site make them."""
    page = str(path.relative_to(ROOT))
    text = re.sub(r"^( *)(```+)\S*\s*$.*?^\1\2\s*$", "", read(page), flags=re.DOTALL | re.MULTILINE)
    return {slug(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def slug(title: str) -> str:
    """ "Two commands" as two-commands; punctuation goes, each blank becomes a minus."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title).strip().lower()
    kept = set(string.ascii_lowercase + string.digits + " -_")
    return "".join(each for each in plain if each in kept).replace(" ", "-")

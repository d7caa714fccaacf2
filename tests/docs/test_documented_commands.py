"""Every command and every line of Python in the documents works.

Each page's blocks are run in order in a folder of its own (reader.py); the table in shortened.py
shortens long commands. A block that cannot be run says why, in a comment before it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import Block, blocks, documents
from reader import Broken, Reader, commands, recipe
from shortened import TABLE, row_for

#: Fences that are run, and those that are shown: other languages, output, data.
RUN = {"sh", "python"}
SHOWN = {"text", "json", "bibtex", "kotlin", "swift", "cpp"}

PAGES = [page for page in documents() if any(each.language in RUN for each in blocks(page))]


def runnable(page: str) -> list[Block]:
    return [each for each in blocks(page) if each.language in RUN and not each.reason]


@pytest.mark.ci
@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("page", PAGES)
def test_blocks_work(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if any("plots" in block.text for block in runnable(page)):
        pytest.importorskip("matplotlib", reason="plots need matplotlib: the extra evaluation")
    reader = Reader(tmp_path, monkeypatch)
    for block in runnable(page):
        reader.follow(block)


def test_every_block_says_what_it_is() -> None:
    for page in documents():
        for block in blocks(page):
            assert block.language in RUN | SHOWN, f"{block.place}: its fence has no known language"
            if block.language in SHOWN - {"text"}:
                continue
            mentions = re.search(r"^(keystego-tf|make|python|pip) ", block.text, re.MULTILINE)
            recorded = page in ("README.md", "docs/results.md")  # commands of filled figures
            assert block.language in RUN or not mentions or recorded, (
                f"{block.place} has a command, but is not run"
            )


def test_the_table_has_a_row_for_every_command_and_no_others() -> None:
    used = {row_for(recipe("demo")).pattern}
    for page in PAGES:
        for block in runnable(page):
            if block.language == "sh":
                used |= {row_for(command).pattern for command in commands(block.text)}
    assert used == {row.pattern for row in TABLE}
    for row in TABLE:
        assert row.why or not (row.add or row.instead), row


def test_what_does_not_work_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(tmp_path, monkeypatch)
    for language, text in (
        ("sh", "keystego-tf hide photo.jpg -o out.png -m x --passphrase y --no-such-option"),
        ("sh", "keystego-tf reveal photo.jpg --passphrase x"),
        ("sh", "echo x | keystego-tf frobnicate"),
        ("sh", "keystego-tf frobnicate"),
        ("sh", "make nothing-of-the-kind"),
        ("sh", "cmp photo.jpg cover.png"),
        ("sh", "rm -r photos"),
        ("python", "import keystego_tf\nkeystego_tf.hid"),
    ):
        with pytest.raises(Broken, match=re.escape("page.md:7")):
            reader.follow(Block("page.md", 7, language, text))


def test_commands_are_told_from_comments() -> None:
    text = "# a remark\nkeystego-tf models   # list them\n\nmake \\\n  test"
    assert commands(text) == ["keystego-tf models", "make   test"]
    quoted = "export X='{1,\n 2}'\necho 'a \\\nb'"
    assert commands(quoted) == ["export X='{1,\n 2}'", "echo 'a \\\nb'"]
    with pytest.raises(Broken, match="does not end"):
        commands("echo 'never")

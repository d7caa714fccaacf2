"""The documentation site builds without a warning, and needs no other host when it is read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from documents import ROOT

for package in ("material", "mkdocstrings"):
    pytest.importorskip(package, reason="the site needs the extra docs")

#: What a page takes from elsewhere by itself; links that a reader follows are another thing.
FETCHED = re.compile(r"<(?:script|img|iframe|source)[^>]*\ssrc=[\"']?(?:https?:)?//|<link[^>]*//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def test_pages_fetch_nothing_from_other_hosts(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        found = FETCHED.search(page.read_text("utf-8"))
        assert not found, f"{page.name} fetches {found and found[0]}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", sheet.read_text("utf-8")), sheet.name


def test_pages_from_elsewhere_lead_to_pages(site: Path) -> None:
    start = (site / "index.html").read_text("utf-8")
    for target in ("guide.html", "results.html", "export.html", "assets/comparison.png", "LICENSE"):
        assert re.search(rf'(?:href|src)="?{re.escape(target)}', start), target
        assert (site / target).is_file()
    assert "export/litert_client.py" in (site / "export.html").read_text("utf-8")
    assert (site / "export" / "litert_client.py").is_file()


def test_every_command_and_public_name_has_its_text(site: Path) -> None:
    import keystego_tf
    from keystego_tf.cli import COMMANDS, main

    commands = (site / "reference" / "commands.html").read_text("utf-8")
    for name in COMMANDS:
        assert f'id="{name}"' in commands and f"keystego-tf {name} [OPTIONS]" in commands
        assert main.get_command(click.Context(main), name).help
    names = (site / "reference" / "public.html").read_text("utf-8")
    for name in keystego_tf.__all__:
        assert re.search(rf'id="keystego_tf\.(?:[a-z_]+\.)*{name}"', names), name

"""Describe what a benchmark ran on: machine, versions, commit, command."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from keystego_tf import __version__
from keystego_tf.training.run import machine, versions

ROOT = Path(__file__).parents[1]


def _shown(word: str, before: str) -> str:
    """Return a word of the command; folders outside of the checkout lose what is before them."""
    path = Path(word)
    if "/" not in word or ROOT in path.resolve().parents:
        return word
    return "FOLDER" if before.startswith("--") else "/".join(("PHOTOS", *path.parts[-2:]))


def describe() -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    return {
        "command": "python " + " ".join(map(_shown, sys.argv, ["", *sys.argv])),
        "date": date.today().isoformat(),
        "commit": commit,
        "machine": machine(),
        "versions": versions(__version__),
    }

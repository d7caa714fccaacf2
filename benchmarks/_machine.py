"""Describe what a benchmark ran on: machine, versions, commit, command."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Any

from keystego_tf import __version__
from keystego_tf.training.run import machine, versions


def describe() -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True
    ).stdout.strip()
    return {
        "command": "python " + " ".join(sys.argv),
        "date": date.today().isoformat(),
        "commit": commit,
        "machine": machine(),
        "versions": versions(__version__),
    }

"""Reveal in a fresh process: a JSON list of jobs on stdin, one of outcomes on stdout.

A job is the keyword arguments of ``reveal``. An outcome is the message's SHA-256, or the name of
the exception and its text.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import Any


def reveal_afresh(jobs: list[dict[str, Any]]) -> list[str]:
    """Return the outcome of every job, from one new process."""
    command = [sys.executable, __file__]
    done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the reading process ended with {done.returncode}: {done.stderr}")
    outcomes: list[str] = json.loads(done.stdout)
    return outcomes


def outcome(job: dict[str, Any]) -> str:
    from keystego_tf.codec import reveal

    try:
        return hashlib.sha256(reveal(**job)).hexdigest()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    json.dump([outcome(job) for job in json.load(sys.stdin)], sys.stdout)

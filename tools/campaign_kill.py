"""Run part five of the campaign: kill -9 while a process hides.

The output file must be the old one, absent if there was none, or whole, which reveals the message.
A hidden temporary file may stay beside it, since nobody is left to delete it.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from campaign_covers import random_cover
from campaign_keys import Keyring
from campaign_setting import Setting

from keystego_tf.codec import hide, reveal

#: The process says when the slow loading is over, so that kills fall into the work.
HIDE = """
import sys
from keystego_tf.codec import hide
cover, key, out, message = sys.argv[1:]
print("ready", flush=True)
hide(cover, message.encode(), out, key=key, overwrite=True)
"""

#: Share of the kills that wait for the temporary file, to hit the short moment of writing.
AIMED = 0.5

OLD, NEW = "the message before", "the message after"


def kill(count: int, setting: Setting) -> dict[str, Any]:
    """Kill ``count`` processes at random moments; every other one has a file to replace."""
    folder, rng = setting.folder, setting.rng
    key = Keyring(folder).make("shared", rng).reveal["key"]
    cover = folder / "cover.png"
    # many times larger than a file system's block, so that a partial file would show
    random_cover(rng, setting.photos, least=250, modes={"RGB": 1.0})[1].save(cover)
    old = hide(cover, OLD.encode(), key=key).file
    out = folder / "out"
    out.mkdir()
    whole = _seconds(cover, key, out / "stego.png")
    outcomes: Counter[str] = Counter()
    failed, strays = [], 0
    for number in range(count):
        for path in out.iterdir():
            path.unlink()
        target = out / "stego.png"
        if number % 2:
            target.write_bytes(old)
        aimed = bool(rng.random() < AIMED)
        delay = float(rng.uniform(0, 1.1 * whole))
        killed = _killed(cover, key, target, None if aimed else delay)
        found = f"{_state(target, key)}, {'killed' if killed else 'had ended'}"
        outcomes[found] += 1
        left = [path.name for path in out.iterdir() if path != target]
        strays += len(left)
        odd = [name for name in left if not name.startswith(".")]
        absent = found.startswith("absent") and not (number % 2 == 0 and killed)
        if odd or len(left) > 1 or absent or found.startswith("broken"):
            failed.append({"number": number, "outcome": found, "left": left, "delay": delay})
        setting.tick()
    return {
        "tried": count,
        "outcomes": dict(outcomes),
        "failed": failed,
        "hidden temporary files left": strays,
        "seconds_undisturbed": whole,
    }


def _start(cover: Path, key: str, target: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HIDE, str(cover), key, str(target), NEW]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def _seconds(cover: Path, key: str, target: Path) -> float:
    with _start(cover, key, target) as process:
        start = time.monotonic()
        if process.wait() != 0:
            raise RuntimeError("the process that hides failed undisturbed")
        return time.monotonic() - start


def _killed(cover: Path, key: str, target: Path, delay: float | None) -> bool:
    """Start, kill after ``delay`` seconds or once a temporary file is there; False if too late."""
    with _start(cover, key, target) as process:
        if delay is not None:
            time.sleep(delay)
        else:
            while process.poll() is None and not any(
                path.name.startswith(".") for path in target.parent.iterdir()
            ):
                pass
        process.kill()
        return process.wait() == -signal.SIGKILL


def _state(target: Path, key: str) -> str:
    if not target.exists():
        return "absent"
    try:
        message = reveal(target, key=key).decode()
    except ValueError as error:
        return f"broken: {error}"
    return {OLD: "old", NEW: "new"}.get(message, "broken: wrong bytes")

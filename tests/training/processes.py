"""Training in processes of their own, to be killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from tiny import tiny_options

#: Seconds for what takes some twenty on an idle machine; beside a training it takes many more.
PATIENCE = 600


def arguments(photos: Path, out: Path, **values: Any) -> list[str]:
    return ["train", str(photos), "--out", str(out), "--quiet", *tiny_options(**values)]


_started: list[subprocess.Popen[str]] = []


def end_all() -> None:
    """After a test, failed or not: nothing that it started goes on."""
    for process in _started:
        process.kill()
        process.communicate()
    _started.clear()


def start(words: list[str], **environment: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "keystego_tf", *words],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _started.append(process)
    return process


def start_workers(words: list[str], count: int = 2) -> list[subprocess.Popen[str]]:
    """Workers on loopback, each told of all by TF_CONFIG."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    tasks = [{"type": "worker", "index": index} for index in range(count)]
    cluster = {"worker": addresses}
    return [
        start(words, TF_CONFIG=json.dumps({"cluster": cluster, "task": task})) for task in tasks
    ]


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and what it wrote to standard error; a process that hangs is an error."""
    try:
        _, errors = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"hangs: {process.communicate()[1][-2000:]}") from None
    return process.returncode, errors


def await_checkpoint(out: Path, step: int, process: subprocess.Popen[str]) -> None:
    """Return when the checkpoint of ``step`` or a later one is whole."""
    end = time.monotonic() + PATIENCE
    while last_checkpoint(out) < step:
        assert process.poll() is None, process.communicate()[1][-2000:]
        assert time.monotonic() < end, f"no checkpoint of step {step}"
        time.sleep(0.01)


def last_checkpoint(out: Path) -> int:
    """Step of the last whole checkpoint; -1 if there is none."""
    path = out / "checkpoints" / "checkpoint"
    if not path.exists():
        return -1
    return int(path.read_text().split('"')[1].removeprefix("ckpt-"))


def bundled_weights(out: Path) -> dict[str, Any]:
    with np.load(out / "bundle" / "weights.npz") as file:
        return dict(file)


def assert_same_weights(one: Path, other: Path) -> None:
    weights, others = bundled_weights(one), bundled_weights(other)
    assert weights.keys() == others.keys()
    for name in weights:
        np.testing.assert_array_equal(weights[name], others[name], err_msg=name)

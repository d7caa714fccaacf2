"""A run that is killed, or asked to stop, goes on to the weights it would have reached."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from processes import (
    arguments,
    assert_same_weights,
    await_checkpoint,
    end_all,
    finish,
    last_checkpoint,
    start,
)

from keystego_tf.cli import main
from keystego_tf.training.records import read_metrics

RUN: dict[str, Any] = {
    "steps": 60,
    "checkpoint_interval": 5,
    "image_interval": 20,
    "noise": 2.0,
}


@pytest.fixture(autouse=True)
def _no_process_stays() -> Iterator[None]:
    yield
    end_all()


def run_here(words: list[str]) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.stderr


@pytest.fixture(scope="module")
def undisturbed(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "undisturbed"
    run_here(arguments(photos, out, **RUN))
    return out


def assert_goes_on(out: Path, undisturbed: Path) -> None:
    """Resume by the folder alone, and compare weights and records with the other run's."""
    run_here(["train", "--out", str(out), "--resume", "--quiet"])
    assert_same_weights(out, undisturbed)
    found, expected = (read_metrics(each / "metrics.jsonl") for each in (out, undisturbed))
    assert [line["step"] for line in found] == list(range(1, RUN["steps"] + 1))
    for one, other in zip(found, expected):
        assert {**one, "images_per_second": 0} == {**other, "images_per_second": 0}


@pytest.mark.slow
def test_killed_at_any_moment(photos: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = start(arguments(photos, out, **RUN))
    await_checkpoint(out, RUN["checkpoint_interval"], process)
    delay = float(np.random.default_rng().uniform(0, 0.5))
    print(f"killed {delay:.3f} s after the first checkpoint")
    time.sleep(delay)
    process.kill()
    assert finish(process)[0] == -signal.SIGKILL
    assert not (out / "bundle").exists()
    assert_goes_on(out, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop(photos: Path, undisturbed: Path, tmp_path: Path, sent: int) -> None:
    out = tmp_path / "a run"
    process = start(arguments(photos, out, **RUN))
    await_checkpoint(out, 1, process)
    process.send_signal(sent)
    code, errors = finish(process)
    assert code == 1
    name, step = signal.Signals(sent).name, last_checkpoint(out)
    said = f"stopped by {name} at step {step}; go on with: keystego-tf train --out '{out}' --resume"
    assert said in errors and "Traceback" not in errors
    assert read_metrics(out / "metrics.jsonl")[-1]["step"] == step < RUN["steps"]
    assert_goes_on(out, undisturbed)

"""Several devices reach what one does; several workers agree, stop together and notice a loss."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import (
    arguments,
    assert_same_weights,
    await_checkpoint,
    bundled_weights,
    end_all,
    finish,
    last_checkpoint,
    start_workers,
)

from keystego_tf.backend import tf
from keystego_tf.bundles.bundles import load_bundle
from keystego_tf.training.distribution import (
    WorkerLost,
    anyone,
    build_strategy,
    naming_lost_workers,
    worker_and_replicas,
    workers,
)

HERE = Path(__file__).parent
CLUSTER: dict[str, Any] = {
    "cluster": {"worker": ["a:1", "b:1", "c:1"]},
    "task": {"type": "worker", "index": 2},
}


@pytest.fixture(autouse=True)
def _no_process_stays() -> Iterator[None]:
    yield
    end_all()


def test_the_workers_of_tf_config() -> None:
    assert workers(json.dumps(CLUSTER)) == (2, 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps({"cluster": CLUSTER["cluster"]}),
        json.dumps({**CLUSTER, "task": {"type": "worker", "index": 3}}),
        json.dumps({**CLUSTER, "task": {"type": "worker", "index": -1}}),
        json.dumps({**CLUSTER, "task": {"type": "worker", "index": "first"}}),
        json.dumps({**CLUSTER, "task": {"type": "ps", "index": 0}}),
        json.dumps({**CLUSTER, "cluster": {"ps": ["a:1"]}}),
        json.dumps({**CLUSTER, "cluster": {"worker": "a:1"}}),
    ],
)
def test_a_tf_config_that_will_not_do(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match="multiworker needs TF_CONFIG, such as") as error:
        build_strategy("multiworker")
    assert repr(text) in str(error.value)


@pytest.mark.parametrize("name", ["none", "mirrored"])
def test_one_device_is_one_replica_of_the_first_worker(name: str) -> None:
    strategy = build_strategy(name)
    assert strategy.num_replicas_in_sync == 1 and worker_and_replicas(strategy) == (0, 1)
    assert anyone(strategy, True) and not anyone(strategy, False)


def test_only_several_workers_can_be_lost() -> None:
    error = tf.errors.UnavailableError(None, None, "Socket\n closed. And much more.")
    said = r"--resume.*\(UnavailableError: Socket closed\)"
    with pytest.raises(WorkerLost, match=said), naming_lost_workers():
        raise error
    with pytest.raises(tf.errors.UnavailableError), naming_lost_workers(several=False):
        raise error


# In the keyed method's asymmetric scheme Bob learns the public key under the strategy, too.
@pytest.mark.ci
@pytest.mark.parametrize(
    ("method", "scheme"),
    [
        ("keyed", "asymmetric"),
        pytest.param("keyed", "symmetric", marks=pytest.mark.slow),
        pytest.param("paper", "asymmetric", marks=pytest.mark.slow),
    ],
)
def test_two_devices_reach_the_weights_of_one(
    photos: Path, tmp_path: Path, method: str, scheme: str
) -> None:
    arguments = [str(photos), str(tmp_path), method, scheme]
    command = [sys.executable, str(HERE / "two_devices.py"), *arguments]
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE.parent)])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["replicas"] == {"none": 1, "mirrored": 2}
    assert found["start"] < 1e-4 and found["moved"] > 1e-3
    # Adam makes steps of full size of gradients that are nearly nothing
    assert found["end"] < 0.02 * found["moved"]
    assert found["momenta"] < 1e-4
    assert found["metrics"] < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_two_workers_train_as_one_would(photos: Path, tmp_path: Path, scheme: str) -> None:
    ends = {}
    for name, count in (("multiworker", 2), ("mirrored", 1)):
        words = arguments(photos, tmp_path / name, scheme=scheme, strategy=name, steps=3)
        ends[name] = [finish(each) for each in start_workers(words, count)]
    for code, errors in ends["multiworker"] + ends["mirrored"]:
        assert code == 0, errors[-3000:]
    one, two = (bundled_weights(tmp_path / name) for name in ends)
    assert max(float(abs(one[name] - two[name]).max()) for name in one) < 1e-4
    load_bundle(tmp_path / "multiworker" / "bundle")
    left = {each.name for each in (tmp_path / "multiworker" / "checkpoints").iterdir()}
    assert not {each for each in left if each.startswith("worker")}


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_worker_ends_the_others_and_all_go_on(
    photos: Path, tmp_path: Path, lost: int
) -> None:
    words = arguments(photos, tmp_path / "run", strategy="multiworker", steps=40)
    processes = start_workers(words)
    await_checkpoint(tmp_path / "run", 6, processes[0])
    processes[lost].kill()
    ends = [finish(each) for each in processes]
    code, errors = ends[1 - lost]
    assert ends[lost][0] == -signal.SIGKILL and code > 0
    assert "error: this worker has lost the others" in errors and "--resume" in errors
    assert "Traceback" not in errors
    assert 6 <= last_checkpoint(tmp_path / "run") < 40
    again = [finish(each) for each in start_workers([*words, "--resume"])]
    for code, errors in again:
        assert code == 0, errors[-3000:]
    whole = arguments(photos, tmp_path / "whole", strategy="multiworker", steps=40)
    assert [finish(each)[0] for each in start_workers(whole)] == [0, 0]
    assert_same_weights(tmp_path / "run", tmp_path / "whole")


@pytest.mark.slow
def test_workers_stop_together(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    processes = start_workers(arguments(photos, out, strategy="multiworker", steps=2000))
    await_checkpoint(out, 3, processes[0])
    processes[1].send_signal(signal.SIGTERM)
    ends = [finish(each) for each in processes]
    step = last_checkpoint(out)
    for (code, errors), stopper in zip(ends, ("another worker", "SIGTERM")):
        assert code == 1
        assert f"stopped by {stopper} at step {step}; go on with" in errors

"""The outer loop: isolation of the updates, exact resume, one trace, clear failures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_run, write_photos

from keystego_tf.bundles.bundles import weights_of
from keystego_tf.data.covers import open_covers
from keystego_tf.training.distribution import build_strategy
from keystego_tf.training.loop import CodeNotLearned, Trainer, TrainingFailed
from keystego_tf.training.records import read_metrics


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photos(tmp_path_factory.mktemp("data") / "photos")


def trainer(photos: Path, folder: Path, **values: object) -> Trainer:
    folder.mkdir(parents=True, exist_ok=True)
    config = tiny_run(**values)
    covers = open_covers(str(photos), 3, 32, 0)
    return Trainer(config, covers, folder, build_strategy("none"), quiet=True)


def same(one: dict, other: dict, agent: str = "") -> bool:
    names = [name for name in one if name.startswith(agent)]
    return all(np.array_equal(one[name], other[name]) for name in names)


@pytest.mark.parametrize("coding", ["none", "trellis"])
def test_each_step_changes_its_own_agents_only(photos: Path, tmp_path: Path, coding: str) -> None:
    run = trainer(photos, tmp_path, scheme="asymmetric", coding=coding)
    batch = next(run.batches(0))
    before = weights_of(run.agents)
    _, stego = run._communicate(batch, True)
    after = weights_of(run.agents)
    assert same(before, after, "eve") and same(before, after, "pk_generator")
    assert not same(before, after, "alice")
    # with coding, what Bob has learnt in advance is fixed, and Alice's part of it
    coded = coding == "trellis"
    assert same(before, after, "bob") == coded
    assert not coded or same(before, after, "alice/turn")
    run._detect(batch["cover"], stego)
    last = weights_of(run.agents)
    assert not same(after, last, "eve")
    assert all(same(after, last, agent) for agent in ("alice", "bob", "pk_generator"))


@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_a_resumed_run_reaches_the_same_weights(photos: Path, tmp_path: Path, scheme: str) -> None:
    crops = ((0.5, 16, 4), (0.5, 20, 2))
    whole = trainer(photos, tmp_path / "whole", scheme=scheme, crops=crops)
    whole.fit()
    assert whole._communicate.experimental_get_tracing_count() == 1
    assert whole._detect.experimental_get_tracing_count() == 1

    class Killed(Exception):
        pass

    first = trainer(photos, tmp_path / "parts", scheme=scheme, crops=crops)
    step = first.train_step

    def until_five(number: int, batch: dict) -> dict:
        if number == 5:
            raise Killed
        return step(number, batch)

    first.train_step = until_five  # type: ignore[method-assign]
    with pytest.raises(Killed):
        first.fit()
    second = trainer(photos, tmp_path / "parts", scheme=scheme, crops=crops)
    second.fit()
    assert same(weights_of(whole.agents), weights_of(second.agents))
    assert float(second.step.image_weight.taken) == 6.0
    lines = read_metrics(tmp_path / "parts" / "metrics.jsonl")
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]


def test_a_loss_that_is_not_finite_stops_the_run(photos: Path, tmp_path: Path) -> None:
    # Saved more often than looked at: it must not be saved all the same.
    often = {"log_interval": 30, "checkpoint_interval": 1, "steps": 30}
    values = {**often, "learning_rate": 1e30, "schedule": "constant", "clip_norm": 0.0}
    run = trainer(photos, tmp_path, **values)
    with pytest.raises(TrainingFailed, match=r"no longer finite at step .*lower --learning-rate"):
        run.fit()
    assert not all(np.isfinite(each).all() for each in weights_of(run.agents).values())
    kept = trainer(photos, tmp_path, **values)
    assert kept.checkpoints.restore()
    assert all(np.isfinite(each).all() for each in weights_of(kept.agents).values())


@pytest.mark.filterwarnings("ignore:non-integer arguments:DeprecationWarning")  # as in setup.cfg
def test_a_code_that_is_not_learned_is_told(photos: Path, tmp_path: Path) -> None:
    with pytest.warns(CodeNotLearned, match=r"Bob gets .*% right .*--code-steps or --filters"):
        trainer(photos, tmp_path)


def test_reading_no_better_than_chance_stops_the_run(photos: Path, tmp_path: Path) -> None:
    run = trainer(photos, tmp_path, learning_rate=1e-9, patience=4)
    with pytest.raises(TrainingFailed, match="--image-weight-start"):
        run.fit()


def test_a_half_written_line_of_metrics_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "lo')
    assert read_metrics(path) == [{"step": 1, "loss": 2.0}]

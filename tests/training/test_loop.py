"""The outer loop: exact resume, compiled steps, the finish, clear failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import tiny_run

from keystego_tf.bundles.bundles import weights_of
from keystego_tf.data.covers import open_covers
from keystego_tf.training.distribution import build_strategy
from keystego_tf.training.loop import Trainer, TrainingFailed
from keystego_tf.training.records import read_metrics


def trainer(photos: Path, folder: Path, milestone: Any = None, **values: object) -> Trainer:
    folder.mkdir(parents=True, exist_ok=True)
    covers = open_covers(str(photos), 3, 32, 0)
    own = {"milestone": milestone} if milestone else {}
    config = tiny_run(**values)  # type: ignore[arg-type]
    return Trainer(config, covers, folder, build_strategy("none"), quiet=True, **own)


def same(one: dict, other: dict, *agents: str) -> bool:
    names = [name for name in one if name.startswith(agents)]
    assert names
    return all(np.array_equal(one[name], other[name]) for name in names)


def statistics(weights: dict) -> dict:
    """The moving means and variances: the last two of a normalisation's four."""
    return {name: each for name, each in weights.items() if name.endswith(("_bn/2", "_bn/3"))}


def scales(weights: dict) -> dict:
    """What normalised values are multiplied with: the first of a normalisation's four."""
    return {name: each for name, each in weights.items() if name.endswith("_bn/0")}


class Killed(Exception):
    """What ends a run in these tests as a kill would."""


def killed_before(step: int, run: Trainer) -> Trainer:
    train_step = run.train_step

    def until(number: int, batch: dict) -> dict:
        if number == step:
            raise Killed
        return train_step(number, batch)

    run.train_step = until  # type: ignore[method-assign]
    return run


#: Crops of two sizes, a checkpoint of step 3, and the finish from step 4 on.
RUN: dict[str, Any] = {
    "scheme": "asymmetric",
    "crops": ((0.5, 16, 4), (0.5, 20, 2)),
    "checkpoint_interval": 3,
    "precision": "bfloat16",
    "finishing_share": 0.5,
}


@pytest.fixture(scope="module")
def whole(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trainer, list[dict]]:
    """A run of six steps, with the weights after each."""
    run = trainer(photos, tmp_path_factory.mktemp("runs") / "whole", **RUN)
    taken, train_step = [], run.train_step

    def noted(number: int, batch: dict) -> dict:
        found = train_step(number, batch)
        taken.append(weights_of(run.agents))
        # one trace, whatever the size of the crops
        assert run._communicate.experimental_get_tracing_count() == 1
        return found

    run.train_step = noted  # type: ignore[method-assign]
    run.fit()
    return run, taken


@pytest.mark.ci
def test_a_resumed_run_reaches_the_same_weights(
    photos: Path, tmp_path: Path, whole: tuple[Trainer, list[dict]]
) -> None:
    seen: list[int] = []
    with pytest.raises(Killed):
        killed_before(4, trainer(photos, tmp_path, lambda step, _: seen.append(step), **RUN)).fit()
    assert seen == [0, 3], "measured at the start and halfway"
    run = trainer(photos, tmp_path, lambda step, _: seen.append(step), **RUN)
    assert same(whole[1][-1], weights_of(run.fit()), "alice", "bob", "eve")
    assert seen == [0, 3], "it went on from step 3, which was measured before it was saved"
    assert float(run.step.image_weight.taken) == 6.0
    lines = read_metrics(tmp_path / "metrics.jsonl")
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]


@pytest.mark.usefixtures("eagerly")
def test_a_resumed_run_of_costs_has_its_eves(photos: Path, tmp_path: Path) -> None:
    """Statistics, net and optimizer of the Eves are in the checkpoint, too."""

    def costs(name: str) -> Trainer:
        given = {"steps": 4, "checkpoint_interval": 2, "crops": ((1.0, 32, 2),), "net_weight": 3.0}
        config = tiny_run("costs", **given)
        covers = open_covers(str(photos), 1, 32, 0)
        (tmp_path / name).mkdir(exist_ok=True)
        return Trainer(config, covers, tmp_path / name, build_strategy("none"), quiet=True)

    whole = costs("whole")
    whole.fit()
    with pytest.raises(Killed):
        killed_before(3, costs("killed")).fit()
    resumed = costs("killed")
    resumed.fit()
    assert same(weights_of(whole.agents), weights_of(resumed.agents), "alice", "eve")
    nets: Any = [run.agents.net_eve.net.get_weights() for run in (whole, resumed)]  # type: ignore[attr-defined]
    assert all(np.array_equal(one, other) for one, other in zip(*nets))


@pytest.mark.ci
def test_in_the_finish_alice_and_bob_are_trained_as_they_are_used(
    whole: tuple[Trainer, list[dict]],
) -> None:
    second, third, last = (whole[1][step] for step in (1, 2, 5))
    for agent in ("alice/block", "bob/block"):
        assert not same(statistics(second), statistics(third), agent)
        assert same(statistics(third), statistics(last), agent)
        assert not same(scales(third), scales(last), agent), "these are trained to the end"
    assert not same(statistics(third), statistics(last), "eve"), "she never hides or reveals"
    assert same(second, last, "bob/mask"), "learned in advance"
    names = {name.rsplit("/", 1)[0] for name in last if "_conv" in name}
    layers = [
        model.get_layer(name.split("/")[1])
        for agent, model in whole[0].agents.items()
        for name in sorted(names)
        if name.startswith(f"{agent}/") and agent in ("alice", "bob")
    ]
    assert len(layers) > 8 and {layer.compute_dtype for layer in layers} == {"float32"}


@pytest.mark.usefixtures("eagerly")
def test_a_loss_that_is_not_finite_stops_the_run(photos: Path, tmp_path: Path) -> None:
    # Saved more often than looked at: it must not be saved all the same.
    often = {"log_interval": 8, "checkpoint_interval": 1, "steps": 8}
    values = {**often, "learning_rate": 1e30, "schedule": "constant", "clip_norm": 0.0}
    run = trainer(photos, tmp_path, **values)
    with pytest.raises(TrainingFailed, match=r"no longer finite at step .*lower --learning-rate"):
        run.fit()
    assert not all(np.isfinite(each).all() for each in weights_of(run.agents).values())
    kept = trainer(photos, tmp_path, **values)
    assert kept.checkpoints.restore()
    assert all(np.isfinite(each).all() for each in weights_of(kept.agents).values())


@pytest.mark.usefixtures("eagerly")
def test_reading_no_better_than_chance_stops_the_run(photos: Path, tmp_path: Path) -> None:
    many = {"crops": ((1.0, 32, 8),), "right_key_share": 0.5, "steps": 4, "log_interval": 4}
    run = trainer(photos, tmp_path, learning_rate=1e-9, patience=4, **many)
    with pytest.raises(TrainingFailed, match="--initial-image-weight"):
        run.fit()

"""One step: what it changes and what it leaves alone, its precision, and the image weight."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tiny import tiny_run, write_photos

from keystego_tf.backend import keras, set_precision, tf
from keystego_tf.bundles.bundles import weights_of
from keystego_tf.channel import distortions as channel
from keystego_tf.config.run import LossConfig, RunConfig
from keystego_tf.data.batches import build_dataset
from keystego_tf.data.covers import FolderCovers
from keystego_tf.methods.agents import build_agents
from keystego_tf.training.step import TIGHT, ImageWeight, Step, build_optimizer


@pytest.fixture(scope="module")
def covers(tmp_path_factory: pytest.TempPathFactory) -> FolderCovers:
    return FolderCovers(write_photos(tmp_path_factory.mktemp("data") / "photos"), 3, 16)


def build_step(config: RunConfig) -> Step:
    keras.utils.set_random_seed(0)
    set_precision(config.training.precision)
    agents = build_agents(config.agents)
    set_precision("float32")
    weight = ImageWeight(config.loss, config.training.steps)
    optimizers = [build_optimizer(config.training, config.training.steps) for _ in range(2)]
    step = Step(agents, config, *optimizers, weight)
    optimizers[0].build(step.variables)
    optimizers[1].build(agents.eve.trainable_variables)
    return step


def first_batch(covers: FolderCovers, config: RunConfig) -> dict[str, tf.Tensor]:
    return next(iter(build_dataset(covers, config, 0)))


def changed(step: Step, before: dict[str, Any]) -> set[str]:
    """``agent/layer`` of every weight, moving statistics included, that is no longer the same."""
    return {
        name.rsplit("/", 1)[0]
        for name, value in weights_of(step.agents).items()
        if not np.array_equal(value, before[name])
    }


def weighted(step: Step, *agents: str) -> set[str]:
    return {name.rsplit("/", 1)[0] for name in weights_of(step.agents) if name.startswith(agents)}


@pytest.mark.parametrize("trained", [False, True], ids=["fixed generator", "trained generator"])
def test_each_update_changes_all_layers_of_its_agents_and_no_others(
    covers: FolderCovers, trained: bool
) -> None:
    config = tiny_run(scheme="asymmetric", train_generator=trained, schedule="constant")
    step, batch = build_step(config), first_batch(covers, config)
    before = weights_of(step.agents)
    _, stego = step.communicate(batch, tf.constant(True))
    own = ("alice", "bob", "pk_generator") if trained else ("alice", "bob")
    assert changed(step, before) == weighted(step, *own)
    before = weights_of(step.agents)
    step.detect(batch["cover"], stego)
    assert changed(step, before) == weighted(step, "eve")


def test_without_a_masked_target_the_wrong_key_is_never_tried(covers: FolderCovers) -> None:
    config = tiny_run(coding="none", masked_target=False)
    step, batch = build_step(config), first_batch(covers, config)
    other = {**batch, "other_key": -batch["other_key"]}
    scalars, _ = step.communicate(batch, tf.constant(False))
    again, _ = build_step(config).communicate(other, tf.constant(False))
    assert float(scalars["loss"]) == float(again["loss"])
    assert float(scalars["wrong_key"]) == 0, "there are no such images"
    masked = tiny_run(coding="none")
    one, _ = build_step(masked).communicate(batch, tf.constant(False))
    two, _ = build_step(masked).communicate(other, tf.constant(False))
    assert float(one["loss"]) != float(two["loss"])


@pytest.mark.parametrize(("coding", "same"), [("trellis", True), ("none", False)])
def test_with_coding_bob_reads_what_alice_painted(
    covers: FolderCovers, coding: str, same: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parity has no slope at whole steps; without coding he reads what came through."""
    config = tiny_run(coding=coding)
    batch = first_batch(covers, config)
    found, _ = build_step(config).communicate(batch, tf.constant(False))
    monkeypatch.setattr(channel, "round_to_8_bits", lambda image: 0.5 + 0.0 * image)
    gray, stego = build_step(config).communicate(batch, tf.constant(False))
    assert np.all(stego.numpy() == 0.5) and float(gray["psnr"]) < float(found["psnr"])
    assert (float(gray["message_loss"]) == float(found["message_loss"])) == same


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_every_precision_gives_finite_losses_and_an_8_bit_stego(
    covers: FolderCovers, precision: str
) -> None:
    config = tiny_run(precision=precision)
    step, batch = build_step(config), first_batch(covers, config)
    assert step.agents.bob.get_layer("block_2_conv").compute_dtype == precision
    assert all(each.dtype in ("float32", tf.float32) for each in step.variables)
    scalars, stego = step.communicate(batch, tf.constant(True))
    scalars.update(step.detect(batch["cover"], stego))
    assert all(math.isfinite(float(value)) for value in scalars.values())
    # The loss scale of float16 is taken out again: the gradients are those of float32.
    assert 0.05 < float(scalars["gradient_norm"]) < 20
    steps = 255 * stego.numpy()
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-4)
    assert stego.dtype == tf.float32 and np.any(steps != 255 * batch["cover"].numpy())


def test_the_norm_of_an_update_is_clipped(covers: FolderCovers) -> None:
    config = tiny_run(clip_norm=1e-3)
    step, batch = build_step(config), first_batch(covers, config)
    scalars, _ = step.communicate(batch, tf.constant(False))
    assert float(scalars["gradient_norm"]) > 0.05, "reported as it was before"
    # Adam's first momenta are a tenth of the gradient, which leaves only their norm to check.
    state = [np.asarray(each) for each in step.optimizer.variables]
    shapes = [tuple(each.shape) for each in step.variables]
    momenta = [each for each in state if each.ndim and np.any(each < 0)]
    assert 0 < len(momenta) <= len(shapes)
    norm = math.sqrt(sum(float(np.sum(np.square(each))) for each in momenta))
    assert norm == pytest.approx(1e-4, rel=0.05)


def follow(weight: ImageWeight, loss: float, times: int) -> list[float]:
    values = []
    for _ in range(times):
        weight.follow(tf.constant(loss))
        values.append(float(weight.value()))
    return values


def test_the_image_weight_follows_the_message_loss() -> None:
    """A closed form of its first steps, and its bounds."""
    config = LossConfig(image_weight_start=0.1, image_weight=10.0, image_weight_ramp=0.5)
    steps = 40
    pace = math.log(100) / (0.5 * steps)
    weight, log, loss = ImageWeight(config, steps), math.log(0.1), math.log(2)
    tight, loose = math.log(config.message_goal), math.log(config.message_goal_start)
    for taken in range(1, 4):
        weight.follow(tf.constant(0.0))
        loss *= 0.95
        goal = loose + min(taken / (TIGHT * steps), 1) * (tight - loose)
        pressure = min(1, max(-1, 2 * (goal - math.log(loss))))
        log = min(math.log(10), max(math.log(0.1), log + pace * pressure))
        assert float(weight.value()) == pytest.approx(math.exp(log), rel=1e-4)
    low = follow(weight, 0.0, 200)
    assert low == sorted(low) and low[-1] == pytest.approx(10)
    high = follow(weight, 1.0, 200)
    assert high == sorted(high, reverse=True) and high[-1] == pytest.approx(0.1)


def test_an_image_weight_without_a_ramp_stays() -> None:
    weight = ImageWeight(LossConfig(image_weight=3.0, image_weight_ramp=0.0), 100)
    assert follow(weight, 5.0, 3) == pytest.approx([3.0] * 3)

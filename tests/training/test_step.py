"""One step: what it changes and what it leaves alone, its precision and its clipping.

What every method's step promises is in tests/methods/test_every_method.py.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from steps import build_step, changed, covers_of, first_batch, weighted
from tiny import tiny_run

from keystego_tf.backend import tf
from keystego_tf.bundles.bundles import weights_of
from keystego_tf.data.covers import Covers


@pytest.fixture(scope="module")
def covers(photos: Path) -> Covers:
    return covers_of(photos)


@pytest.mark.parametrize("trained", [False, True], ids=["fixed generator", "trained generator"])
def test_each_update_changes_all_layers_of_its_agents_and_no_others(
    covers: Covers, trained: bool
) -> None:
    config = tiny_run(scheme="asymmetric", train_generator=trained, schedule="constant")
    step, batch = build_step(config), first_batch(covers, config)
    before = weights_of(step.agents)
    _, stego = step.communicate(batch, tf.constant(True))
    moved = changed(step, before)
    if trained:
        assert moved == weighted(step, "alice", "bob", "pk_generator")
    else:  # Bob's reading of the mask was learned in advance
        mask = {name for name in weighted(step, "bob") if name.startswith("bob/mask_")}
        assert mask and moved == weighted(step, "alice", "bob") - mask
    before = weights_of(step.agents)
    step.detect(batch["cover"], stego)
    assert changed(step, before) == weighted(step, "eve")


def test_only_a_method_with_a_masked_target_tries_the_wrong_key(covers: Covers) -> None:
    for method, matters in (("keyed", True), ("paper-code", False)):
        config = tiny_run(method)
        step, batch = build_step(config), first_batch(covers, config)
        other = {**batch, "other_key": -batch["other_key"]}
        losses = [
            step.method.transmit(step.agents, config, each, lambda image: (image, image))
            for each in (batch, other)
        ]
        one, two = (float(each.message_loss) for each in losses)
        assert (one != two) == matters


def test_the_adversarial_loss_takes_part_when_it_is_told_to(covers: Covers) -> None:
    config = tiny_run(adversary_weight=3.0)
    batch = first_batch(covers, config)
    with_eve, without = (
        build_step(config).communicate(batch, tf.constant(each))[0] for each in (True, False)
    )
    assert float(without["adversary_loss"]) == 0 < float(with_eve["adversary_loss"])
    more = float(with_eve["loss"]) - float(without["loss"])
    assert more == pytest.approx(3 * float(with_eve["adversary_loss"]), rel=1e-4)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_every_precision_gives_finite_losses_and_an_8_bit_stego(
    covers: Covers, precision: str
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


def test_the_norm_of_an_update_is_clipped(covers: Covers) -> None:
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


def test_adams_beta_is_the_runs(covers: Covers) -> None:
    """After one step the momentum is 1 - beta_1 of the gradient."""
    sums = []
    for beta in (0.9, 0.5):
        config = tiny_run(beta_1=beta, clip_norm=0.0, schedule="constant")
        step, batch = build_step(config), first_batch(covers, config)
        step.communicate(batch, tf.constant(False))
        state = [np.asarray(each) for each in step.optimizer.variables]
        sums.append(sum(float(np.sum(np.abs(each[each < 0]))) for each in state if each.ndim))
    assert sums[1] / sums[0] == pytest.approx(5, rel=1e-3)

"""What a run will cost: parameters that are counted, and times that follow the work."""

from __future__ import annotations

from typing import Any

import pytest
from steps import uncompiled
from tiny import tiny_run

from keystego_tf.methods import build
from keystego_tf.training.estimate import START, estimate

pytestmark = pytest.mark.usefixtures("eagerly")


@pytest.fixture(scope="module")
def short() -> dict[str, Any]:
    with uncompiled():
        return estimate(tiny_run(scheme="asymmetric", steps=10))


@pytest.mark.ci
def test_what_a_run_costs_follows_from_its_work(short: dict[str, Any]) -> None:
    agents = build(tiny_run(scheme="asymmetric"))
    counts = {name: model.count_params() for name, model in agents.items()}
    assert short["parameters"] == counts
    assert START < short["seconds"] < 600 and 0 < short["bytes"] < 2**30
    # The largest stage counts; the timed batches are small whatever the run's are.
    crops = ((0.5, 16, 4), (0.5, 16, 64))
    more = estimate(tiny_run(steps=100_000, crops=crops))
    assert more["seconds"] - START > 50 * (short["seconds"] - START)
    # Bob of the asymmetric scheme has his reading of the mask besides
    assert 10 * short["bytes"] < more["bytes"] < 16 * short["bytes"]


def test_what_is_learned_in_advance_counts(short: dict[str, Any]) -> None:
    more = estimate(tiny_run(scheme="asymmetric", steps=10, pretraining_steps=100_000))
    assert more["seconds"] - START > 50 * (short["seconds"] - START)
    assert more["bytes"] == short["bytes"]


def test_a_stage_that_is_too_short_for_a_step_costs_nothing(short: dict[str, Any]) -> None:
    crops = ((0.02, 64, 8), (0.98, 16, 2))
    assert estimate(tiny_run(steps=20, crops=crops))["bytes"] < 4 * short["bytes"]

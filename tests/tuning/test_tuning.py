"""The search, with trainings that are made up and with tiny real ones."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import os
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tiny import TINY

from keystego_tf.config.run import RunConfig
from keystego_tf.training.loop import Stopped, TrainingFailed
from keystego_tf.tuning import results, trials
from keystego_tf.tuning.study import LOST, PLAN, Plan, Trial, claim, search, trials_of
from keystego_tf.tuning.trials import Outcome, ranges_of, short_run

pytest.importorskip("optuna", reason="the search needs optuna")

WEIGHTS = {"mse": 50.0, "ssim": 0.5, "message": 1.0, "adversary": 0.01}


def plan_of(**values: Any) -> Plan:
    config = short_run("keyed", **{**TINY, **values})
    return Plan(config, ranges_of(config))


def made_up(config: RunConfig, folder: Path, quiet: bool = True) -> Outcome:
    """A training whose figures follow from its weights: one goal against the other."""
    folder.mkdir()
    part = (math.log10(config.loss.mse / 50) + 1) / 2  # 0 to 1 over the range
    return Outcome(0.1 * part, 20 + 30 * part, 0.9, 0.5, None, 1.0)


def trial(number: int, wrong: float, psnr: float, state: str = "done") -> Trial:
    outcome = Outcome(wrong, psnr, 0.9, 0.5, None, 1.0) if state == "done" else None
    return Trial(number, state, WEIGHTS, outcome)


def test_the_first_trial_has_the_presets_weights_and_the_rest_lie_in_the_ranges(
    tmp_path: Path,
) -> None:
    plan = plan_of()
    claim(tmp_path / "a", plan)
    found = search(tmp_path / "a", plan, 4, True, made_up)
    assert [each.number for each in found] == [0, 1, 2, 3]
    assert found[0].weights == pytest.approx(WEIGHTS)
    for each in found:
        for name, (low, high) in plan.ranges.items():
            assert low <= each.weights[name] <= high
            assert (low, high) == pytest.approx((WEIGHTS[name] / 10, WEIGHTS[name] * 10))
    assert len({each.weights["mse"] for each in found}) == 4
    claim(tmp_path / "b", plan)
    assert search(tmp_path / "b", plan, 4, True, made_up) == found  # the same seed, the same search
    other = plan_of(seed=1)
    claim(tmp_path / "c", other)
    assert search(tmp_path / "c", other, 4, True, made_up) != found


def test_an_interrupted_search_goes_on(tmp_path: Path) -> None:
    plan, calls = plan_of(), []

    def stops(config: RunConfig, folder: Path, quiet: bool) -> Outcome:
        calls.append(folder)
        if len(calls) == 3:
            folder.mkdir()
            raise Stopped("stopped by SIGINT at step 1")
        return made_up(config, folder)

    claim(tmp_path, plan)
    with pytest.raises(Stopped):
        search(tmp_path, plan, 4, True, stops)
    assert [each.state for each in trials_of(tmp_path)] == ["done", "done", "stopped"]
    assert not calls[2].exists()
    claim(tmp_path, Plan.load(tmp_path / PLAN))
    found = search(tmp_path, plan, 4, True, made_up)
    assert [each.state for each in found] == ["done", "done", "stopped", "done", "done"]
    assert search(tmp_path, plan, 4, True, None) == found  # type: ignore[arg-type]


def test_a_training_that_fails_counts_and_says_why(tmp_path: Path) -> None:
    def fails(*_: Any) -> Outcome:
        raise TrainingFailed("the loss is no longer finite at step 3")

    plan = plan_of()
    claim(tmp_path, plan)
    found = search(tmp_path, plan, 2, True, fails)
    assert [each.state for each in found] == ["failed", "failed"]
    assert "no longer finite" in found[0].reason and results.best(found) is None
    results.write(tmp_path, plan, found)


@pytest.mark.parametrize("age, state", [(0.0, "running"), (2 * LOST, "stopped")])
def test_a_killed_process_loses_its_trial_and_a_living_one_keeps_it(
    tmp_path: Path, age: float, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keystego_tf.tuning import study

    plan = plan_of()
    claim(tmp_path, plan)
    with study._study(tmp_path) as opened:
        study._next(opened, plan)  # and nobody tells how it ended
    now = time.time() + age
    monkeypatch.setattr(study.time, "time", lambda: now)
    found = search(tmp_path, plan, 2, True, made_up)
    assert found[0].state == state
    assert [each.state for each in found[1:]].count("done") == (1 if state == "running" else 2)


def test_a_folder_of_another_search_or_of_something_else(tmp_path: Path) -> None:
    claim(tmp_path / "a", plan_of())
    with pytest.raises(ValueError, match="searches with scheme 'symmetric', but 'asymmetric'"):
        claim(tmp_path / "a", plan_of(scheme="asymmetric"))
    config = plan_of().config
    with pytest.raises(ValueError, match="the range of mse"):
        claim(tmp_path / "a", Plan(config, ranges_of(config, mse=(1.0, 2.0))))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").write_text("keep")
    with pytest.raises(ValueError, match=r"holds 'mine\.txt'"):
        claim(tmp_path / "b", plan_of())
    (tmp_path / "a" / PLAN).write_text("{}")
    with pytest.raises(ValueError, match="is not a search's plan"):
        claim(tmp_path / "a", plan_of())


@pytest.mark.parametrize("given", [(0.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
def test_ranges_that_will_not_do(given: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"the range of ssim is .*, but must begin above 0"):
        ranges_of(plan_of().config, ssim=given)


def test_a_short_run_takes_what_is_given_and_is_short_else() -> None:
    config = short_run("paper")
    assert config.training.steps == trials.SHORT["steps"]
    assert config.agents.eve_size == 32 and config.loss.mse == 0.5
    assert short_run("keyed", steps=7).training.steps == 7
    assert short_run("keyed", epochs=2).training.resolve_steps(80).steps == 20


def test_front_against_all_pairs() -> None:
    pairs = [(0.01, 30), (0.01, 31), (0.02, 35), (0.03, 34), (0.001, 20), (0.5, 50), (0.02, 35)]
    found = [trial(number, *each) for number, each in enumerate(pairs)] + [trial(9, 0, 0, "failed")]
    expected = [
        number
        for number, (wrong, psnr) in enumerate(pairs)
        if not any(w <= wrong and p >= psnr and (w, p) != (wrong, psnr) for w, p in pairs)
    ]
    assert sorted(each.number for each in results.front(found)) == expected == [1, 2, 4, 5, 6]


def test_the_best_is_the_least_visible_of_those_that_can_be_read() -> None:
    found = [trial(0, 0.0005, 30), trial(1, 0.001, 40), trial(2, 0.3, 60)]
    for least, number in ((0.998, 1), (0.9999, 0), (0.5, 2)):
        chosen = results.best(found, least)
        assert chosen is not None and chosen.number == number
    assert results.best([]) is None


def test_what_is_written(tmp_path: Path) -> None:
    plan = plan_of()
    found = [trial(0, 0.0, 30), trial(1, 0.2, math.inf), trial(2, 0, 0, "failed")]
    results.write(tmp_path, plan, found, command="keystego-tf tune")
    summary = json.loads((tmp_path / results.FIGURES).read_text())
    assert summary["best"] == 0 and summary["front"] == [0, 1]
    assert summary["trials"][1]["outcome"]["psnr"] is None
    rows = list(csv.DictReader(io.StringIO((tmp_path / results.TABLE).read_text())))
    assert [row["state"] for row in rows] == ["done", "done", "failed"]
    assert rows[0]["mse"] == "50.0" and rows[0]["best"] == "1" and rows[1]["psnr"] == "inf"
    with Image.open(tmp_path / results.PICTURE) as picture:
        assert picture.format == "PNG" and min(picture.size) > 400
    lines = results.table(found).splitlines()
    assert lines[2].split()[:2] == ["0", "best"] and "100.000%" in lines[2]
    assert lines[3].split()[:2] == ["1", "front"] and "failed" in lines[4]


def test_a_real_trial_is_an_ordinary_run(tmp_path: Path) -> None:
    plan = plan_of(evaluation_images=2)
    config = trials.with_weights(plan.config, {**WEIGHTS, "mse": 7.0})
    outcome = trials.train_once(config, tmp_path / "run")
    assert 0 <= outcome.bits_wrong <= 1 and outcome.psnr > 5 and outcome.eve is not None
    assert RunConfig.load(tmp_path / "run" / "config.json").loss.mse == 7.0
    assert sorted(os.listdir(tmp_path / "run")) == [
        "config.json",
        "evaluation.json",
        "metrics.jsonl",
    ]
    again = trials.train_once(config, tmp_path / "again")
    assert dataclasses.replace(again, seconds=outcome.seconds) == outcome

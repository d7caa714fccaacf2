"""The search, with trainings that are made up; tests/cli/test_tune.py has real ones."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tiny import TINY

from keystego_tf.config import RunConfig
from keystego_tf.training.loop import Stopped, TrainingFailed
from keystego_tf.tuning import results, study, trials
from keystego_tf.tuning.results import Row
from keystego_tf.tuning.study import PLAN, Plan, claim, open_study, search
from keystego_tf.tuning.trials import Outcome, ranges_of, short_run

pytest.importorskip("optuna", reason="the search needs optuna")

WEIGHTS = {
    "mse_weight": 50.0,
    "ssim_weight": 0.5,
    "message_weight": 1.0,
    "adversary_weight": 0.01,
}


def plan_of(**values: Any) -> Plan:
    config = short_run("keyed", **{**TINY, "filters": 4, "pretraining_steps": 5, **values})
    return Plan(config, ranges_of(config))


def made_up(config: RunConfig, folder: Path, quiet: bool = True) -> Outcome:
    """A training whose figures follow from its weights: one goal against the other."""
    folder.mkdir(exist_ok=True)
    part = (math.log10(config.loss.mse_weight / 50) + 1) / 2  # 0 to 1 over the range
    return Outcome(0.1 * part, 20 + 30 * part, 0.9, 0.5, None, 1.0)


def claimed(out: Path, **values: Any) -> Plan:
    plan = plan_of(**values)
    claim(out, plan)
    return plan


def found(out: Path, least_right: float = results.LEAST_RIGHT) -> list[Row]:
    with open_study(out) as opened:
        return results.rows_of(opened, least_right)


def test_what_is_searched_is_marked_in_the_settings() -> None:
    config = plan_of().config
    assert list(ranges_of(config)) == list(WEIGHTS)
    for name, (low, high) in ranges_of(config).items():
        assert (low, high) == pytest.approx((WEIGHTS[name] / 10, WEIGHTS[name] * 10))
    assert ranges_of(config, ssim_weight=(1, 2))["ssim_weight"] == (1.0, 2.0)
    lattice = short_run("lattice")  # has no SSIM in its loss
    assert "ssim_weight" not in ranges_of(lattice) and len(ranges_of(lattice)) > 1
    assert ranges_of(lattice, ssim_weight=(1, 2))["ssim_weight"] == (1.0, 2.0)
    with pytest.raises(ValueError, match="the range of ssim_weight is 1 to inf, but must"):
        ranges_of(config, ssim_weight=(1, float("inf")))


def test_the_first_trial_has_the_plans_settings_and_the_rest_lie_in_the_ranges(
    tmp_path: Path,
) -> None:
    plan = claimed(tmp_path / "a")
    search(tmp_path / "a", plan, 4, True, made_up)
    rows = found(tmp_path / "a")
    assert [row.number for row in rows] == [0, 1, 2, 3]
    assert rows[0].settings == pytest.approx(WEIGHTS)
    for row in rows:
        assert all(low <= row.settings[name] <= high for name, (low, high) in plan.ranges.items())
    assert len({row.settings["mse_weight"] for row in rows}) == 4
    other = tmp_path / "why? 100%20"  # as in an address
    search(other, claimed(other), 4, True, made_up)
    assert found(other) == rows, "the same seed, the same search"
    assert {each.name for each in tmp_path.iterdir()} == {"a", other.name}
    search(tmp_path / "c", claimed(tmp_path / "c", seed=1), 2, True, made_up)
    assert found(tmp_path / "c")[1].settings != rows[1].settings


@pytest.mark.parametrize("end", [Stopped("stopped by SIGINT at step 1"), KeyboardInterrupt()])
def test_a_stopped_search_goes_on_with_the_trial_that_was_stopped(
    end: BaseException, tmp_path: Path
) -> None:
    plan, calls = claimed(tmp_path), []

    def stops(config: RunConfig, folder: Path, quiet: bool) -> Outcome:
        calls.append((folder, config.loss.mse_weight))
        if len(calls) == 3:
            folder.mkdir()
            raise end
        return made_up(config, folder)

    with pytest.raises(type(end)):
        search(tmp_path, plan, 4, True, stops)
    assert [row.state for row in found(tmp_path)] == ["done", "done", "stopped"]
    assert calls[2][0].is_dir(), "with its checkpoint"
    claim(tmp_path, Plan.load(tmp_path / PLAN))
    search(tmp_path, plan, 4, True, stops)
    rows = found(tmp_path)
    assert [row.state for row in rows] == ["done", "done", "stopped", "done", "done"]
    assert calls[3] == calls[2], "the same folder, the same settings"
    assert rows[3].settings == rows[2].settings != rows[4].settings
    search(tmp_path, plan, 4, True, None)  # type: ignore[arg-type]
    assert found(tmp_path) == rows


def test_a_training_that_fails_counts_and_says_why(tmp_path: Path) -> None:
    def fails(*_: Any) -> Outcome:
        raise TrainingFailed("the loss is no longer finite at step 3")

    plan = claimed(tmp_path)
    search(tmp_path, plan, 2, True, fails)
    rows = results.write(tmp_path, plan)
    assert [row.state for row in rows] == ["failed", "failed"]
    assert "no longer finite" in rows[0].reason and not any(row.best for row in rows)
    assert json.loads((tmp_path / results.FIGURES).read_text())["best"] is None


def test_any_other_error_ends_the_search(tmp_path: Path) -> None:
    def breaks(*_: Any) -> Outcome:
        raise OSError("no space left")

    plan = claimed(tmp_path)
    with pytest.raises(OSError, match="no space left"):
        search(tmp_path, plan, 2, True, breaks)
    search(tmp_path, plan, 2, True, made_up)
    assert [row.state for row in found(tmp_path)] == ["stopped", "done", "done"]


def test_a_trial_whose_process_is_gone_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Path] = []

    def dies(config: RunConfig, folder: Path, quiet: bool) -> Outcome:
        calls.append(folder)
        if len(calls) == 1:
            raise SystemExit  # past Optuna, as a kill goes: nobody says how the trial ended
        return made_up(config, folder)

    monkeypatch.setattr(study, "HEARTBEAT", 1)
    monkeypatch.setattr(study, "GRACE", 1)
    plan = claimed(tmp_path)
    with pytest.raises(SystemExit):
        search(tmp_path, plan, 2, True, dies)
    search(tmp_path, plan, 1, True, dies)
    assert [row.state for row in found(tmp_path)] == ["running"], "it may be alive still"
    time.sleep(2.1)
    search(tmp_path, plan, 2, True, dies)
    rows = found(tmp_path)
    assert [row.state for row in rows] == ["stopped", "done", "done"]
    assert rows[1].settings == rows[0].settings and calls[1] == calls[0] != calls[2]


def test_a_folder_of_another_search_or_of_something_else(tmp_path: Path) -> None:
    config = claimed(tmp_path / "a").config
    with pytest.raises(ValueError, match="searches with scheme 'symmetric', but 'asymmetric'"):
        claim(tmp_path / "a", plan_of(scheme="asymmetric"))
    with pytest.raises(ValueError, match="the range of mse_weight"):
        claim(tmp_path / "a", Plan(config, ranges_of(config, mse_weight=(1.0, 2.0))))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").write_text("keep")
    with pytest.raises(ValueError, match=r"holds 'mine\.txt'"):
        claim(tmp_path / "b", plan_of())
    (tmp_path / "a" / PLAN).write_text("{}")
    with pytest.raises(ValueError, match="is not a search's plan"):
        claim(tmp_path / "a", plan_of())


@pytest.mark.parametrize("given", [(0.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
def test_ranges_that_will_not_do(given: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"the range of ssim_weight is .*, but must begin above 0"):
        ranges_of(plan_of().config, ssim_weight=given)
    with pytest.raises(ValueError, match=r"steps is not searched: .* has the ranges of mse_weight"):
        ranges_of(plan_of().config, steps=(1.0, 2.0))


def test_a_short_run_takes_what_is_given_and_is_short_else() -> None:
    config = short_run("paper")
    assert config.training.steps == trials.SHORT["steps"]
    assert config.settings.eve_size == 32 and config.loss.mse_weight == 0.5
    assert short_run("paper", crops=((1.0, 64, 2),)).settings.eve_size == 64
    assert short_run("keyed", steps=7).training.steps == 7
    assert short_run("keyed", epochs=2).training.resolve_steps(80).steps == 20


def test_front_best_and_what_is_written(tmp_path: Path) -> None:
    pairs = iter([(0.0005, 30), (0.001, 40), (0.3, math.inf), (0.002, 35), None, (0.01, 41)])

    def given(*_: Any) -> Outcome:
        pair = next(pairs)
        if pair is None:
            raise TrainingFailed("no better than chance")
        return Outcome(*pair, 0.9, 0.5, None, 1.0)

    plan = claimed(tmp_path)
    search(tmp_path, plan, 6, True, given)
    for least, number in ((0.998, 1), (0.99999, 0), (0.5, 2)):
        assert [row.number for row in found(tmp_path, least) if row.best] == [number]
    rows = results.write(tmp_path, plan, command="keystego-tf tune")
    assert [row.number for row in rows if row.front] == [0, 1, 2, 5]

    summary = json.loads((tmp_path / results.FIGURES).read_text())
    assert (summary["best"], summary["front"]) == (1, [0, 1, 2, 5])
    assert summary["trials"][2]["outcome"]["psnr"] is None
    lines = list(csv.DictReader(io.StringIO((tmp_path / results.TABLE).read_text())))
    assert [line["state"] for line in lines] == ["done"] * 4 + ["failed", "done"]
    assert (
        lines[0]["mse_weight"] == "50.0" and lines[1]["best"] == "1" and lines[2]["psnr"] == "inf"
    )
    for name in (results.FRONT, results.BITS_WRONG, results.PSNR):
        with Image.open(tmp_path / name) as picture:
            assert picture.format == "PNG" and min(picture.size) > 300
    text = results.table(rows).splitlines()
    assert text[2].split()[:2] == ["1", "best"] and "99.900%" in text[2]
    assert [line.split()[:2] for line in text[3:6]] == [[n, "front"] for n in "052"]
    assert "failed" in text[-1]

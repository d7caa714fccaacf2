"""The command tune, end to end on tiny trials."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from commands import run, start
from tiny import tiny_options, write_photos

from keystego_tf.io import extras
from keystego_tf.methods import load_run

pytest.importorskip("optuna", reason="the search needs optuna")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photos(tmp_path_factory.mktemp("data") / "photos")


@pytest.fixture(scope="module")
def out(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a search of one trial."""
    folder = tmp_path_factory.mktemp("search") / "search"
    options = [*tiny_options(), "--mse-weight", "10", "20", "--trials", "1", "--json", "--quiet"]
    result = run("tune", photos, *options, "--out", folder)
    assert result.code == 0, result.errors
    assert json.loads(result.text) == json.loads((folder / "results.json").read_text())
    return folder


def test_a_search_ends_with_a_table_and_a_picture(out: Path) -> None:
    found = json.loads((out / "results.json").read_text())
    (trial,) = found["trials"]
    assert trial["state"] == "done" and 10 <= trial["settings"]["mse_weight"] <= 20
    assert (
        found["best"] == 0 and found["front"] == [0] and found["ranges"]["mse_weight"] == [10, 20]
    )
    for name in ("results.csv", "front.png", "psnr.png", "study.db", "plan.json"):
        assert (out / name).stat().st_size > 0


def test_help_shows_a_trials_values_and_no_setting_of_a_method_that_is_not_tuned() -> None:
    text = " ".join(run("tune", "--help").text.split())
    assert "Training steps; 0 takes them from epochs. [400]" in text
    assert "--reach" not in text and "--lattices" in text


def test_a_trial_is_an_ordinary_run(out: Path) -> None:
    run, (trial,) = (
        out / "trials" / "0000",
        json.loads((out / "results.json").read_text())["trials"],
    )
    kept = ["config.json", "covers.json", "evaluation.json", "metrics.jsonl", "progress.json"]
    assert sorted(path.name for path in run.iterdir()) == kept
    assert load_run(run / "config.json").loss.mse_weight == trial["settings"]["mse_weight"]
    figures, outcome = (
        json.loads((run / "evaluation.json").read_text())["figures"],
        trial["outcome"],
    )
    assert outcome["psnr"] == figures["psnr"]["value"] and 0 <= outcome["eve"] <= 1
    assert outcome["bits_wrong"] == pytest.approx(1 - figures["right_key"]["value"])


def test_the_folder_alone_is_enough_to_ask_for_more(out: Path) -> None:
    """For as many trials as there are, here; tests/tuning has more."""
    before = json.loads((out / "results.json").read_text())["trials"]
    result = run("tune", "--out", out, "--trials", "1", "--quiet")
    assert result.code == 0, result.errors
    assert result.text.splitlines()[2].split()[:2] == ["0", "best"]
    assert "front.png" in result.errors
    assert json.loads((out / "results.json").read_text())["trials"] == before


def test_another_search_in_the_same_folder(out: Path, photos: Path, tmp_path: Path) -> None:
    words = ["tune", photos, *tiny_options(steps=7), "--mse-weight", "10", "20", "--out", out]
    run(*words).assert_error(1, "searches with steps 6, but 7 is given")
    run("tune", "--out", tmp_path / "new", "--mse-weight", "2", "1").assert_error(
        2, "the range of mse_weight"
    )
    run("tune", "--out", tmp_path / "new", "--trials", "0").assert_error(2, "trials")
    run("tune", "--mse-weight", "5", "--out", tmp_path / "new").assert_error(
        2, "'--out' is no number", "two numbers, LEAST MOST, such as --mse-weight 1 10"
    )
    a_file = photos / "photo-00.png"
    run("tune", "--out", a_file / "new").assert_error(1, f"{a_file} is not a folder")
    run("tune").assert_error(2, "--out")
    new = ["tune", "--out", tmp_path / "new"]
    run(*new, "--steps", "5", "--epochs", "2").assert_error(2, "--steps and --epochs exclude")
    run(*new, "--strategy", "multiworker").assert_error(2, "must be none or mirrored")
    run("tune", tmp_path / "none", *tiny_options(), "--out", tmp_path / "new").assert_error(
        1, "none"
    )


def test_without_optuna_the_extra_is_named(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(extras.importlib, "import_module", missing)
    found = run("tune", photos, *tiny_options(), "--out", tmp_path / "new")
    found.assert_error(1, "optuna", "pip install 'keystego-tf[tune]'")


@pytest.mark.slow
def test_two_processes_share_a_search(photos: Path, tmp_path: Path) -> None:
    words = ["tune", photos, *tiny_options(), "--trials", "4", "--json", "--quiet"]
    both = [start(*words, "--out", tmp_path / "search") for _ in range(2)]
    for process in both:
        _, errors = process.communicate(timeout=240)
        assert process.returncode == 0, errors.decode()
    again = run(*words, "--out", tmp_path / "search")
    trials = [each for each in json.loads(again.text)["trials"] if each["state"] != "stopped"]
    assert [each["state"] for each in trials] == ["done"] * 4
    assert len({each["settings"]["mse_weight"] for each in trials}) == 4


@pytest.mark.slow
def test_ctrl_c_leaves_a_search_that_goes_on(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "search"
    long = tiny_options(steps=100000, checkpoint_interval=1000)
    process = start("tune", photos, *long, "--trials", "1", "--out", out, "--quiet")
    end = time.monotonic() + 120
    while not list(out.glob("trials/*/metrics.jsonl")) and time.monotonic() < end:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"stopped after 0 of 1 trials; go on with: keystego-tf tune --out" in errors
    found = json.loads((out / "results.json").read_text())
    assert [each["state"] for each in found["trials"]] == ["stopped"]
    assert list((out / "trials" / "0000" / "checkpoints").iterdir()), "to go on from"

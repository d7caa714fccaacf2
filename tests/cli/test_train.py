"""The command train, end to end on tiny runs."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import run as run_command
from tiny import tiny_options

from keystego_tf.bundles.bundles import load_bundle, set_weights, weights_of
from keystego_tf.cli.train import SHORT, command_line
from keystego_tf.cli.train import train as train_command
from keystego_tf.io.files import write_whole
from keystego_tf.methods import METHODS, run_config


def train(*arguments: str) -> tuple[int, str, str]:
    result = run_command("train", *arguments, "--quiet")
    return result.code, result.text, result.errors


@pytest.fixture(scope="module")
def run(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    out = tmp_path_factory.mktemp("runs") / "run"
    options = tiny_options(scheme="asymmetric", noise=2.0)
    code, figures, errors = train(str(photos), *options, "--out", str(out), "--json")
    assert code == 0, errors
    return out, json.loads(figures)


def test_a_run_ends_with_figures_bundle_and_picture(run: tuple[Path, dict]) -> None:
    out, figures = run
    assert {"right_key", "wrong_key", "inverted_key", "psnr", "images_without_error"} <= set(
        figures
    )
    assert any("noise" in name for name in figures)
    progress = figures.pop("progress")
    assert list(progress) == ["0", "3", "6"], "start, half, end"
    assert progress["6"]["psnr"] == pytest.approx(figures["psnr"]["value"])
    card = json.loads((out / "bundle" / "card.json").read_text())
    assert card["figures"] == figures and card["steps"] == 6
    assert card["progress"] == progress and card["method"] == "keyed"
    config = json.loads((out / "bundle" / "config.json").read_text())
    assert config["data"]["data"] == "photos"  # the folder's name, not its path
    assert (out / "picture.png").stat().st_size > 0


@pytest.mark.usefixtures("eagerly")
def test_a_run_prints_what_it_reached_on_its_way(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = [*tiny_options("paper-code", steps=2), "--out", str(out)]
    code, text, errors = train(str(photos), *options)
    assert code == 0, errors
    rows, _, figures = text.partition("\n\n")
    assert [line.split()[0] for line in rows.splitlines()] == ["steps", "0", "1", "2"]
    assert "bits right, right key" in figures and "PSNR (dB)" in figures
    assert load_bundle(out / "bundle")[1].method == "paper-code"


def test_bundles_come_back_and_refuse_what_does_not_fit(run: tuple[Path, dict]) -> None:
    folder = run[0] / "bundle"
    agents, _ = load_bundle(folder)
    weights = weights_of(agents)
    name = next(iter(weights))
    short = {key: value for key, value in weights.items() if key != name}
    with pytest.raises(ValueError, match="is missing"):
        set_weights(agents, short)
    with pytest.raises(ValueError, match="belongs to no layer"):
        set_weights(agents, {**weights, "alice/strange/0": weights[name]})
    with pytest.raises(ValueError, match="but must be"):
        set_weights(agents, {**weights, name: weights[name][:1]})
    with pytest.raises(ValueError, match="is not a bundle"):
        load_bundle(run[0])


def test_a_run_is_not_overwritten_by_accident(run: tuple[Path, dict], photos: Path) -> None:
    out = run[0]
    arguments = [
        str(photos),
        *tiny_options(scheme="asymmetric", noise=2.0),
        "--out",
        str(out),
    ]
    code, _, errors = train(*arguments)
    assert code == 1 and "--resume" in errors and "--overwrite" in errors
    code, _, errors = train(*arguments, "--resume", "--learning-rate", "0.5")
    assert code == 2 and "learning_rate" in errors
    (out / "mine.txt").write_text("keep")
    code, _, errors = train(*arguments, "--overwrite")
    assert code == 1 and "mine.txt" in errors and (out / "bundle").is_dir()
    (out / "mine.txt").unlink()


def test_bad_data_is_an_error_before_any_model(photos: Path, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "run")]
    options = tiny_options()
    assert train(str(tmp_path / "none"), *options, *out)[0] == 1
    code, _, errors = train(str(photos), *options, *out, "--test-data", str(photos))
    assert code == 1 and "same picture" in errors
    code, _, errors = train(str(photos), *tiny_options(crops=((1.0, 16, 64),)), *out)
    assert code == 1 and "64" in errors
    assert not (tmp_path / "run").exists()
    a_file = photos / "photo-00.png"
    code, _, errors = train(str(photos), *options, "--out", str(a_file))
    assert code == 2 and "a file, but must be the folder" in errors and a_file.is_file()
    assert train(str(photos), *out, "--bpp", "0.3")[0] == 2
    code, _, errors = train(str(photos), *out, "--crops", "0.9:32")
    assert code == 2 and "'0.9:32' must be SHARE:SIDE:BATCH" in errors
    code, _, errors = train(str(photos), *out, "--crops", "0.9:32:8")
    assert code == 2 and "crops is '0.9:32:8', but the shares must add up to 1" in errors
    assert train(str(photos), *out, "--blur", "-1")[0] == 2


@pytest.mark.usefixtures("eagerly")
def test_dry_run_prints_configuration_and_estimates(photos: Path) -> None:
    code, text, errors = train(str(photos), *tiny_options(), "--dry-run")
    assert code == 0, errors
    for part in ('"message_goal"', "alice", "time: under a minute", "memory: about"):
        assert part in text
    parameters = dict(re.findall(r"^  (\w+) +([\d,]+)$", text, re.MULTILINE))
    assert set(parameters) == {"alice", "bob", "eve"}
    assert int(parameters["eve"].replace(",", "")) > 100


@pytest.mark.usefixtures("eagerly")
def test_a_folder_that_takes_no_files_is_an_error_before_the_work(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "new" / "run"
    monkeypatch.setattr("os.access", lambda path, _: Path(path) != tmp_path)
    rule = f"error: {out} cannot be written: {tmp_path} takes no files of yours"
    code, _, errors = train(str(photos), *tiny_options(), "--out", str(out))
    assert code == 1 and rule in errors and not out.parent.exists()
    code, _, errors = train(str(photos), *tiny_options(), "--dry-run", "--out", str(out))
    assert code == 0, errors
    a_file = photos / "photo-00.png"
    code, _, errors = train(str(photos), *tiny_options(), "--out", str(a_file / "run"))
    assert code == 1 and f"{a_file} is not a folder" in errors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--steps", "9", "--epochs", "2", "--dry-run"), "--steps and --epochs exclude"),
        (("--dry-run", "--json"), "--dry-run and --json exclude each other"),
        (("--dry-run", "--resume"), "--out is needed"),
    ],
)
def test_options_that_contradict_each_other(words: tuple[str, ...], message: str) -> None:
    code, _, errors = train(*words)
    assert code == 2 and message in errors


def test_a_card_shows_no_absolute_path() -> None:
    words = ["train", "/home/me/photos", "--out", "runs/a b", "--bpp", "0.5"]
    assert command_line(words) == "keystego-tf train photos --out 'runs/a b' --bpp 0.5"
    joined = command_line(["tune", "--test-data=/home/me/a trip", "--bpp=0.5"])
    assert joined == "keystego-tf tune '--test-data=a trip' --bpp=0.5"


def test_every_setting_of_every_method_has_an_option() -> None:
    names = {param.name for param in train_command.params}
    for method in METHODS:
        sections = run_config(method).sections().values()
        fields = {spec.name for section in sections for spec in dataclasses.fields(section)}
        assert fields <= names
        assert set(SHORT) <= fields


def test_help_lists_a_methods_own_settings_under_its_name() -> None:
    result = run_command("train", "--help")
    titles = [line.strip() for line in result.text.splitlines() if line.startswith("Method ")]
    owners = ("keyed, costs, paper, paper-code", "keyed", "lattice", "costs", "paper")
    assert titles == [f"Method {each}:" for each in owners]
    weights = [word for word in result.text.split() if word.endswith("-weight")]
    assert {"--mse-weight", "--message-weight", "--image-weight"} <= set(weights)


def test_help_shows_the_default_methods_values() -> None:
    text = " ".join(run_command("train", "--help").text.split())
    steps = run_config("keyed").training.steps
    assert f"Training steps; 0 takes them from epochs. [{steps}]" in text
    assert 'images a batch; as "0.9:32:8,0.1:64:4". [0.9:32:8,0.1:64:2]' in text


def test_a_setting_of_another_method_is_refused(photos: Path, tmp_path: Path) -> None:
    words = [str(photos), "--out", str(tmp_path / "run"), "--method", "paper-code"]
    code, _, errors = train(*words, "--key-filters", "8")
    assert code == 2 and "method paper-code has no setting 'key_filters'" in errors
    code, _, errors = train(*words[:-1], "best")
    assert code == 2 and "'best' is not one of" in errors


def test_help_loads_no_tensorflow() -> None:
    code = (
        "import sys; from keystego_tf.cli import main\n"
        "try: main(['train', '--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_write_whole_leaves_the_old_file_where_it_fails(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    with pytest.raises(TypeError):
        write_whole(path, "text")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1

"""The command evaluate: a report from a model and photos."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from commands import run, write_photo

from keystego_tf.bundles.catalogue import bundled

needs_extra = pytest.mark.skipif(
    find_spec("sealwatch") is None or find_spec("matplotlib") is None,
    reason="the evaluation extra is not installed",
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(6):
        write_photo(folder / f"{seed}.png", 256, 256, seed)
    return folder


@needs_extra
def test_a_section_of_a_bundled_model(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    name = bundled()[0].name
    words = ["evaluate", name, "--covers", photos, "--out", out, "--size", "quick"]
    words += ["--sections", "stegexpose", "--methods", "lsb-matching", "--quiet"]
    words += ["--set", "stegexpose_images=5", "--set", "stegan_steps=1"]
    result = run(*words)
    assert result.code == 0, result
    assert result.text.startswith("size quick: a few images each, the figures say nothing\n")
    assert "StegExpose, area under the curve" in result.text
    assert "to hold, ours must be" in result.text and "0.430 to 0.570" in result.text
    report = json.loads((out / "report.json").read_text())
    (section,) = report["sections"]
    assert section["name"] == "stegexpose" and section["seconds"] > 0
    rows = {row["method"]: row for row in section["tables"][0]["rows"]}
    assert {name, "lsb-matching", "lsb-replacement"} <= set(rows)
    assert rows["lsb-replacement"]["images"] == 5
    command = section["command"]
    assert command.endswith("--sections stegexpose") and str(photos.parent) not in command
    assert "--set stegexpose_images=5" in command
    assert (out / "index.html").is_file() and (out / "stegexpose.html").is_file()
    kept = sorted((out / "cache").iterdir())
    times = [path.stat().st_mtime_ns for path in kept]
    assert run(*words).code == 0
    assert [path.stat().st_mtime_ns for path in sorted((out / "cache").iterdir())] == times


@pytest.mark.parametrize(
    "words, part",
    [
        (["--sections", "none"], "section is 'none', but must be one of invisibility"),
        (["--size", "huge"], "size is 'huge', but must be one of quick"),
        (["--set", "folds"], "--set folds must be NAME=VALUE"),
        (["--set", "folds=1"], "folds is 1, but must be 2 or more"),
        (["--set", "many=1"], "there is no size 'many'"),
        (["--methods", "none"], "method is 'none', but must be one of syndrome"),
        (["--seed", "-1"], "seed is -1, but must be 0 or more"),
    ],
)
def test_wrong_use(words: list[str], part: str, photos: Path, tmp_path: Path) -> None:
    result = run("evaluate", "--covers", photos, "--out", tmp_path / "x", *words)
    result.assert_error(2, part)
    assert not (tmp_path / "x").exists()


def test_what_cannot_be_measured_is_an_error_and_leaves_nothing(
    photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "x"
    result = run("evaluate", "none", "--covers", photos, "--out", out)
    result.assert_error(1, "model is 'none', but must be one of ")
    first, other = (model.name for model in bundled()[:2])
    result = run("evaluate", first, "--covers", tmp_path / "none", "--out", out)
    result.assert_error(1, "there is no such directory")
    words = ["--other-weights", other, "--size", "quick"]
    result = run("evaluate", first, "--covers", photos, "--out", out, *words)
    result.assert_error(1, f"{other} is no other training", "and other weights")
    assert not out.exists()


@pytest.mark.parametrize(
    ("count", "sections", "parts"),
    [
        (1, "training", ["of 1 photos in --covers 0 are left", "at least 1 are needed"]),
        (6, "ats", ["of 6 photos in --covers 3 are left", "at least 8", "with --attacker-covers"]),
    ],
)
def test_too_few_photos_are_an_error_before_the_work(
    count: int, sections: str, parts: list[str], tmp_path: Path
) -> None:
    covers, out = tmp_path / "covers", tmp_path / "x"
    covers.mkdir()
    for seed in range(count):
        write_photo(covers / f"{seed}.png", 128, 128, seed)
    words = [bundled()[0].name, "--covers", covers, "--out", out, "--size", "quick"]
    result = run("evaluate", *words, "--sections", sections)
    result.assert_error(1, *parts)
    assert not out.exists()


def test_the_folder_of_the_report_is_looked_at_before_the_work(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    words = ["evaluate", "none", "--covers", photos, "--out"]
    run(*words, photos).assert_error(1, f"{photos} has other files in it: --out must be a new")
    run(*words, tmp_path / "file").assert_error(2, "is a file")
    run(*words, tmp_path / "file" / "x").assert_error(1, "file is not a folder")
    for name in ("report.json", "cache"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
        run(*words, tmp_path / name).assert_error(1, "model is 'none'")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    run(*words, tmp_path / "new").assert_error(1, "cannot be written", "takes no files of yours")


def test_help_loads_no_tensorflow() -> None:
    code = (
        "import sys; from keystego_tf.cli import main\n"
        "try: main(['evaluate', '--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_help_names_every_section_and_classical_method() -> None:
    from keystego_tf.baselines.table import CLASSICAL
    from keystego_tf.evaluation.runner import QUESTIONS

    named = " ".join(run("evaluate", "--help").text.split())
    assert f"Measure these only: {', '.join(QUESTIONS)}." in named
    # a line can end at a hyphen
    assert f"classical methods only: {', '.join(CLASSICAL)}." in named.replace("- ", "-")

"""keystego-tf export, end to end."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from keystego_tf.bundles.catalogue import bundled
from keystego_tf.cli import main
from keystego_tf.exporting import formats


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["export", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", [model.name for model in bundled()])
def test_every_bundled_model_exports_within_the_bars(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, text, errors = run("--model", name, "--out", out, "--side", 64, "--json")
    assert code == 0, errors
    manifest = json.loads(text)
    assert manifest == json.loads((out / "manifest.json").read_text())
    assert manifest["measured_on"]["images"] == 100
    assert manifest["measured_on"]["covers"] == "synthetic"
    for entry in manifest["artefacts"]:
        assert entry["measured"]["share_differing"] <= formats.BARS[entry["format"]]
        if entry["agent"] == "pk_generator":
            assert entry["measured"]["bits_differing_from_keras"] == 0
            assert entry["measured"]["bits"] == 1000 * 16 * 16
    assert "bob-int8.tflite" in errors


def test_errors_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, out = ["--model", "keyed-symmetric-0.0625"], ["--out", tmp_path / "out"]
    code, _, errors = run("--model", "none", *out)
    assert code == 1 and "model is 'none'" in errors
    code, _, errors = run(*model, *out, "--side", 30)
    assert code == 1 and "side is 30" in errors
    code, _, errors = run(*model, *out, "--photos", tmp_path)
    assert code == 1 and "holds no usable cover" in errors
    (tmp_path / "file").touch()
    code, _, errors = run(*model, "--out", tmp_path)
    assert code == 1 and "is in use" in errors
    code, _, errors = run(*model, "--out", tmp_path / "file")
    assert code == 2 and "is a file" in errors
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: False)
        code, _, errors = run(*model, *out)
    assert code == 1 and f"{tmp_path} takes no files of yours" in errors
    assert run(*model)[0] == 2
    assert not (tmp_path / "out").exists()


def test_a_file_that_will_not_do_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(formats.BARS, "saved_model", -1.0)
    code, text, errors = run(
        "--model", "keyed-symmetric-0.0625", "--out", tmp_path / "out", "--side", 16
    )
    assert code == 1 and text == ""
    assert errors.splitlines()[-1].startswith("error: saved_model/bob will not do: 0 of ")
    assert list(tmp_path.iterdir()) == []

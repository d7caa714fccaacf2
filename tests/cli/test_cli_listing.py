"""capacity and models."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from commands import run, write_photo

from keystego_tf.bundles.catalogue import bundled


def columns(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_capacity_is_an_aligned_table_and_what_it_says_fits(
    photo: Path, keys: Path, tmp_path: Path
) -> None:
    result = run("capacity", photo)
    assert result.code == 0 and result.errors == ""
    head, *rows = columns(result.text)
    assert head == ["model", "bits/pixel", "tiles", "bytes"]
    assert [row[0] for row in rows] == [each.name for each in bundled()]
    assert len({len(line) for line in result.text.splitlines()}) == 1
    figures = json.loads(run("capacity", photo, "--json").text)
    assert [f"{each['bytes']:,}" for each in figures] == [row[3] for row in rows]
    assert {each["tiles"] for each in figures} == {2}
    assert [each["bits_per_pixel"] for each in figures] == [float(row[1]) for row in rows]
    most = figures[1]["bytes"]
    words = ["hide", photo, "--key", keys / "shared.key", "-o", tmp_path / "out.png"]
    assert run(*words, stdin=os.urandom(most)).code == 0
    run(*words, "--overwrite", stdin=os.urandom(most + 1)).assert_error(1, f"{most:,}")


def test_capacity_of_one_model_and_of_too_small_an_image(photo: Path, tmp_path: Path) -> None:
    rows = json.loads(run("capacity", photo, "--model", "asymmetric-0.5", "--json").text)
    assert [row["model"] for row in rows] == ["asymmetric-0.5"]
    small = write_photo(tmp_path / "small.png", 300, 127)
    result = run("capacity", small)
    assert result.code == 0 and "smaller than a tile" in result.errors
    assert all(row[2:] == ["0", "none"] for row in columns(result.text)[1:])
    assert {row["bytes"] for row in json.loads(run("capacity", small, "--json").text)} == {None}


def test_capacity_of_what_is_none(tmp_path: Path, photo: Path, keys: Path) -> None:
    run("capacity", tmp_path / "none.png").assert_error(1, "No such file")
    run("capacity", keys / "anna.pub").assert_error(1, "is not an image")
    run("capacity", photo, "--model", "strange").assert_error(1, "strange")
    run("capacity").assert_error(2, "IMAGE")


def test_models_show_the_figures_of_their_cards() -> None:
    result = run("models")
    assert result.code == 0 and result.errors == ""
    cards = json.loads(run("models", "--json").text)
    for model, card, line in zip(bundled(), cards, result.text.splitlines()[1:]):
        assert card["figures"] == model.card["figures"] and card["generator"] == model.generator
        shown = line.split()
        assert shown[:3] == [model.name, model.agents.scheme, f"{model.agents.bits_per_pixel:g}"]
        figures = card["figures"]
        assert shown[3] == f"{100 * figures['right_key']['value']:.2f}"
        assert shown[5] == f"{100 * figures['wrong_key']['value']:.2f}"
        assert shown[7:9] == [f"{figures['psnr']['value']:.1f}", "dB"]
        size = sum(path.stat().st_size for path in model.folder.iterdir())
        assert card["bytes"] == size and shown[9:] == [f"{size / 1e6:.1f}", "MB"]


def test_a_card_without_figures_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (model := bundled()):
        each.__dict__["card"] = {}  # as cached_property keeps it
    monkeypatch.setattr("keystego_tf.bundles.catalogue.bundled", lambda: model)
    result = run("models")
    assert result.code == 0 and columns(result.text)[1][3:6] == ["-", "-", "-"]

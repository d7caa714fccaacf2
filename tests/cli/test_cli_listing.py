"""capacity and models."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from commands import run, write_photo
from PIL import Image

from keystego_tf.bundles.catalogue import bundled
from keystego_tf.channel.platforms import PLATFORMS


def columns(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_capacity_is_an_aligned_table_and_what_it_says_fits(
    photo: Path, keys: Path, tmp_path: Path
) -> None:
    result = run("capacity", photo)
    assert result.code == 0 and result.errors == ""
    head, *rows = columns(result.text)
    assert head == ["for", "embedder", "bytes"]
    embedders = ["syndrome", *(each.name for each in bundled())]
    places = [["file", each] for each in embedders] + [[each, "qim"] for each in PLATFORMS]
    assert [row[:2] for row in rows] == [*places, ["jpeg:50", "qim"]]
    assert len({len(line) for line in result.text.splitlines()}) == 1
    figures = json.loads(run("capacity", photo, "--json").text)
    shown = ["none" if each["bytes"] is None else f"{each['bytes']:,}" for each in figures]
    assert shown == [row[2] for row in rows]
    small = write_photo(tmp_path / "small.png", 64, 64)
    most = json.loads(run("capacity", small, "--json").text)[0]["bytes"]
    words = ["hide", small, "--to", keys / "anna.pub", "-o", tmp_path / "out.png"]
    assert run(*words, stdin=os.urandom(most)).code == 0
    run(*words, "--overwrite", stdin=os.urandom(most + 1)).assert_error(1, f"{most:,}")


def test_capacity_of_one_embedder_and_of_too_small_an_image(photo: Path, tmp_path: Path) -> None:
    for name in ("syndrome", bundled()[0].name):
        rows = json.loads(run("capacity", photo, "--model", name, "--json").text)
        assert [row["embedder"] for row in rows] == [name]
    small = write_photo(tmp_path / "small.png", 300, 63)
    result = run("capacity", small)
    assert result.code == 0
    holds = {row[0] for row in columns(result.text)[1:] if row[2] != "none"}
    assert holds == {"instagram"}, "which enlarges it"
    figures = json.loads(run("capacity", small, "--json").text)
    assert {row["destination"] for row in figures if row["bytes"]} == holds


def test_capacity_of_a_jpeg_says_what_nets_need(photo: Path, tmp_path: Path) -> None:
    jpeg = tmp_path / "photo.jpg"
    Image.open(photo).convert("RGB").save(jpeg)
    for words, noted in (([], True), (["--model", "syndrome"], False), (["--json"], False)):
        result = run("capacity", jpeg, *words)
        assert result.code == 0 and ("nets write no JPEG" in result.errors) == noted
        assert "note" not in result.text


def test_capacity_of_what_is_none(tmp_path: Path, photo: Path, keys: Path) -> None:
    run("capacity", tmp_path / "none.png").assert_error(1, "No such file")
    run("capacity", keys / "anna.pub").assert_error(1, "is not an image")
    run("capacity", photo, "--model", "strange").assert_error(1, "strange")
    run("capacity").assert_error(2, "IMAGE")


def test_models_show_the_figures_of_their_cards() -> None:
    result = run("models")
    assert result.code == 0 and result.errors == ""
    cards = json.loads(run("models", "--json").text)
    assert cards[0] == {"name": "syndrome", "bytes": 0}
    first, *_, last = (line.split() for line in result.text.splitlines()[1:])
    assert first == ["syndrome", "either", "all", *"-----"]
    assert last[:6] == ["costs-0.4", "either", "all", "0.4", "-", "-"], "it has no Bob"
    for model, card, line in zip(bundled(), cards[1:], result.text.splitlines()[2:]):
        assert card["figures"] == model.card["figures"]
        shown = line.split()
        scheme = "asymmetric" if model.agents.asymmetric else "symmetric"
        photos = "colour" if model.agents.channels == 3 else "gray"
        assert shown[:4] == [model.name, scheme, photos, f"{model.agents.bits_per_pixel:g}"]
        figures = card["figures"]
        assert shown[4] == f"{100 * figures['right_key']['value']:.2f}"
        assert shown[6] == f"{100 * figures['wrong_key']['value']:.2f}"
        assert shown[8:10] == [f"{figures['psnr']['value']:.1f}", "dB"]
        size = sum(path.stat().st_size for path in model.folder.iterdir())
        assert card["bytes"] == size and shown[10:] == [f"{size / 1e6:.1f}", "MB"]


def test_a_card_without_figures_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (model := bundled()):
        each.__dict__["card"] = {}  # as cached_property keeps it
    monkeypatch.setattr("keystego_tf.bundles.catalogue.bundled", lambda pricing: model)
    result = run("models")
    assert result.code == 0 and columns(result.text)[2][4:7] == ["-", "-", "-"]


def test_channel_measure(tmp_path: Path) -> None:
    sent, back = write_photo(tmp_path / "sent.png", 1700, 100), tmp_path / "back.jpg"
    back.write_bytes(PLATFORMS["whatsapp"].send(Image.open(sent)))
    result = run("channel", "measure", sent, back)
    assert (result.code, result.errors) == (0, "")
    first, coding, known, *rest = result.text.splitlines()
    assert first == "size: 1700 x 100 came back as 1600 x 94 pixels"
    assert coding == "coding: baseline, 4:2:0, quality: none of libjpeg's"
    assert known == "known platforms with this luma table: whatsapp, whatsapp-hd"
    assert rest[0] == "luma:" and rest[1].split() == ["6", "6", "6", "7", "10", "15", "22", "34"]
    figures = json.loads(run("channel", "measure", sent, back, "--json").text)
    assert figures["returned"] == [1600, 94] and len(figures["chroma"]) == 8
    assert "byte for byte" in run("channel", "measure", back, back).text
    run("channel", "measure", back, sent).assert_error(1, "but a JPEG with")
    run("channel", "measure", back).assert_error(2, "RETURNED")

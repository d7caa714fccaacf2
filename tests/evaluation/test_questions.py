"""Questions about trained models, on schemes whose answers are known."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from block_scheme import Blocks, flat_tiles
from contexts import context

from keystego_tf.baselines.syndrome import Syndrome
from keystego_tf.bundles.bundles import CARD, LOG, Log
from keystego_tf.bundles.catalogue import Model, bundled
from keystego_tf.cli import main
from keystego_tf.evaluation import invisibility, recompression, training, unrecoverability
from keystego_tf.evaluation.context import Context
from keystego_tf.evaluation.covers import Covers
from keystego_tf.evaluation.results import Section
from keystego_tf.evaluation.stegos import Group
from keystego_tf.key_attacks.user_key import UserKeys
from keystego_tf.methods import run_config
from keystego_tf.metrics.statistics import share
from keystego_tf.report import values

pytestmark = pytest.mark.ci

KEYED: Log = {
    "step": [100, 200, 300, 400],
    "right_key": [0.5, 0.95, 0.89, 0.995],
    "wrong_key": [0.5, None, 0.51, 0.5],
    "psnr": [20.0, 25.0, None, None],
}


def trained_model(folder: Path, log: Log | None) -> Model:
    folder.mkdir()
    (folder / CARD).write_text(json.dumps({"command": "keystego-tf train"}))
    if log is not None:
        (folder / LOG).write_text(json.dumps(log))
    return Model(folder.name, folder, run_config())


def test_curves_of_bundles_that_carry_a_log(tmp_path: Path) -> None:
    paper: Log = {"step": [50], "right_key": [0.7]}  # nobody decodes with a wrong key there
    logs = {"keyed": KEYED, "paper": paper, "old": None}
    models = [trained_model(tmp_path / name, log) for name, log in logs.items()]
    section = training.run(context(side=16, models=models))
    plots = {plot.name: plot for plot in section.plots}
    assert list(plots) == ["training-right-key", "training-wrong-key", "training-psnr"]
    right, wrong = plots["training-right-key"], plots["training-wrong-key"]
    assert [each.name for each in right.series] == ["keyed", "paper"]
    assert [each.name for each in wrong.series] == ["keyed"]
    assert right.series[0].x == [100, 200, 300, 400] and right.series[0].y[1] == 95
    assert wrong.series[0].x == [100, 300, 400] and right.paper == "Fig. 4"
    (table,) = section.tables
    row = table.rows[0]
    assert (row["reads_0.9"], row["reads_0.99"], row["psnr"]) == (400, 400, 25.0)
    assert table.rows[1]["wrong_key"] is None and table.rows[1]["reads_0.9"] is None
    assert "old" in section.notes[-1] and set(section.settings) == {"keyed", "paper"}


@pytest.mark.parametrize(
    "values, step",
    [([0.95, 0.96], 1), ([0.5, 0.95], 2), ([0.95, 0.5], None), ([None, 0.95], 2), ([], None)],
)
def test_the_step_after_which_bob_reads(values: list, step: int | None) -> None:
    assert training.reached({"step": [1, 2], "right_key": values}, 0.9) == step


def attacked(monkeypatch: pytest.MonkeyPatch, keyed: bool, cache: Path | None = None) -> Section:
    """The section of a symmetric and an asymmetric one-time pad, or of shams of them."""
    configs = {name: run_config(scheme=name, filters=2) for name in ("symmetric", "asymmetric")}
    models = [Model(name, Path(name), config) for name, config in configs.items()]

    def loaded(folder: Path) -> tuple[Any, Any]:
        scheme = Blocks(configs[folder.name].agents, keyed)
        scheme.bob_under_mask = None  # type: ignore[attr-defined]
        return scheme, configs[folder.name]

    kinds = {"key file": UserKeys(share(9, 9), share(1 if keyed else 2, 2))}
    monkeypatch.setattr(unrecoverability, "load_bundle", loaded)
    monkeypatch.setattr(unrecoverability, "lite_runner", lambda model: None)
    monkeypatch.setattr(unrecoverability, "one_bit_off", lambda *_, **__: kinds)
    monkeypatch.setattr(unrecoverability, "Net", lambda model: SimpleNamespace(identity=model.name))
    tiles, places = np.stack(flat_tiles(10)), np.arange(10)
    covers = Covers(tiles[:6], places[:6], tiles[6:], places[6:])
    small = context(cache, side=16, recovery_images=6, attack_steps=2, inversion_steps=2)
    return unrecoverability.run(Context(models, covers, small.sizes, cache=small.cache))


class Coarse:
    """A bit as the brightness of the whole image."""

    name, bits_per_pixel, identity = "coarse", 0.5, "coarse"

    def embed(self, cover_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.full_like(cover_u8, 60 + 120 * rng.integers(2))

    def bits_read(self, stego_u8: np.ndarray, rng: np.random.Generator) -> float:
        return float((stego_u8.mean() > 120) == rng.integers(2))


def rows(section: Section, table: str) -> dict[str, Any]:
    """Of each column but the first, the figures by model."""
    (own,) = [each for each in section.tables if each.name == table]
    return {
        column.name: {str(row["model"]): row.get(column.name) for row in own.rows}
        for column in own.columns[1:]
    }


def test_a_pad_gives_chance_to_wrong_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    section = attacked(monkeypatch, keyed=True, cache=tmp_path)
    keys = rows(section, "keys")
    assert keys["the right key"]["symmetric"].value == 1
    assert keys[unrecoverability.KEYS["inverted_key"]]["asymmetric"].value == 0
    assert keys["a wrong key"]["symmetric"].value == pytest.approx(0.5, abs=0.1)
    assert unrecoverability.KEYS["under_public_key"] not in keys
    known = rows(section, "known-plaintext")
    assert known["1 other messages under the same key"]["symmetric"].value == 1
    given = {f"also gets {knows}" for knows in ("nothing", "secret key", "public key")}
    assert set(rows(section, "decoders")) == given
    curve = section.plots[0].series[0]
    assert curve.x == [1, 2, 4, 8, 16, 32, 64]
    assert curve.y == pytest.approx([100 * (1 - count / 64) for count in curve.x])
    claims = {(claim.subject, claim.what): claim for claim in section.claims}
    assert len(claims) == 9 and "50.71" in claims["symmetric", "a wrong key reads"].paper
    assert claims["symmetric", "the user's key, one bit off, reads"].holds
    again = attacked(monkeypatch, keyed=False, cache=tmp_path)
    assert again.claims == section.claims, "a second run attacks nothing"


def test_a_sham_holds_no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    section = attacked(monkeypatch, keyed=False)
    for row in rows(section, "keys").values():
        assert row["symmetric"] is None or row["symmetric"].value == 1
    # A decoder trained for two steps learns nothing, with the key or without it.
    keyless = [each for each in section.claims if "no key" in each.what]
    assert {values.verdict(each) for each in keyless} == {"not measured"}
    others = [each for each in section.claims if "decoder" not in each.what]
    assert {each.what for each in others if each.holds} == {"the right key reads, 0.0625 bpp"}


def test_what_is_changed_is_measured_and_shown() -> None:
    given = context(count=2, models=bundled()[:1], methods=("lsb-matching",), stegan_steps=1)
    section = invisibility.run(given)
    (table,) = section.tables
    assert [row["method"] for row in table.rows][-2:] == ["ste-gan-ography", "lsb-matching"]
    net, _, matching = table.rows
    assert net["bits_read"].value > 0.85 and matching.get("bits_read") is None  # type: ignore
    rate = given.models[0].agents.bits_per_pixel
    # LSB matching changes half of the samples that carry a bit, by one.
    assert matching["samples_changed"].value == pytest.approx(rate / 6, rel=0.1)  # type: ignore
    assert matching["mse"].value == matching["samples_changed"].value  # type: ignore
    assert len(section.pictures) == 3 and len(section.plots[0].series) == 3
    psnr, ssim = section.claims
    assert psnr.ours.value == net["psnr"].value - table.rows[1]["psnr"].value  # type: ignore
    assert psnr.holds and ssim.holds, "better than ste-GAN-ography after a step"


@pytest.mark.slow
def test_every_question_in_quick_size(tmp_path: Path) -> None:
    words = ["evaluate", bundled()[0].name, "--covers", "synthetic", "--size", "quick", "--quiet"]
    words += ["--methods", "lsb-matching", "--out", str(tmp_path / "report")]
    main(words, standalone_mode=False)
    index = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    for title in ("Invisibility", "Known answers", "Detection by attackers who learn"):
        assert title in index


def test_what_survives_jpeg_and_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message in the mean of a tile survives, one in the lowest bits does not."""
    monkeypatch.setattr(recompression, "QUALITIES", (95, 50))
    methods = (Coarse(), Syndrome(0.5))
    monkeypatch.setattr(recompression, "groups", lambda *_, **__: [Group(1, 0.5, methods)])
    section = recompression.run(context(count=2, side=32, channels=1))
    once, twice = section.plots
    coarse, syndrome = once.series
    assert coarse.x == [95, 50] and coarse.y == [100, 100]
    assert all(30 < share < 70 for share in syndrome.y)
    assert "twice" in twice.title and len(twice.series) == 2
    (table,) = section.tables
    png, *platforms = table.rows
    assert png["syndrome"].value == 1  # type: ignore[union-attr]
    assert "WhatsApp, WhatsApp HD: once" in [row["what"] for row in platforms]
    assert all(row["coarse"].value == 1 for row in platforms)  # type: ignore[union-attr]


def test_detection_and_recompression_load_no_tensorflow() -> None:
    words = "import sys; from keystego_tf.evaluation import ats, detection, jpeg, recompression"
    code = f"{words}; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

"""The section integrity: what of the e-mail run it shows. The run itself: test_integrity.py."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keystego_tf.bundles.catalogue import Model, bundled
from keystego_tf.codec import DoesNotFit
from keystego_tf.config.run import RunConfig
from keystego_tf.data.synthetic import SyntheticCovers
from keystego_tf.evaluation import integrity, suite
from keystego_tf.evaluation.cache import Cache
from keystego_tf.evaluation.covers import Covers
from keystego_tf.evaluation.integrity import Exchange, Reading
from keystego_tf.evaluation.sections import integrity as section
from keystego_tf.evaluation.sizes import sizes
from keystego_tf.evaluation.suite import Context
from keystego_tf.metrics.statistics import share

GENERATED = np.random.default_rng(0).integers(40, 200, (12, 128, 128, 3)).astype(np.uint8)


def context_of(models: list[Model], cache: Path | None = None, **changed: Any) -> Context:
    covers = Covers(GENERATED[:8], np.arange(8), GENERATED[8:], np.arange(8, 12))
    return Context(models, covers, sizes("quick", **changed), cache=Cache(cache))


def made_up(
    model: Model, covers: list, text: str | None, layer: str, seed: int, timeout: float
) -> Exchange:
    """B reads 1,020 of 1,024 bits, C half of them."""
    raw = layer == "raw"
    good = Reading(share(1020, 1024) if raw else None, share(1, 1), text or "The boat\n")
    bad = Reading(share(512, 1024) if raw else None, share(0, 1), "\x00\ufffdx" if raw else None)
    asymmetric = model.agents.asymmetric
    under = good if raw and asymmetric else None
    return Exchange(model.name, layer, text or "T", len(covers), good, bad, under, [1], 1.0)


def model_of(scheme: str) -> Model:
    return Model(f"{scheme}-test", Path("nowhere") / scheme, RunConfig().replace(scheme=scheme))


def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "run", made_up)
    monkeypatch.setattr(section, "carrying", lambda model, covers, count: list(covers[:count]))


def test_what_b_and_c_read_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    patched(monkeypatch)
    found = section.run(context_of([model_of("symmetric"), model_of("asymmetric")], mails=7))
    figures, texts = found.tables
    assert len(figures.rows) == 2 * 4 + 1  # C under the public key is asymmetric and raw
    raw = [row for row in figures.rows if row["layer"] == "raw"]
    assert {row["mails"] for row in raw} == {7}
    assert any("public key in place" in str(row["reader"]) for row in raw)
    shown = [row["text"] for row in texts.rows]
    assert "The boat�" in shown and "��x" in shown and "(nothing found)" in shown
    claims = {claim.what: claim for claim in found.claims}
    assert len(claims) == 8
    assert not claims["symmetric-test: B reads"].holds  # 99.6 % are fewer than the paper's 99.8 %
    assert claims["asymmetric-test: C reads"].holds
    assert claims["symmetric-test, payload layer: mails that B reads exactly"].holds


def test_mosaics_are_of_four_tiles() -> None:
    found = section.mosaics(GENERATED)
    assert len(found) == 3 and found[0].shape == (256, 256, 3)
    for place, number in (((0, 0), 0), ((1, 0), 1), ((0, 1), 2), ((1, 1), 3)):
        top, left = (128 * each for each in place)
        own = found[1][top : top + 128, left : left + 128]
        np.testing.assert_array_equal(own, GENERATED[4 + number])
    assert len(section.mosaics(GENERATED[:1])) == 1


def test_covers_that_hide_refuses_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(image: Any, message: bytes, **_: Any) -> None:
        if np.asarray(image).mean() < 10:
            raise DoesNotFit("too dark", 0)

    monkeypatch.setattr(section, "hide", refuses)
    dark, light = np.zeros((256, 256, 3), np.uint8), np.full((256, 256, 3), 99, np.uint8)
    found = section.carrying(model_of("symmetric"), [dark, light, light], 1)
    assert len(found) == 1 and found[0] is light
    with pytest.raises(ValueError, match="can hide the text in none of 1 covers"):
        section.carrying(model_of("symmetric"), [dark], 1)


def test_a_second_run_sends_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    patched(monkeypatch)
    models = [model_of("symmetric")]
    first = section.run(context_of(models, tmp_path))
    monkeypatch.setattr(integrity, "run", None)
    assert dataclasses.asdict(section.run(context_of(models, tmp_path))) == dataclasses.asdict(
        first
    )


@pytest.mark.slow
def test_the_section_of_a_bundled_model() -> None:
    pytest.importorskip("aiosmtpd.smtp", reason="the e-mail run needs aiosmtpd")
    scenes = SyntheticCovers(3, 128, 0, 12)
    tiles = np.stack([scenes.image(index) for index in range(12)])
    covers = Covers(tiles[:8], np.arange(8), tiles[8:], np.arange(8, 12))
    context = Context(bundled()[:1], covers, sizes("quick", mails=2))
    (found,) = suite.run(context, ["integrity"])
    assert found.claims[0].ours.value > 0.99 and len(found.claims) == 4
    assert all(claim.holds for claim in found.claims[2:])

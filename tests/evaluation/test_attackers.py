"""Attackers of an evaluation: those of steganalysis/, with power, control and sham beside them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contexts import context

from keystego_tf.baselines.coefficients import CoefficientMatching
from keystego_tf.baselines.controls import Sham
from keystego_tf.baselines.lsb import LsbMatching, LsbReplacement
from keystego_tf.evaluation import ats, attackers, controls, jpeg, stegexpose
from keystego_tf.evaluation.attackers import POWER
from keystego_tf.evaluation.cache import Cache
from keystego_tf.evaluation.context import Context
from keystego_tf.evaluation.stegos import Group, embedded
from keystego_tf.metrics.statistics import Estimate
from keystego_tf.steganalysis import classifier, roc
from keystego_tf.steganalysis.features import extract
from keystego_tf.steganalysis.scores import Scores, scores

pytestmark = [
    pytest.mark.ci,
    pytest.mark.skipif(
        find_spec("sealwatch") is None, reason="the evaluation extra is not installed"
    ),
]

COUNT = 30


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return context(tmp_path_factory.mktemp("cache"), COUNT, 48, 1)


def test_a_trained_attacker_is_cross_validated(
    small: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = covers, sources = small.covers.test, small.covers.test_sources
    method = LsbMatching(1.0)
    own = attackers.trained(small, method, pool, "spam")
    stegos = embedded(small, method, covers)
    expected = classifier.cross_validate(
        *map(extract, (covers, stegos)),
        attackers.ensemble(COUNT),
        small.sizes.folds,
        sources=sources,
    )
    np.testing.assert_array_equal(own.stegos, expected.stegos)
    np.testing.assert_array_equal(own.covers, expected.covers)
    monkeypatch.setattr(attackers, "cross_validate", None)  # the cache answers who asks again
    again = attackers.trained(small, method, pool, "spam")
    np.testing.assert_array_equal(again.stegos, own.stegos)


def test_another_attacker_learns_from_his_own_stego_images(small: Context) -> None:
    pool = small.covers.test, small.covers.test_sources
    blind = attackers.trained(small, LsbMatching(1.0), pool, "spam", Sham())
    same = attackers.trained(small, LsbMatching(1.0), pool, "spam")
    assert (blind.covers != same.covers).any()
    alone = attackers.unsupervised(small, LsbMatching(1.0), pool, "spam")
    assert len(alone.covers) == len(alone.stegos) == COUNT // 2


def test_strangers_cannot_be_told_apart(small: Context) -> None:
    estimate = roc.accuracy(attackers.trained(small, None, small.covers.pool(), "spam"))
    assert estimate.images == COUNT
    assert estimate.low <= 0.5 <= estimate.high


def known(right: int, images: int = 100) -> Scores:
    """An attacker who is right of so many of a hundred covers and stego images."""
    hits = np.where(np.arange(images) < right * images // 100, 1.0, -1.0)
    return scores(-hits, hits)


@pytest.mark.parametrize(
    ("own", "control", "result"),
    [(90, 95, "found"), (52, 95, "not found"), (52, 51, "no power"), (90, 50, "found")],
)
def test_what_a_row_says(own: int, control: int, result: str) -> None:
    row = attackers.row("m", "a", known(own), known(control), known(50))
    assert set(row) == {column.name for column in POWER}
    assert (row["result"], row["covers"]) == (result, 100)
    detectable = row["detectable"]
    assert isinstance(detectable, float) and 0.59 < detectable < 0.61  # 2.8 / (2 sqrt(200))
    assert isinstance(row["sham"], Estimate) and row["sham"].value == 0.5


def test_the_control_has_twice_the_payload_and_no_more_than_fits() -> None:
    assert attackers.control_of(Group(3, 0.5, ())).bits_per_pixel == 1
    assert attackers.control_of(Group(1, 0.7, ())).bits_per_pixel == 1


def test_attackers_side_by_side_score_the_same(tmp_path: Path) -> None:
    """Whatever other processes make is found again in the cache."""
    one = context(count=8, channels=1, side=64)
    two = replace(one, jobs=2, cache=Cache(tmp_path))
    methods, pool = [LsbMatching(0.5), LsbReplacement(0.5)], one.covers.pool()
    attack: attackers.Attack = partial(attackers.trained, pool=pool, name="spam")
    given = "SPAM", attack, methods, LsbMatching(1.0)
    assert attackers.rows(two, *given) == attackers.rows(one, *given)
    made = sorted(tmp_path.iterdir())
    again = replace(two, jobs=1)
    assert attackers.rows(again, *given) == attackers.rows(one, *given)
    assert made and sorted(tmp_path.iterdir()) == made


def test_table_two_without_models(small: Context) -> None:
    """Classical methods at the paper's payload, in grayscale, every protocol that they have."""
    given = Context(small.models, small.covers, small.sizes, cache=small.cache, methods=("wow",))
    given = Context(
        **{**vars(given), "sizes": context(side=8, spam_images=20, srmq1_images=4).sizes}
    )
    section = ats.run(given)
    (table,) = section.tables
    kinds = {(row["attacker"], row["has"]) for row in table.rows}
    has = (ats.UNSUPERVISED, ats.SAME)
    assert kinds == {(name, each) for name in ("SPAM", "SRMQ1") for each in has}
    assert table.name == "ats-0.5-gray", "a method of the paper's table"
    assert {row["paper"] for row in table.rows} == {"75 %"}
    assert section.claims == [] and ats.MISSING in section.notes


def test_stegexpose_finds_lsb_replacement_and_not_matching() -> None:
    small = context(count=8, channels=1)
    tiles, sources = small.covers.pool()
    areas = {
        method.name: roc.area(stegexpose.compared(small, method, tiles, sources)["sample_pairs"])
        for method in (LsbReplacement(1.0), LsbMatching(1.0))
    }
    assert areas["lsb-replacement"].value > 0.95 > areas["lsb-matching"].value


def test_an_area_below_chance_is_found_too() -> None:
    control = Estimate(0.9, 0.8, 0.95, 100)
    areas = (0.4, 0.5, 0.6)
    results = [
        stegexpose.verdict(Estimate(area, area - 0.05, area + 0.05, 100), control) for area in areas
    ]
    assert results == ["found (lower)", "not found", "found"]


@pytest.mark.slow
def test_known_answers() -> None:
    section = controls.run(context(count=15, control_steps=60, srmq1_images=16, spam_images=30))
    held = {(claim.subject, claim.what): claim.holds for claim in section.claims}
    assert held["sham", "known answer, SPAM"] and held["watermark", "known answer, area of SPAM"]
    assert {subject for subject, _ in held} >= {"sham", "watermark", "LSB replacement"}


def test_a_misplaced_threshold_hides_no_area() -> None:
    """Who calls everything a stego image is right in 50 %, and may know them apart all the same."""
    covers = np.linspace(0.1, 0.9, 50)
    row = attackers.row("m", "a", scores(covers, covers + 1), known(95), known(50))
    assert row["accuracy"].value == 0.5 and row["result"] == "found"
    missed = attackers.row("m", "b", known(51), known(95), known(50))
    assert [each["attacker"] for each in attackers.best([missed, row])] == ["a"]


def test_the_best_attacker_has_power_if_any_has() -> None:
    def scored(attacker: str, own: int, control: int) -> dict:
        return attackers.row("m", attacker, known(own), known(control), known(50))

    given = [scored("blind", 55, 50), scored("able", 52, 90), scored("weak", 51, 90)]
    assert [each["attacker"] for each in attackers.best(given)] == ["able"]
    assert [each["attacker"] for each in attackers.best(given[:1])] == ["blind"]


def test_in_jpeg_files_matching_is_found_and_the_covers_are_not(tmp_path: Path) -> None:
    given = context(tmp_path, 24, 32, 1, folds=4, dctr_images=48)
    tiles, sources = given.covers.pool()
    covers = jpeg.quantised(tiles, 75)
    np.testing.assert_array_equal(jpeg.samples(covers, 75).shape, tiles.shape)
    noise = np.abs(jpeg.samples(covers, 95 - 20).astype(int) - tiles)
    assert 0 < noise.mean() < 12
    method: Any = CoefficientMatching(75, 1.0)
    own = attackers.trained(given, method, (covers, sources), "dctr-75")
    assert roc.accuracy(own).low > 0.5
    sham = roc.accuracy(attackers.trained(given, None, (covers, sources), "dctr-75"))
    assert sham.low <= 0.5 <= sham.high


def test_the_section_of_jpeg_files_names_the_best_attacker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of the best and one of all for each quality and payload, with a row a method."""
    monkeypatch.setattr(jpeg, "QUALITIES", (75,))
    monkeypatch.setattr(jpeg, "RATES", (0.4,))
    monkeypatch.setattr(attackers, "trained", lambda *_, **__: known(60))
    monkeypatch.setattr(attackers, "net", lambda *_, **__: known(70))
    best, every = jpeg.run(context(side=16, channels=1)).tables
    names = ["syndrome, coefficients", "j-uniward"]
    assert [(row["method"], row["attacker"]) for row in best.rows] == [(n, "XuNet") for n in names]
    assert [row["attacker"] for row in every.rows] == ["DCTR", "DCTR", "XuNet", "XuNet"]

"""Attackers of an evaluation: the protocols of ats.py, with what was measured kept."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from keystego_tf.baselines.controls import Sham
from keystego_tf.baselines.lsb import LsbMatching
from keystego_tf.cli import main
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.evaluation.cache import Cache
from keystego_tf.evaluation.covers import Covers
from keystego_tf.evaluation.sections.controls import strangers
from keystego_tf.evaluation.sizes import sizes
from keystego_tf.evaluation.stegos import embedded
from keystego_tf.evaluation.suite import Context
from keystego_tf.steganalysis import ats, attack, roc

pytestmark = pytest.mark.skipif(
    find_spec("sealwatch") is None, reason="the evaluation extra is not installed"
)

COUNT = 30


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    leaves = [dead_leaves(np.random.default_rng(seed), 48)[..., :1] for seed in range(2 * COUNT)]
    tiles, places = np.stack(leaves), np.arange(2 * COUNT)
    covers = Covers(tiles[:COUNT], places[:COUNT], tiles[COUNT:], places[COUNT:])
    return Context([], covers, sizes("quick"), cache=Cache(tmp_path_factory.mktemp("cache")))


def test_a_trained_attacker_is_that_of_ats(context: Context, monkeypatch: pytest.MonkeyPatch):
    covers, sources = context.covers.test, context.covers.test_sources
    method = LsbMatching(1.0)
    found = attack.trained(context, method, covers, sources, "spam")
    stegos = embedded(context, method, covers)
    expected = ats.trained(
        list(covers),
        method,
        fit=attack.ensemble(COUNT),
        count=context.sizes.folds,
        sources=sources,
        embed=lambda *_: list(stegos),
    )
    np.testing.assert_array_equal(found.stegos, expected.stegos)
    np.testing.assert_array_equal(found.covers, expected.covers)
    monkeypatch.setattr(attack, "ats", None)  # whoever asks again is answered from the cache
    again = attack.trained(context, method, covers, sources, "spam")
    np.testing.assert_array_equal(again.stegos, found.stegos)


def test_another_attacker_learns_from_his_own_stego_images(context: Context) -> None:
    covers, sources = context.covers.test, context.covers.test_sources
    blind = attack.trained(context, LsbMatching(1.0), covers, sources, "spam", Sham())
    same = attack.trained(context, LsbMatching(1.0), covers, sources, "spam")
    assert (blind.covers != same.covers).any()
    alone = attack.unsupervised(context, LsbMatching(1.0), covers, sources, "spam")
    assert len(alone.covers) == len(alone.stegos) == COUNT // 2


def test_strangers_cannot_be_told_apart(context: Context) -> None:
    estimate = roc.accuracy(strangers(context, *context.covers.pool))
    assert estimate.images == COUNT
    assert estimate.low <= 0.5 <= estimate.high


@pytest.mark.slow
def test_every_section_in_quick_size(tmp_path: Path) -> None:
    words = ["evaluate", "symmetric-0.5", "--covers", "synthetic", "--size", "quick", "--quiet"]
    words += ["--methods", "lsb-matching", "--out", str(tmp_path / "report")]
    words += ["--sections", "invisibility,ats,stegexpose,cnn,controls"]
    main(words, standalone_mode=False)
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    for title in ("Invisibility", "Known answers", "Detection by a convolutional net"):
        assert title in page

"""Classifiers and protocols: known answers from controls, and no photo on both sides."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from covers import leaves, needs_extra, needs_photos, photos

from keystego_tf.baselines.controls import Sham, Watermark
from keystego_tf.baselines.lsb import LsbMatching, LsbReplacement
from keystego_tf.steganalysis import ats, classifier, roc
from keystego_tf.steganalysis.classifier import fld_ensemble
from keystego_tf.steganalysis.features import extract

pytestmark = needs_extra

#: A small ensemble of fixed size, for speed.
fit: Any = partial(fld_ensemble, subspace=150, learners=31)


def trained(
    covers: np.ndarray, user: Any, attacker: Any = None, features: Any = extract, **options: Any
) -> Any:
    """Scores by attackers who learned from stego images of the user's own, or of another's."""
    stegos, learnt = (
        each and features(ats.embed_all(each, covers, 0)) for each in (user, attacker)
    )
    options = {"fit": fit, **options, "training_stegos": learnt}
    return classifier.cross_validate(features(covers), stegos, **options)


def clouds(count: int, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Normal features [count, 60] of covers and, shifted along the first axis, stego images."""
    rng = np.random.default_rng(seed)
    covers, stegos = rng.normal(size=(2, count, 60))
    stegos[:, 0] += shift
    return covers, stegos


def test_a_shift_of_normal_clouds_is_learnt() -> None:
    """The best any attacker can do with a shift of 4 is Phi(2) = 97.7 %."""
    found = classifier.cross_validate(*clouds(200, 4.0), fit)
    assert 0.93 < roc.accuracy(found).value < 0.99
    none = classifier.cross_validate(*clouds(200, 0.0), fit)
    estimate = roc.accuracy(none)
    assert estimate.low < 0.5 < estimate.high


def test_sham_scores_50_percent() -> None:
    covers = leaves(24, 32)
    for protocol in (trained, ats.unsupervised):
        found = protocol(covers, Sham(), fit=fit)
        for figure in (roc.area(found), roc.accuracy(found)):
            assert figure.low <= 0.5 <= figure.high, protocol


def test_a_watermark_is_always_seen() -> None:
    found = trained(leaves(40, 64), Watermark(), fit=fit)
    assert roc.area(found).value == roc.accuracy(found).value == 1
    assert roc.error(found) == 0


def test_lsb_replacement_of_every_bit_is_learnt() -> None:
    found = trained(leaves(40, 96), LsbReplacement(1.0), fit=fit, count=3)
    assert roc.area(found).low > 0.5


@needs_photos
@pytest.mark.slow
def test_unsupervised_ats_sees_lsb_matching_in_photos() -> None:
    found = ats.unsupervised(photos(100), LsbMatching(1.0), fit=fit)
    assert roc.area(found).low > 0.5


@needs_photos
@pytest.mark.slow
def test_srmq1_and_the_searching_ensemble_score_the_controls() -> None:
    covers = photos(40, 64)
    features = partial(extract, name="srmq1")
    seen = trained(covers, Watermark(), features=features, fit=fld_ensemble, count=2)
    # All are told apart, but with 20 photos to learn 12,753 features from, the ensemble's threshold
    # is not always between them.
    assert roc.area(seen).value == 1
    assert roc.accuracy(seen).value > 0.95
    sham = roc.accuracy(trained(covers, Sham(), features=features, fit=fld_ensemble, count=2))
    assert sham.low <= 0.5 <= sham.high


def test_folds_part_photos_and_test_each_image_once() -> None:
    sources = np.random.default_rng(0).integers(0, 13, 60)
    tested = np.zeros(60, int)
    for train, test in classifier.folds(sources, 4, seed=1):
        assert not set(sources[train]) & set(sources[test])
        np.testing.assert_array_equal(train, ~test)
        tested += test
    assert (tested == 1).all()
    again = [test for _, test in classifier.folds(sources, 4, seed=1)]
    for (_, test), same in zip(classifier.folds(sources, 4, seed=1), again):
        np.testing.assert_array_equal(test, same)
    for count in (1, 14):
        with pytest.raises(ValueError, match=f"count is {count}, but must be in"):
            next(classifier.folds(sources, count, seed=0))


def test_a_leak_would_be_seen() -> None:
    """Twins of each image, labels by chance: a fit that knows them by heart stays at 50 %."""
    rng = np.random.default_rng(0)
    covers, stegos = (np.repeat(rng.normal(size=(30, 20)), 2, axis=0) for _ in range(2))
    sources = np.repeat(np.arange(30), 2)

    def by_heart(known_covers: np.ndarray, known_stegos: np.ndarray, seed: int) -> Any:
        def nearest(features: np.ndarray) -> np.ndarray:
            far = [
                np.linalg.norm(features[:, None] - known, axis=-1).min(axis=1)
                for known in (known_covers, known_stegos)
            ]
            return far[0] - far[1]

        return nearest

    leaky = classifier.cross_validate(covers, stegos, by_heart)
    honest = classifier.cross_validate(covers, stegos, by_heart, sources=sources)
    assert roc.accuracy(leaky).value > 0.7
    estimate = roc.accuracy(honest)
    assert estimate.low < 0.5 < estimate.high


class Adds:
    """A method that adds to one sample: features tell how often and by whom it was used."""

    name, bits_per_pixel = "adds", 0.0

    def __init__(self, place: int) -> None:
        self.place = place

    def embed(self, cover_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        stego = cover_u8.copy()
        stego[0, self.place] += 1
        return stego


def top_row(images: Any) -> np.ndarray:
    return np.stack([image[0, :2, 0] for image in images]).astype(float)


def middle(covers: np.ndarray, stegos: np.ndarray, seed: int) -> Any:
    """Scores along the difference of the means, 0 half way between them."""
    low, high = covers.mean(axis=0), stegos.mean(axis=0)
    return lambda features: (features - (low + high) / 2) @ (high - low)


def test_protocols_hand_the_right_images_to_the_attacker() -> None:
    covers = np.zeros((20, 4, 4, 1), np.uint8)
    user, other = Adds(0), Adds(1)
    options: Any = {"features": top_row, "fit": middle}
    same = trained(covers, user, **options)
    assert roc.accuracy(same).value == 1
    strange = trained(covers, user, other, **options)
    # He looks at the wrong sample, where the user changes nothing.
    np.testing.assert_array_equal(strange.stegos, strange.covers)
    # Unsupervised: A is 0 or 1, B 1 or 2, C 2 or 3; the middle of A and C is 1.5.
    found = ats.unsupervised(covers, user, **options)
    assert len(found.covers) == len(found.stegos) == 10
    np.testing.assert_allclose(found.covers, -1.0)
    np.testing.assert_allclose(found.stegos, 1.0)
    assert not set(found.cover_sources) & set(found.stego_sources)


def test_values_are_checked() -> None:
    covers = np.zeros((4, 10))
    with pytest.raises(ValueError, match=r"must both be \[n, d\]"):
        fit(covers, covers[:3], 0)
    with pytest.raises(ValueError, match="must have the same shape"):
        classifier.cross_validate(covers, covers[:3])
    with pytest.raises(ValueError, match="there are 1 photos, but this takes at least 2"):
        ats.unsupervised(np.zeros((3, 8, 8, 1), np.uint8), Sham(), sources=[5, 5, 5])

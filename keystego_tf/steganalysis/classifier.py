"""Train an attacker on features, the FLD ensemble, and test it on unseen photos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..io.extras import extra_package
from .scores import Scores, joined, scores

Features = NDArray[Any]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Maps features [images, d] to scores [images], above 0 for stego.
Decide = Callable[[Features], Floats]

#: Learns from features of covers [n, d] and of stego images [n, d]; the int is its seed.
Fit = Callable[[Features, Features, int], Decide]


def fld_ensemble(
    covers: Features,
    stegos: Features,
    seed: int,
    subspace: int | None = None,
    learners: int | None = None,
) -> Decide:
    """Train an ensemble of Fisher discriminants on random subspaces of the features.

    The ensemble is sealwatch's. A score is the mean vote, in [-1, 1].

    Args:
        covers: [n, d].
        stegos: [n, d].
        seed: of the subspaces and samples.
        subspace: number of features for each discriminant. None searches for the number that does
            best on the examples that a discriminant has not seen, which takes minutes. With few
            examples, small subspaces do better anyway.
        learners: number of discriminants; None searches for it, too.

    Raises:
        ValueError: there are too few examples, or not as many of both.
        ImportError: sealwatch is missing.

    Source:
        Kodovsky, Fridrich and Holub, 2012.
    """
    if covers.ndim != 2 or covers.shape != stegos.shape or len(covers) < 2:
        raise ValueError(
            f"covers are {covers.shape} and stegos {stegos.shape}, but must both be [n, d], n >= 2"
        )
    trainer = extra_package("sealwatch.ensemble_classifier").FldEnsembleTrainer
    inputs = (np.ascontiguousarray(each, np.float64) for each in (covers, stegos))
    sizes = {"d_sub": subspace or "automatic", "L": learners or "automatic"}
    ensemble, _ = trainer(*inputs, seed=seed, verbose=0, **sizes).train()
    if not ensemble.base_learners:
        raise ValueError(f"there are {len(covers)} pairs of examples, but that is too few to learn")
    return lambda features: np.asarray(
        ensemble.predict_confidence(np.asarray(features, np.float64)), np.float64
    )


def folds(sources: ArrayLike, count: int, seed: int) -> Iterator[tuple[Mask, Mask]]:
    """Yield training and test part of each of ``count`` folds, as bool [images].

    Every image is tested once.

    Args:
        sources: [images], equal for images of one photo, which all fall in one fold.
        count: number of folds.
        seed: of the order of the photos.

    Raises:
        ValueError: count is not from 2 to the number of photos.
    """
    _, source = np.unique(np.asarray(sources), return_inverse=True)
    photos = int(source.max()) + 1 if source.size else 0
    if not 2 <= count <= photos:
        raise ValueError(f"count is {count}, but must be in [2, {photos}], the number of photos")
    fold = np.random.default_rng(seed).permutation(photos) % count
    for number in range(count):
        test = fold[source] == number
        yield ~test, test


def cross_validate(
    covers: Features,
    stegos: Features,
    fit: Fit = fld_ensemble,
    count: int = 5,
    seed: int = 0,
    sources: ArrayLike | None = None,
    training_stegos: Features | None = None,
) -> Scores:
    """Return scores of all images, each by an attacker that has not seen its photo.

    Args:
        covers: features [n, d].
        stegos: features [n, d]; the i-th cover and stego image belong together.
        fit: trains an attacker.
        count: number of folds.
        seed: of the folds; the seeds of the fits follow from it.
        sources: [n], equal for images of one photo; by default each has its own.
        training_stegos: [n, d], from which the attacker learns instead of ``stegos``.
    """
    learnt = stegos if training_stegos is None else training_stegos
    if not covers.shape == stegos.shape == learnt.shape:
        raise ValueError(
            f"covers {covers.shape}, stegos {stegos.shape} and training stegos {learnt.shape} "
            "must have the same shape"
        )
    own = np.arange(len(covers)) if sources is None else np.asarray(sources)
    parts = []
    for number, (train, test) in enumerate(folds(own, count, seed)):
        decide = fit(covers[train], learnt[train], seed + number)
        parts.append(scores(decide(covers[test]), decide(stegos[test]), own[test], own[test]))
    return joined(parts)

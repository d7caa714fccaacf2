"""Train an attacker on features, the FLD ensemble, and test it on unseen photos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..io.extras import evaluation_package
from .scores import Scores, joined, scores

Features = NDArray[Any]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Features [images, d] to scores [images], above 0 for stego.
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
    """Ensemble of Fisher discriminants on random subspaces (Kodovsky, Fridrich and Holub, 2012).

    covers, stegos: [n, d] each. sealwatch's; ``subspace`` features for each of ``learners``
    discriminants, None searches for what does best on the examples that a discriminant has not
    seen (minutes; with few examples, small subspaces do better anyway). A score is the mean vote,
    in [-1, 1]. ValueError if there are too few, or not as many of both; ImportError without
    sealwatch.
    """
    _check(covers, stegos)
    trainer = evaluation_package("sealwatch.ensemble_classifier").FldEnsembleTrainer
    inputs = (np.ascontiguousarray(each, np.float64) for each in (covers, stegos))
    sizes = {"d_sub": subspace or "automatic", "L": learners or "automatic"}
    ensemble, _ = trainer(*inputs, seed=seed, verbose=0, **sizes).train()
    if not ensemble.base_learners:
        raise ValueError(f"there are {len(covers)} pairs of examples, but that is too few to learn")
    return lambda features: np.asarray(
        ensemble.predict_confidence(np.asarray(features, np.float64)), np.float64
    )


def folds(sources: ArrayLike, count: int, seed: int) -> Iterator[tuple[Mask, Mask]]:
    """Training and test part of each of ``count`` folds, as bool [images].

    sources: [images], equal for images of one photo, which all fall in one fold; every image is
    tested once. ValueError unless count is from 2 to the number of photos.
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
    """Scores of all images, each by an attacker that has not seen its photo.

    covers, stegos: features [n, d], the i-th of both from one cover; count: of folds; sources:
    [n], equal for images of one photo (default: each its own); training_stegos: [n, d], what the
    attacker learns from instead of ``stegos``. Seeds of the fits follow from ``seed``.
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


def _check(covers: Features, stegos: Features) -> None:
    if covers.ndim != 2 or covers.shape != stegos.shape or len(covers) < 2:
        raise ValueError(
            f"covers are {covers.shape} and stegos {stegos.shape}, but must both be [n, d], n >= 2"
        )

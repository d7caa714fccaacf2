"""Attackers with features, run for an evaluation: cached, with the stego images shared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..baselines.method import Method
from ..evaluation.cache import digest_of
from ..evaluation.covers import Integers, Tiles
from ..evaluation.stegos import cover_features, embedded, features, identity
from ..evaluation.suite import Context
from ..metrics.statistics import Estimate
from . import ats, roc
from .classifier import Features, Fit, fld_ensemble
from .planes import Pixels
from .scores import Scores

#: The ensemble. With hundreds of photos, small subspaces do as well as those that sealwatch's
#: search finds in minutes; subspaces are smaller still where there are few photos.
SUBSPACE = 200

#: More of them where there are more features to draw from.
LEARNERS = {"spam": 51, "srmq1": 101}


def trained(
    context: Context,
    method: Method,
    covers: Tiles,
    sources: Integers,
    name: str,
    attacker: Method | None = None,
) -> Scores:
    """``ats.trained``: scores of covers and stego images by attackers who have not seen the photo.

    covers, sources: of the method's channels; name: of the features; attacker: what he learns
    from, None for the method itself.
    """
    images = list(covers)
    return _cached(
        context,
        "trained",
        covers,
        {"user": method, "attacker": attacker},
        name,
        lambda: ats.trained(
            images,
            method,
            attacker,
            _extract(context, images, name),
            ensemble(len(covers), name),
            context.sizes.folds,
            context.seed,
            sources,
            _embed(context),
        ),
    )


def unsupervised(
    context: Context, method: Method, covers: Tiles, sources: Integers, name: str
) -> Scores:
    """``ats.unsupervised``: half of the photos get a message, and the attacker learns from all."""
    images = list(covers)
    return _cached(
        context,
        "unsupervised",
        covers,
        {"user": method},
        name,
        lambda: ats.unsupervised(
            images,
            method,
            None,
            _extract(context, images, name),
            ensemble(len(covers), name),
            context.seed,
            sources,
            _embed(context),
        ),
    )


def figures(found: Scores) -> dict[str, Estimate]:
    """``accuracy``, ``error`` (P_E) and ``area`` of scores."""
    return roc.summary(found)


def _cached(
    context: Context,
    protocol: str,
    covers: Tiles,
    methods: dict[str, Method | None],
    name: str,
    make: Any,
) -> Scores:
    key = {
        "what": protocol,
        "methods": {role: each and identity(each) for role, each in methods.items()},
        "covers": digest_of([covers]),
        "features": name,
        "folds": context.sizes.folds,
        "ensemble": [SUBSPACE, LEARNERS[name]],
        "seed": context.seed,
    }
    found: Scores = context.cache.get(key, make)
    return found


def ensemble(photos: int, name: str = "spam") -> Fit:
    """The classifier of all sections, for so many photos and these features."""
    return partial(fld_ensemble, subspace=min(SUBSPACE, max(2, photos)), learners=LEARNERS[name])


def _extract(context: Context, covers: list[Pixels], name: str) -> ats.Extract:
    def extract(images: Sequence[Pixels]) -> Features:
        if images is covers:
            return cover_features(context, np.stack(covers), name)
        return features(context, np.stack(images), name)

    return extract


def _embed(context: Context) -> ats.Embed:
    def embed(method: Method, images: Sequence[Pixels], seed: int, turn: int) -> list[Pixels]:
        return list(embedded(context, method, np.stack(images), turn))

    return embed

"""ATS, artificial training sets (Lerch-Hostalot and Megias, 2016).

The attacker has nothing but the images under test and the method. From these images, A, he makes B
by embedding once more, and C by embedding in B. He learns to tell A from C, and then classifies B.
A cover's image in B holds one message, like the stego images in A. A stego image's holds two, like
the covers' images in C. ATS therefore relies on a second message changing more than the first. It
says nothing about a method that overwrites its own changes, such as a watermark.

The DeepKeyStego paper's attacker instead learns from covers and stego images of his own, made with
other weights: see ``classifier.cross_validate`` with ``training_stegos``.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .classifier import Features, Fit, fld_ensemble
from .features import extract
from .planes import Pixels
from .scores import Scores, scores

#: [images, ...], uint8 samples or int16 coefficients.
Images = NDArray[Any]


class Hides(Protocol):
    """Whatever makes a stego image of a cover and draws its message from a generator."""

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels: ...


Extract = Callable[[Images], Features]

#: ``embed_all`` without a seed, or a function that caches its results.
Embed = Callable[[Any, Images, int], Images]


def embed_all(method: Hides, images: Images, round_number: int, seed: int = 0) -> Images:
    """Return a stego image of each image; message and keys follow from seed, round and place."""
    return np.stack(
        [
            method.embed(image, np.random.default_rng([seed, round_number, place]))
            for place, image in enumerate(images)
        ]
    )


def unsupervised(
    covers: Images,
    user: Hides,
    features: Extract = extract,
    fit: Fit = fld_ensemble,
    seed: int = 0,
    sources: ArrayLike | None = None,
    embed: Embed | None = None,
) -> Scores:
    """Run ATS on photos of which a random half gets a message by ``user``; the others stay covers.

    Args:
        covers: uint8 [images, H, W, C].
        user: the method that hides the messages, which the attacker has, too.
        features: extracts the features of images.
        fit: trains the attacker.
        seed: of the halves, the messages and the attacker.
        sources: integers [images], equal for covers of one photo, which stay together; by default
            each has its own.
        embed: hides in all images; by default ``embed_all`` with the seed.

    Returns:
        Scores, above 0 for stego.

    Raises:
        ValueError: there are fewer than two photos.
    """
    embed = embed or partial(embed_all, seed=seed)
    own = np.arange(len(covers)) if sources is None else np.asarray(sources)
    photos = np.unique(own)
    if len(photos) < 2:
        raise ValueError(f"there are {len(photos)} photos, but this takes at least 2")
    drawn = np.random.default_rng(seed).permutation(photos)[: len(photos) // 2]
    hides = np.isin(own, drawn)
    images = np.array(covers)
    images[hides] = embed(user, covers, 0)[hides]
    once = embed(user, images, 1)
    twice = embed(user, once, 2)
    given = fit(features(images), features(twice), seed)(features(once))
    return scores(given[~hides], given[hides], own[~hides], own[hides])

"""A convolutional steganalyser, trained for the method at hand and tested on unseen photos.

The net's batch normalisation tracks statistics while its weights keep moving, so that the loss on
other photos swings. Before each look at those photos, the statistics are therefore measured again
on training photos, with the weights fixed.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backend import keras
from ..config.checked import require
from .scores import Scores, scores
from .xunet import LEAST_SIDE, build_xunet

#: uint8 [images, H, W, C].
Images = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: Is called with the step and the validation loss.
Report = Optional[Callable[[int, float], None]]

#: Number of images scored at a time.
BATCH = 32

#: Number of batches from which statistics are measured.
SETTLING = 16

# Attackers are trained one after the other in one process. TensorFlow takes their steps for one
# step traced anew, and warns.
logging.getLogger("tensorflow").addFilter(lambda record: "retracing" not in record.getMessage())


@dataclass(frozen=True)
class Schedule:
    """Say how long and how to train; ValueError if a value breaks its rule."""

    steps: int = 4000
    pairs: int = 16  # covers in a batch, each with its stego image
    learning_rate: float = 0.002
    interval: int = 100  # steps between two looks at the validation photos
    patience: int = 10  # looks without a better loss before training stops
    validation_share: float = 0.15
    side: int = 0  # side of the crops for training, pixels; 0: whole images

    def __post_init__(self) -> None:
        for name in ("steps", "pairs", "learning_rate", "interval", "patience"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")
        side, share = self.side, self.validation_share
        fits = side == 0 or side >= LEAST_SIDE
        require(fits, "side", side, f"must be 0 or at least {LEAST_SIDE}")
        require(0 < share < 1, "validation_share", share, "must be in (0, 1)")


def detect(
    covers: Images,
    stegos: Images,
    schedule: Schedule | None = None,
    test_share: float = 0.3,
    seed: int = 0,
    sources: ArrayLike | None = None,
    report: Report = None,
) -> Scores:
    """Train on some photos, stop by others, and return the scores of the rest.

    The same seed on the same machine gives the same scores.

    Args:
        covers: uint8 [n, H, W, C].
        stegos: uint8 [n, H, W, C]; the i-th cover and stego image belong together.
        schedule: how long and how to train.
        test_share: share of the photos that are scored, in (0, 1).
        seed: of the split, the weights and the batches.
        sources: integers [n], equal for covers of one photo; by default each has its own.
        report: is called at each look at the validation photos.

    Returns:
        Scores, which are logits.

    Raises:
        ValueError: a part would be empty.
    """
    own = np.arange(len(covers)) if sources is None else np.asarray(sources)
    learnt, tested = _split(own, test_share, seed)
    model = train(covers[learnt], stegos[learnt], schedule, seed, own[learnt], report)
    photos = own[tested]
    return scores(score(model, covers[tested]), score(model, stegos[tested]), photos, photos)


def train(
    covers: Images,
    stegos: Images,
    schedule: Schedule | None = None,
    seed: int = 0,
    sources: ArrayLike | None = None,
    report: Report = None,
) -> Any:
    """Return a trained net with the weights that did best on photos held out for validation.

    The arguments are those of ``detect``. A batch has each cover with its stego image, turned and
    mirrored alike, so that only the message tells them apart.
    """
    plan = schedule or Schedule()
    if covers.ndim != 4 or covers.shape != stegos.shape or not len(covers):
        raise ValueError(
            f"covers are {covers.shape} and stegos {stegos.shape}, but both must be [n, H, W, C]"
        )
    if min(covers.shape[1:3]) < LEAST_SIDE:
        raise ValueError(f"covers are {covers.shape}, but H and W must be at least {LEAST_SIDE}")
    own = np.arange(len(covers)) if sources is None else np.asarray(sources)
    learnt, held_out = _split(own, plan.validation_share, seed)
    model = build_xunet(covers.shape[-1], seed)
    model.compile(
        optimizer=keras.optimizers.Adam(plan.learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=False,
    )
    rng = np.random.default_rng(seed)

    def batch() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        chosen = rng.choice(learnt, min(plan.pairs, len(learnt)), replace=False)
        return labelled(covers[chosen], stegos[chosen], rng, plan.side)

    best, best_weights, waited = math.inf, model.get_weights(), 0
    for step in range(1, plan.steps + 1):
        model.train_on_batch(*batch())
        if step % plan.interval and step != plan.steps:
            continue
        settle(model, [batch()[0] for _ in range(SETTLING)])
        loss = _loss(model, covers[held_out], stegos[held_out])
        if report is not None:
            report(step, loss)
        waited += 1
        if loss < best:
            best, best_weights, waited = loss, model.get_weights(), 0
        if waited >= plan.patience:
            break
    model.set_weights(best_weights)
    return model


def settle(model: Any, batches: Sequence[NDArray[np.float32]]) -> None:
    """Set the statistics of batch normalisation to the means of these batches; weights stay."""
    norms = [e for e in model.layers if isinstance(e, keras.layers.BatchNormalization)]
    usual = [each.momentum for each in norms]
    for number, images in enumerate(batches):
        for each in norms:
            each.momentum = number / (number + 1)
        model(images, training=True)
    for each, momentum in zip(norms, usual):
        each.momentum = momentum


def score(model: Any, images: Images) -> Floats:
    """Return logits of a trained net, float64 [images], above 0 for stego.

    images: uint8 [n, H, W, C].
    """
    parts = [
        np.asarray(model(images[start : start + BATCH].astype(np.float32), training=False))
        for start in range(0, len(images), BATCH)
    ]
    return np.concatenate(parts)[:, 0].astype(np.float64)


def labelled(
    covers: Images, stegos: Images, rng: np.random.Generator, side: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return images [2 * pairs, H, W, C] and labels [2 * pairs, 1], all turned and mirrored alike.

    side: of the crop, which all share, or 0 for whole images.
    """
    images = np.concatenate([covers, stegos])
    if 0 < side < min(images.shape[1:3]):
        top, left = (int(rng.integers(size - side + 1)) for size in images.shape[1:3])
        images = images[:, top : top + side, left : left + side]
    # A quarter turn would change the shape of an image that is not square.
    turns = int(rng.integers(4)) if images.shape[1] == images.shape[2] else 2 * int(rng.integers(2))
    images = np.rot90(images, turns, axes=(1, 2))
    if rng.integers(2):
        images = images[:, :, ::-1]
    labels = np.repeat([0.0, 1.0], len(covers)).astype(np.float32)[:, np.newaxis]
    return np.ascontiguousarray(images, np.float32), labels


def _loss(model: Any, covers: Images, stegos: Images) -> float:
    """Return the mean cross-entropy on images, in nats."""
    wrong_way = np.concatenate([score(model, covers), -score(model, stegos)])
    return float(np.logaddexp(0, wrong_way).mean())


def _split(
    sources: ArrayLike, share: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indices of the images of most photos, and of a share of the photos."""
    _, source = np.unique(np.asarray(sources), return_inverse=True)
    photos = int(source.max()) + 1 if source.size else 0
    apart = min(max(1, round(share * photos)), photos - 1)
    if not 0 < share < 1 or apart < 1:
        raise ValueError(
            f"share is {share} of {photos} photos, but must be in (0, 1), of 2 photos or more"
        )
    held = np.random.default_rng([seed, photos]).permutation(photos)[:apart]
    inside = np.isin(source, held)
    return np.flatnonzero(~inside), np.flatnonzero(inside)

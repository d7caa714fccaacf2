"""The convolutional attacker of costs_detection.py.

A net finds so few and so small changes only if it has seen more of them first. It begins with
images that carry LARGE bits per pixel, goes on with the payload in question, and meets other
changes of each cover at every step. It knows the costs, so that it can draw them itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import numpy as np
from syndrome_detection import FOLDS, over_folds
from tqdm import tqdm

from keystego_tf.backend import keras, tf
from keystego_tf.methods.costs.changes import changed, probabilities
from keystego_tf.steganalysis import cnn
from keystego_tf.steganalysis.scores import Scores
from keystego_tf.steganalysis.xunet import build_xunet

#: Payload to begin with, bits per pixel, and its share of the steps.
LARGE, SHARE = 1.0, 2 / 3

#: Covers a step, each with its stego image, and the side of their crops, pixels.
PAIRS, SIDE = 16, 64

#: Peak of Adam's learning rate, which follows a cosine.
LEARNING_RATE = 0.002

#: Costs of a cover, [H, W, 1], for a change by 1 in either direction.
Price = Callable[[Any], Any]


def change_maps(covers: Any, price: Price, payloads: list[float], name: str) -> Any:
    """Return the probability that each sample changes: float16 [payloads, covers, H, W, 1]."""
    solved = tf.function(probabilities)
    found = np.empty((len(payloads), *covers.shape), np.float16)
    for number, cover in enumerate(tqdm(covers, desc=f"changes of {name}", leave=False)):
        logs = np.log(np.asarray(price(cover), np.float32))[None]
        for place, payload in enumerate(payloads):
            found[place, number] = solved(logs - logs.mean(), payload)[0]
    return found


def by_net(covers: Any, maps: Any, photos: Any, work: Path, name: str, steps: int) -> list[Scores]:
    """Return scores by a net trained for each fold.

    maps: as ``change_maps`` returns them for LARGE and the payload in question.
    """

    def scored(train: Any, test: Any, number: int) -> Any:
        model = _trained(covers[train], maps[:, train], steps, number)
        stegos = _changed(covers[test], maps[1, test], number)
        return np.stack([cnn.score(model, each) for each in (covers[test], stegos)])

    return over_folds(photos, work, f"net-{steps}-{name}", scored)


def _trained(covers: Any, maps: Any, steps: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    model = build_xunet(1, seed)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=False,
    )

    def batch(step: int) -> Any:
        chosen = rng.choice(len(covers), min(PAIRS, len(covers)), replace=False)
        top, left = (int(rng.integers(side - SIDE + 1)) for side in covers.shape[1:3])
        part = chosen, slice(top, top + SIDE), slice(left, left + SIDE)
        stegos = _changed(covers[part], maps[int(step >= SHARE * steps)][part], step)
        return cnn.labelled(covers[part], stegos, rng)

    for step in tqdm(range(steps), desc=f"net {seed + 1} of {FOLDS}", leave=False):
        model.train_on_batch(*batch(step))
    cnn.settle(model, [batch(steps)[0] for _ in range(cnn.SETTLING)])
    return model


def _changed(covers: Any, maps: Any, seed: int) -> Any:
    stegos = changed(covers.astype(np.float32), maps.astype(np.float32), tf.constant([seed, 0]))
    return np.asarray(stegos).astype(np.uint8)

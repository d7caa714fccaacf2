"""The pK generator makes a public key from a secret one (paper, definition 4)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...backend import keras
from .blocks import SLOPE, Binarise, batch_norm, bit_map, conv, conv_block, sigmoid


def build_pk_generator() -> Any:
    """The pK generator as a functional model, of 22 trainable weights: no one-way function.

    Input: ``secret_key`` [batch, H/4, W/4, 1] float32, each -1 or +1.
    Output: ``public_key``, same shape, each -1 or +1 (the paper's is real-valued), with a
    straight-through gradient; layer ``probability`` has the value before the threshold.
    """
    secret_key = bit_map("secret_key")
    x = conv_block(secret_key, 1, "block_1")
    x = conv(x, 1, "block_2", use_bias=False)
    x = batch_norm(x, "block_2_bn")
    public_key = Binarise(name="public_key", dtype="float32")(sigmoid(x, "probability"))
    return keras.Model(secret_key, public_key, name="pk_generator")


def calibrate(pk_generator: Any, side: int, seed: int, keys: int = 256) -> None:
    """Settle a fixed generator so that every public bit is as good as a fair coin.

    A generator that is not trained has no moving statistics of its own, and bits that lean one
    way let two unrelated secret keys agree on more than half of their public bits. ``keys``
    random ``side`` x ``side`` keys are drawn from ``seed``; both normalisations are set in place:
    the first so that the mean behind its LeakyReLU is 0, as the padding around the map is, the
    second to the median, which is the threshold.
    """
    coin = np.random.default_rng(seed).integers(0, 2, (keys, side, side, 1))
    batch = (2 * coin - 1).astype(np.float32)
    for block, centre in (("block_1", _centre_behind_leaky_relu), ("block_2", np.median)):
        before = keras.Model(pk_generator.input, pk_generator.get_layer(f"{block}_conv").output)
        values = before.predict_on_batch(batch)
        mean = np.reshape(centre(values), 1)
        pk_generator.get_layer(f"{block}_bn").set_weights(
            [np.ones(1), np.zeros(1), mean, np.reshape(np.var(values), 1)]
        )


def _centre_behind_leaky_relu(values: Any) -> float:
    """The c for which LeakyReLU(values - c) has mean 0, by bisection."""
    low, high = float(np.min(values)), float(np.max(values))
    for _ in range(50):
        middle = (low + high) / 2
        shifted = values - middle
        if np.mean(np.where(shifted > 0, shifted, SLOPE * shifted)) > 0:
            low = middle
        else:
            high = middle
    return middle

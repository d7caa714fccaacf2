"""From costs to changes: HILL's costs, change probabilities at a payload, and random changes.

Everything is computed in TensorFlow, on batches of gray images in 8-bit steps, [batch, H, W, 1].
"""

from __future__ import annotations

import math
from typing import Any

from ...backend import tf

#: As HILL has them in NumPy (embedders.syndrome.costs); a test compares both.
LEAST_ACTIVITY, ENDS = 1.1920929e-07, 2

#: Steps of the bisection that finds how much a cost weighs, and its range, as logarithms.
_BISECTIONS, _RANGE = 20, 12.0

#: Keeps logarithms of probabilities finite.
_LEAST = 1e-7


def hill_prices(image: tf.Tensor) -> tf.Tensor:
    """Return the logarithms of HILL's costs less their mean over each image, [batch, H, W, 1].

    Source:
        ``embedders.syndrome.costs``, which does the same in NumPy.
    """
    x = tf.pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    x = x[:, 2:] - 2 * x[:, 1:-1] + x[:, :-2]
    x = x[:, :, 2:] - 2 * x[:, :, 1:-1] + x[:, :, :-2]
    activity = tf.maximum(_mean(tf.abs(x) / 4, 3), LEAST_ACTIVITY)
    costs = _mean(1 / activity, 15)
    at_ends = tf.logical_or(image <= 0, image >= 255)
    prices = tf.math.log(tf.where(at_ends, ENDS * costs, costs))
    return prices - tf.reduce_mean(prices, [1, 2, 3], keepdims=True)


def _mean(x: tf.Tensor, side: int) -> tf.Tensor:
    reach = side // 2
    padded = tf.pad(x, [[0, 0], [reach, reach], [reach, reach], [0, 0]], "SYMMETRIC")
    return tf.nn.avg_pool2d(padded, side, 1, "VALID")


def probabilities(prices: tf.Tensor, payload: float) -> tf.Tensor:
    """Return the probability that each sample changes, [batch, H, W, 1].

    A simulated embedder at the rate-distortion bound changes a sample of cost c by +1 or by -1 with
    probabilities in proportion to exp(-lambda c). Each image's lambda gives it ``payload`` bits a
    sample. The gradient takes into account that lambda follows the costs.

    Args:
        prices: logarithms of costs, [batch, H, W, 1].
        payload: bits a sample, below log2(3).

    Source:
        Filler, Judas and Fridrich, 2011, section III.
    """
    fixed = tf.stop_gradient(prices)
    low = tf.fill([tf.shape(prices)[0], 1, 1, 1], -_RANGE)
    high = -low
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        much = _bits(fixed + middle) > payload
        low, high = tf.where(much, middle, low), tf.where(much, high, middle)
    middle, step = (low + high) / 2, 0.01
    slope = (_bits(fixed + middle + step) - _bits(fixed + middle - step)) / (2 * step)
    # one step of Newton's method, which changes little here and carries the gradient
    weight = middle - (_bits(prices + middle) - payload) / tf.minimum(slope, -1e-6)
    return _changes(prices + weight)


def _changes(log_nats: tf.Tensor) -> tf.Tensor:
    weight = 2 * tf.exp(-tf.exp(log_nats))
    return weight / (1 + weight)


def _bits(log_nats: tf.Tensor) -> tf.Tensor:
    """Return the mean entropy of a sample in bits, [batch, 1, 1, 1]."""
    change = tf.clip_by_value(_changes(log_nats), _LEAST, 1 - _LEAST)
    nats = -change * tf.math.log(change / 2) - (1 - change) * tf.math.log(1 - change)
    return tf.reduce_mean(nats, [1, 2, 3], keepdims=True) / math.log(2)


def changed(image: tf.Tensor, change: tf.Tensor, seed: Any) -> tf.Tensor:
    """Change samples at random: +1 or -1, each with half the probability ``change``.

    The gradient is that of policy gradients, with the gradient of the loss in each changed sample
    as its reward: a change that the loss wants undone becomes less probable.

    Source:
        Tang et al., "An automatic cost learning framework for image steganography using deep
        reinforcement learning", 2021 (rewards of single samples).
    """
    drawn = tf.random.stateless_uniform(tf.shape(image), seed)
    by = tf.where(drawn < change / 2, 1.0, tf.where(drawn > 1 - change / 2, -1.0, 0.0))
    by = tf.stop_gradient(tf.clip_by_value(image + by, 0.0, 255.0) - image)
    log_change = tf.math.log(change + _LEAST)
    return image + by + by * (log_change - tf.stop_gradient(log_change))

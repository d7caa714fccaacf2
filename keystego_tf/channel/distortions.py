"""The channel in training: differentiable, each image disturbed by a strength of its own."""

from __future__ import annotations

import zlib
from typing import Any

from ..backend import tf
from .registry import strengths


def round_to_8_bits(images: tf.Tensor) -> tf.Tensor:
    """Samples rounded to multiples of 1/255, the gradient passed straight through.

    images: [batch, height, width, channels] float32 in [0, 1]; same shape and range returned.
    """
    return images + tf.stop_gradient(tf.round(images * 255.0) / 255.0 - images)


def distort(images: tf.Tensor, config: Any, seed: tf.Tensor) -> tf.Tensor:
    """Images after a channel as rough as a ChannelConfig allows; differentiable, for any size.

    Each disturbance that is not 0 draws a strength for every image, uniformly between nothing and
    the configured value, from ``seed``, its own name and the replica: the same seed gives the same
    distortion.

    images: [batch, height, width, channels] float32 in [0, 1]; seed: [2] int32. Same shape and
    range returned, in 8-bit steps if ``config.rounding``; untouched if nothing is set.
    """
    if not config.distorts:
        return images
    replica = tf.distribute.get_replica_context()
    if replica is not None:
        seed = tf.random.experimental.stateless_fold_in(seed, replica.replica_id_in_sync_group)
    for disturbance, strength in strengths(config):
        # By name, so that one more or one fewer does not change the others.
        word = zlib.crc32(disturbance.name.encode()) & 0x7FFFFFFF
        own = tf.random.experimental.stateless_fold_in(seed, word)
        images = disturbance.differentiable(images, float(strength), own)
        # Straight through: what noise takes beyond white or black keeps its gradient.
        images += tf.stop_gradient(tf.clip_by_value(images, 0.0, 1.0) - images)
    return round_to_8_bits(images) if config.rounding else images

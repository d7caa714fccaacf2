"""The channel in training: differentiable, with a strength drawn for each image."""

from __future__ import annotations

import zlib
from typing import Any

from ..backend import tf
from .registry import strengths


def round_to_8_bits(images: tf.Tensor) -> tf.Tensor:
    """Round samples to multiples of 1/255, passing the gradient straight through.

    ``images`` is [batch, height, width, channels] float32 in [0, 1], and so is the result.
    """
    return images + tf.stop_gradient(tf.round(images * 255.0) / 255.0 - images)


def distort(images: tf.Tensor, config: Any, seed: tf.Tensor) -> tf.Tensor:
    """Pass images through the channel of a ChannelConfig; differentiable, for any size.

    Each disturbance that is not 0 draws a strength for every image, uniformly between 0 and the
    configured value. The draw depends on ``seed``, the disturbance's name and the replica: the same
    seed gives the same distortion.

    ``images`` is [batch, height, width, channels] float32 in [0, 1], ``seed`` [2] int32. The result
    has the same shape and range, in 8-bit steps if ``config.rounding``. It is unchanged if no
    disturbance is set.
    """
    if not config.distorts:
        return images
    replica = tf.distribute.get_replica_context()
    if replica is not None:
        seed = tf.random.experimental.stateless_fold_in(seed, replica.replica_id_in_sync_group)
    for disturbance, strength in strengths(config):
        # By name, so that adding or removing one does not change the others.
        word = zlib.crc32(disturbance.name.encode()) & 0x7FFFFFFF
        own = tf.random.experimental.stateless_fold_in(seed, word)
        images = disturbance.differentiable(images, float(strength), own)
        # Straight through: samples that noise takes beyond white or black keep their gradient.
        images += tf.stop_gradient(tf.clip_by_value(images, 0.0, 1.0) - images)
    return round_to_8_bits(images) if config.rounding else images

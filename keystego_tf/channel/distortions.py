"""What happens to a stego image on its way from Alice to Bob, in training.

``round_to_8_bits`` is what every image file does; ``distort`` is what a rougher road adds: each
part draws its own strength for every image of the batch. The real counterparts, on 8-bit images
and always at full strength, are in evaluation/road.py.
"""

from __future__ import annotations

import math

from ..backend import blur, rotate, tf, translate
from ..config import ChannelConfig
from .jpeg import jpeg

#: Blurs that an image's own blur is mixed from, beside the image itself.
BLUR_RUNGS = 4


def round_to_8_bits(images: tf.Tensor) -> tf.Tensor:
    """Samples rounded to multiples of 1/255, the gradient passed straight through.

    images: [batch, height, width, channels] float32 in [0, 1]; same shape and range returned.
    """
    return images + tf.stop_gradient(tf.round(images * 255.0) / 255.0 - images)


def distort(images: tf.Tensor, config: ChannelConfig, seed: tf.Tensor) -> tf.Tensor:
    """Images after a road as rough as ``config`` allows; differentiable, for any size.

    Each part that is not 0 draws a strength for every image, uniformly between nothing and the
    configured value, from ``seed``, the part and the replica: the same seed, the same distortion.
    The order is that of an image that is cropped and edited, then damaged, then saved: shift,
    rotation, blur, noise, dropout, JPEG.

    images: [batch, height, width, channels] float32 in [0, 1]; seed: [2] int32. Same shape and
    range returned, in 8-bit steps if ``config.rounding``; untouched if no part is set.
    """
    if not config.distorts:
        return images
    replica = tf.distribute.get_replica_context()
    if replica is not None:
        seed = tf.random.experimental.stateless_fold_in(seed, replica.replica_id_in_sync_group)
    # The place of a part is its share of the seed: leaving one out does not change the others.
    for place, (name, part) in enumerate(_PARTS.items()):
        most = getattr(config, name)
        if most:
            own = tf.random.experimental.stateless_fold_in(seed, place)
            images = part(images, float(most), own)
            # Straight through: what noise takes beyond white or black keeps its gradient.
            images += tf.stop_gradient(tf.clip_by_value(images, 0.0, 1.0) - images)
    return round_to_8_bits(images) if config.rounding else images


def _shift(images: tf.Tensor, most: float, seed: tf.Tensor) -> tf.Tensor:
    """Moved by up to ``most`` pixels either way, on both axes."""
    return translate(images, _draw(seed, [tf.shape(images)[0], 2], -most, most))


def _rotate(images: tf.Tensor, most: float, seed: tf.Tensor) -> tf.Tensor:
    """Turned by up to ``most`` degrees either way."""
    most = math.radians(most)
    return rotate(images, _draw(seed, [tf.shape(images)[0]], -most, most))


def _blur(images: tf.Tensor, most: float, seed: tf.Tensor) -> tf.Tensor:
    """Blurred with a standard deviation of up to ``most`` pixels.

    ``blur`` takes one constant width for all images, so each image is mixed from the two of
    BLUR_RUNGS + 1 fixed widths around its own, by weights that give the mixed kernel the
    variance drawn.
    """
    variance = tf.square(_draw(seed, _one_each(images), 0.0, most))
    blurred, below = images, 0.0
    for rung in range(1, BLUR_RUNGS + 1):
        sigma = most * rung / BLUR_RUNGS
        weight = tf.clip_by_value((variance - below) / (sigma**2 - below), 0.0, 1.0)
        blurred += weight * (blur(images, sigma) - blurred)
        below = sigma**2
    return blurred


def _add_noise(images: tf.Tensor, most: float, seed: tf.Tensor) -> tf.Tensor:
    """Gaussian noise of a standard deviation of up to ``most`` 8-bit steps."""
    strength, noise = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    sigma = _draw(strength, _one_each(images), 0.0, most / 255.0)
    return images + sigma * tf.random.stateless_normal(tf.shape(images), noise)


def _drop(images: tf.Tensor, most: float, seed: tf.Tensor) -> tf.Tensor:
    """Up to a share of ``most`` of the pixels lost: all channels black."""
    strength, lots = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    share = _draw(strength, _one_each(images), 0.0, most)
    lot = _draw(lots, [*tf.unstack(tf.shape(images)[:3]), 1], 0.0, 1.0)
    return images * tf.cast(lot >= share, images.dtype)


def _compress(images: tf.Tensor, worst: float, seed: tf.Tensor) -> tf.Tensor:
    """JPEG at a quality between ``worst`` and 100, from 8-bit samples as an encoder takes them."""
    return jpeg(round_to_8_bits(images), _draw(seed, [tf.shape(images)[0]], worst, 100.0))


#: What a road may do, in its order, by the field of ChannelConfig that says how much of it.
_PARTS = {
    "shift": _shift,
    "rotation": _rotate,
    "blur": _blur,
    "noise": _add_noise,
    "dropout": _drop,
    "jpeg": _compress,
}


def _draw(seed: tf.Tensor, shape: object, low: float, high: float) -> tf.Tensor:
    """Uniform float32 in [low, high)."""
    return tf.random.stateless_uniform(shape, seed, low, high)


def _one_each(images: tf.Tensor) -> list[object]:
    """Shape of one number for each image, to be multiplied with images."""
    return [tf.shape(images)[0], 1, 1, 1]

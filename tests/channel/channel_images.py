"""Images and channels for the tests of the disturbances."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from keystego_tf.backend import tf
from keystego_tf.channel.registry import real_channels
from keystego_tf.channel.settings import ChannelConfig

SEED = tf.constant([7, 9], tf.int32)


def photo(height: int = 20, width: int = 24, channels: int = 3) -> np.ndarray:
    """Smooth shapes, an edge and a little grain: [height, width, channels] uint8."""
    rng = np.random.default_rng(5)
    smooth = ndimage.gaussian_filter(rng.normal(size=(height, width, channels)), (4, 4, 0))
    image = 120 + 40 * smooth / smooth.std() + rng.normal(scale=4, size=(height, width, 1))
    image[:, width // 2 :] += 30
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def photos_01(channels: int = 3) -> tf.Tensor:
    return tf.constant(np.stack([photo(channels=channels)] * 2) / 255.0, tf.float32)


def only(**strengths: float) -> ChannelConfig:
    """A channel with these disturbances and without rounding."""
    return ChannelConfig(**{"rounding": False, **strengths})


def send(image_u8: np.ndarray, seed: int = 1, **strength: float) -> np.ndarray:
    """What one real disturbance makes of an image."""
    (channel,) = real_channels(ChannelConfig(**strength)).values()
    return channel(image_u8, np.random.default_rng(seed))


def ramp(side: int = 41) -> np.ndarray:
    """Rows that grow brighter by 4 downwards, [side, side, 1] uint8."""
    rows = 50 + 4 * np.arange(side)[:, None]
    return np.broadcast_to(rows, (side, side))[..., None].astype(np.uint8)

"""Layers that convert blocks of 8 x 8 pixels to phases, and phases to changes.

All of them compute in float32, whatever the precision policy, because bfloat16 cannot hold phases.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...backend import keras, tf
from ...channel.jpeg_codec import LUMINANCE, dct
from ...io.jpeg.changed import YCBCR
from .offsets import key_turns

#: Side of a block in pixels.
BLOCK = 8
#: Filters are stored multiplied by this. Coefficients are many steps large, so a filter must change
#: little in a training step, but Adam changes all weights alike.
FINE = 64.0
#: Share of the range at either end in which samples are nearly clipped, and the constant that is
#: added to a variance so that its root has a gradient.
EDGE, SMALL = 0.1, 1e-6
#: Largest shift of a block's brightness with which Alice begins, out of 255.
SHIFT = 4.0


def kept_frequencies(count: int) -> NDArray[np.float32]:
    """Return the orthonormal 8 x 8 DCT waves that JPEG keeps best, without the mean: [count, 64].

    They are sorted by Annex K's luma steps, equal ones row by row.
    """
    order = 1 + np.argsort(LUMINANCE.reshape(-1)[1:], kind="stable")
    return dct()[order[:count]]


def start_filters(count: int, channels: int, start: str, seed: int) -> tuple[Any, Any]:
    """Return initial filters, and the smallest changes that move their coefficients by 1.

    Args:
        count: number of filters.
        channels: 1, or 3 for the luma of R, G and B.
        start: "dct", or "random" for random projections.
        seed: of these, so that Alice and Bob begin with the same.

    Returns:
        float32 [64 * channels, count] and [count, 64 * channels].
    """
    luma = YCBCR[0] if channels == 3 else np.ones(1, np.float32)
    waves = kept_frequencies(count)
    if start == "random":
        noise = keras.initializers.Orthogonal(seed=seed)
        waves = np.asarray(noise((count, BLOCK**2)))
    filters = (waves[..., None] * luma).reshape(count, -1)
    return filters.T.astype(np.float32), (filters / np.sum(luma**2)).astype(np.float32)


def start_steps(count: int, step: float) -> NDArray[np.float32]:
    """Return the logarithms of the initial steps, in proportion to Annex K's: float32 [count]."""
    kept = np.sort(LUMINANCE.reshape(-1)[1:], kind="stable")[:count]
    found: NDArray[np.float32] = np.log(step * kept / kept[0]).astype(np.float32)
    return found


class _Float32(keras.layers.Layer):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "dtype": "float32"})

    def _weight_from(self, name: str, start: NDArray[np.float32]) -> Any:
        """Add a weight that begins with the values of ``start``."""
        return self.add_weight(
            name=name, shape=start.shape, initializer=lambda *_, **__: tf.constant(start)
        )


@keras.saving.register_keras_serializable("keystego_tf")
class Lattices(_Float32):
    """Filters over blocks, and the phases of their values in their lattices.

    Inputs: image_01 [batch, H, W, C], turns [batch, H/8, W/8, filters] in [0, 1), strength
    [batch, 1, 1, 1]. Outputs, both [batch, H/8, W/8, filters]: the phase in turns, and the
    coefficient of samples on the scale of 255.
    """

    def __init__(self, filters: int, step: float, start: str, seed: int, **options: Any) -> None:
        super().__init__(**options)
        self.filters, self.step, self.start, self.seed = filters, step, start, seed

    def build(self, shapes: Any) -> None:
        channels = shapes[0][-1]
        kernel = FINE * start_filters(self.filters, channels, self.start, self.seed)[0]
        self.kernel = self._weight_from("kernel", kernel)
        self.log_step = self._weight_from("log_step", start_steps(self.filters, self.step))
        self.built = True

    def call(self, inputs: Any) -> tuple[Any, Any]:
        image, turns, strength = inputs
        blocks = tf.nn.space_to_depth(255.0 * image, BLOCK)  # [batch, H/8, W/8, 64 C]
        coefficients = tf.tensordot(blocks, tf.convert_to_tensor(self.kernel) / FINE, 1)
        steps = tf.exp(tf.convert_to_tensor(self.log_step)) * strength
        return coefficients / steps + turns, coefficients

    def get_config(self) -> dict[str, Any]:
        own = {"filters": self.filters, "step": self.step, "start": self.start, "seed": self.seed}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("keystego_tf")
class Waves(_Float32):
    """Cosines and sines of phases in turns: from [batch, h, w, n] to [batch, h, w, 2 n]."""

    def call(self, phase: Any) -> Any:
        angle = 2.0 * math.pi * (phase - tf.stop_gradient(tf.round(phase)))
        return tf.concat([tf.cos(angle), tf.sin(angle)], -1)


@keras.saving.register_keras_serializable("keystego_tf")
class Distance(_Float32):
    """Distance, in turns, of a phase to the nearest one that stands for the wanted bit.

    Inputs: phase [batch, h, w, n] and signs [batch, h, w, bits], each -1 or +1. Filter i belongs to
    bit i modulo bits. Output: [batch, h, w, n] in [-0.5, 0.5].
    """

    def call(self, inputs: Any) -> Any:
        phase, signs = inputs
        bits, filters = signs.shape[-1], phase.shape[-1]
        wanted = tf.gather(signs, [place % bits for place in range(filters)], axis=-1)
        off = phase + 0.25 * (1.0 - wanted)
        return off - tf.stop_gradient(tf.round(off))


@keras.saving.register_keras_serializable("keystego_tf")
class Room(_Float32):
    """Where a block's samples may be clipped: from [batch, H, W, C] to [batch, H/8, W/8, 5 C].

    The five values of each channel are the brightest and the darkest sample, how far samples reach
    into the brightest and the darkest tenth of the range, on average, and their standard deviation.
    """

    def call(self, image: Any) -> Any:
        brightest, darkest = (
            tf.nn.max_pool2d(sign * image, BLOCK, BLOCK, "VALID") for sign in (1.0, -1.0)
        )
        bright = _mean(tf.nn.relu(image - (1.0 - EDGE))) / EDGE
        dark = _mean(tf.nn.relu(EDGE - image)) / EDGE
        variance = tf.nn.relu(_mean(image**2) - _mean(image) ** 2)
        deviation = tf.sqrt(variance + SMALL)
        return tf.concat([brightest, -darkest, bright, dark, deviation], -1)


def _mean(image: Any) -> Any:
    """Average over each block and channel."""
    return tf.nn.avg_pool2d(image, BLOCK, BLOCK, "VALID")


@keras.saving.register_keras_serializable("keystego_tf")
class Gated(_Float32):
    """Cosines and sines [batch, h, w, 2 n] times twice the sigmoid of [batch, h, w, n]."""

    def call(self, inputs: Any) -> Any:
        seen, openness = inputs
        gate = 2.0 * tf.sigmoid(openness)
        return seen * tf.concat([gate, gate], -1)


@keras.saving.register_keras_serializable("keystego_tf")
class Change(_Float32):
    """A cover changed by its blocks' amplitudes, clipped to [0, 1].

    Inputs: cover_01 [batch, H, W, C], amplitudes [batch, H/8, W/8, n] in [-1, 1], strength
    [batch, 1, 1, 1]. Initially, the amplitudes scale a step along each filter and, with ``shifts``,
    each channel's brightness.
    """

    def __init__(
        self, filters: int, step: float, start: str, seed: int, shifts: bool, **options: Any
    ) -> None:
        super().__init__(**options)
        self.filters, self.step, self.start, self.seed = filters, step, start, seed
        self.shifts = shifts

    def build(self, shapes: Any) -> None:
        channels = shapes[0][-1]
        _, changes = start_filters(self.filters, channels, self.start, self.seed)
        kernel = self.step * changes
        if self.shifts:
            flat = SHIFT * np.tile(np.eye(channels, dtype=np.float32), BLOCK**2)
            kernel = np.concatenate([kernel, flat])
        self.kernel = self._weight_from("kernel", kernel)
        self.built = True

    def call(self, inputs: Any) -> Any:
        cover, amplitudes, strength = inputs
        blocks = tf.tensordot(amplitudes * strength, tf.convert_to_tensor(self.kernel), 1)
        change = tf.nn.depth_to_space(blocks, BLOCK) / 255.0
        return tf.clip_by_value(cover + change, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        own = {"filters": self.filters, "step": self.step, "start": self.start, "seed": self.seed}
        return {**super().get_config(), **own, "shifts": self.shifts}


@keras.saving.register_keras_serializable("keystego_tf")
class KeyTurns(_Float32):
    """The offsets of a key map (``offsets.key_turns``), and strength 1 for each image."""

    def __init__(self, filters: int, **options: Any) -> None:
        super().__init__(**options)
        self.filters = filters

    def call(self, key: Any) -> tuple[Any, Any]:
        turns = key_turns(key, self.filters)
        turns = tf.ensure_shape(turns, [*turns.shape[:-1], self.filters])
        return turns, tf.ones_like(turns[:, :1, :1, :1])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable("keystego_tf")
class Regroup(_Float32):
    """Message maps as bits of blocks (``into_blocks``), or back; blocks have 1 or 4 ``bits``."""

    def __init__(self, bits: int, into_blocks: bool, **options: Any) -> None:
        super().__init__(**options)
        self.bits, self.into_blocks = bits, into_blocks

    def call(self, values: Any) -> Any:
        if self.bits == 1:
            return tf.identity(values)
        side = math.isqrt(self.bits)
        change = tf.nn.space_to_depth if self.into_blocks else tf.nn.depth_to_space
        return change(values, side)

    def get_config(self) -> dict[str, Any]:
        own = {"bits": self.bits, "into_blocks": self.into_blocks}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("keystego_tf")
class LogScale(_Float32):
    """The compressed size of values, log(1 + |x|) / 4."""

    def call(self, values: Any) -> Any:
        return tf.math.log(1.0 + tf.abs(values)) / 4.0


@keras.saving.register_keras_serializable("keystego_tf")
class Spread(_Float32):
    """The logarithm of a strength [batch, 1, 1, 1], repeated at every block: [batch, h, w, 1]."""

    def call(self, inputs: Any) -> Any:
        strength, like = inputs
        return tf.math.log(strength) * tf.ones_like(like[..., :1])


@keras.saving.register_keras_serializable("keystego_tf")
class Reading(keras.initializers.Initializer):
    """Initialises Bob's linear reading: a cosine for each bit, and less of all others.

    The agents need a reading at the start, or neither finds the other. If it begins with all
    filters alike, it takes thousands of steps to settle on a few filters, which cost Alice less.
    """

    def __call__(self, shape: Any, dtype: Any = None, **_: Any) -> Any:
        inputs, bits = shape[-2:]
        filters = inputs // 2
        kernel = np.zeros((inputs, bits), np.float32)
        for place in range(filters):
            kernel[place, place % bits] = 4.0 if place < bits else 2.0 * bits / filters
        return tf.constant(kernel.reshape(shape))

    def get_config(self) -> dict[str, Any]:
        return {}


@keras.saving.register_keras_serializable("keystego_tf")
class Moving(keras.initializers.Initializer):
    """Initialises Alice's amplitudes: the way to the nearest phase that stands for a bit.

    Together with ``Reading``, this is QIM, which training then improves. The inputs end with the
    distances of all lattices. Lattices after the first ``bits`` are not moved.
    """

    #: Gain on tanh, whose slope is below 1 for long distances.
    GAIN = 1.08

    def __init__(self, lattices: int, bits: int) -> None:
        self.lattices, self.bits = lattices, bits

    def __call__(self, shape: Any, dtype: Any = None, **_: Any) -> Any:
        inputs, outputs = shape[-2:]
        kernel = np.random.normal(0, 0.05 / math.sqrt(inputs), (inputs, outputs))
        distances = inputs - self.lattices + np.arange(self.bits)
        kernel[-self.lattices :] = 0
        kernel[distances, np.arange(self.bits)] = -self.GAIN
        return tf.constant(kernel.reshape(shape).astype(np.float32))

    def get_config(self) -> dict[str, Any]:
        return {"lattices": self.lattices, "bits": self.bits}

"""The code between Alice and Bob as layers (``trellis``): cells, their syndrome, and back.

With ``coding="trellis"`` a message bit lies in the parity of many samples, and not in how some
pixels look. A cosine makes a layer of that: it is 1 where the sum of the samples is even and -1
where it is odd, with a slope in between that Alice can learn from. Periodic activations are those
of Sitzmann et al., 2020; the code is Filler, Judas and Fridrich's, 2011 (docs/deviations.md).
"""

from __future__ import annotations

import math
from typing import Any

from ...backend import keras, tf
from ...embedders.syndrome.trellis import HEIGHT, Code


class _OfCode(keras.layers.Layer):
    """A layer without weights, in float32, that keeps to a code."""

    def __init__(self, channels: int, bits_per_pixel: float, **options: Any) -> None:
        super().__init__(dtype="float32", trainable=False, **options)
        self.channels, self.bits_per_pixel = channels, bits_per_pixel
        self.code = Code(channels, bits_per_pixel)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for fixed in ("dtype", "trainable"):  # in __init__
            config.pop(fixed, None)
        return {**config, "channels": self.channels, "bits_per_pixel": self.bits_per_pixel}

    def _roll(self, cells: Any, back: bool) -> Any:
        """``Code.shifts`` on [batch, h, w, K], the shape known or not."""
        height, width = _sides(cells)
        own, parts = self.code.samples // self.code.groups, []
        for group in range(self.code.groups):
            part = cells[..., group * own : (group + 1) * own]
            down, right = (group * side // self.code.groups for side in (height, width))
            if back:
                down, right = height - down, width - right
            if group:
                part = tf.concat([part[:, down:], part[:, :down]], axis=1)
                part = tf.concat([part[:, :, right:], part[:, :, :right]], axis=2)
            parts.append(part)
        return tf.concat(parts, axis=-1)


@keras.saving.register_keras_serializable("keystego_tf")
class Cells(_OfCode):
    """[batch, H, W, C] -> [batch, h, w, K]: the samples of each message bit (``Code.to_cells``)."""

    def call(self, image: Any) -> Any:
        rows, columns = self.code.cell
        if rows == 1:  # neighbours in memory, too
            height, width = _sides(image)
            image = tf.reshape(image, [-1, height, width // columns, self.code.samples])
        else:
            image = tf.nn.space_to_depth(image, rows)
        return self._roll(image, back=False)


@keras.saving.register_keras_serializable("keystego_tf")
class Samples(_OfCode):
    """[batch, h, w, K] -> [batch, H, W, C]: undoes ``Cells``. Samples that are missing are 0."""

    def call(self, cells: Any) -> Any:
        rows, columns = self.code.cell
        missing = self.code.samples - cells.shape[-1]
        cells = tf.pad(cells, [[0, 0], [0, 0], [0, 0], [0, missing]])
        cells = self._roll(cells, back=True)
        if rows == 1:
            height, width = _sides(cells)
            return tf.reshape(cells, [-1, height, width * columns, self.channels])
        return tf.nn.depth_to_space(cells, rows)


@keras.saving.register_keras_serializable("keystego_tf")
class Syndrome(_OfCode):
    """What cells carry: [batch, h, w, K] in [0, 1] -> [batch, h, w, 1], +1 where the sum of a bit's
    samples, in 8-bit steps, is even, -1 where it is odd."""

    def call(self, cells: Any) -> Any:
        padded = tf.pad(255.0 * cells, [[0, 0], [0, 0], [HEIGHT - 1, 0], [0, 0]])
        sums = tf.nn.conv2d(padded, tf.constant(self.code.kernel()), 1, "VALID")
        # The remainder first: a cosine of thousands has few digits left in float32.
        return tf.cos(math.pi * tf.math.floormod(sums, 2.0))


def _sides(maps: Any) -> tuple[Any, Any]:
    """Height and width, as numbers where they are known."""
    dynamic = tf.shape(maps)
    return tuple(dynamic[axis] if maps.shape[axis] is None else maps.shape[axis] for axis in (1, 2))

"""Filter images so that the picture goes and the noise stays: the front end of steganalysers.

The eight fixed high-pass filters are of the spatial rich model (Fridrich and Kodovsky, 2012). Their
output is truncated at +-3 (Ye, Ni and Yi, 2017), so that edges do not drown the noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backend import keras, tf

#: Each filter divided by its largest weight, by rows: differences of first, second and third order
#: along a row (and, turned, along a column), and two squares.
_FILTERS = (
    [[0, -1, 1]],
    [[1, -2, 1]],
    [[0, 1, -3, 3, -1]],
    [[-1, 2, -1], [2, -4, 2], [-1, 2, -1]],
    [
        [-1, 2, -2, 2, -1],
        [2, -6, 8, -6, 2],
        [-2, 8, -12, 8, -2],
        [2, -6, 8, -6, 2],
        [-1, 2, -2, 2, -1],
    ],
)

#: The filters' output is truncated at this, in 8-bit steps.
LIMIT = 3.0


def high_pass_kernels() -> NDArray[np.float32]:
    """Return the fixed filters, float32 [5, 5, filters], those along a row as columns, too."""
    kernels = []
    for rows in _FILTERS:
        small = np.array(rows, np.float32) / np.abs(rows).max()
        kernel = np.zeros((5, 5), np.float32)
        top, left = ((5 - side) // 2 for side in small.shape)
        kernel[top : top + small.shape[0], left : left + small.shape[1]] = small
        kernels += [kernel] if small.shape[0] > 1 else [kernel, kernel.T]
    return np.stack(kernels, axis=-1)


@keras.saving.register_keras_serializable("keystego_tf")
class HighPass(keras.layers.Layer):
    """Map [batch, H, W, C] to float32 [batch, H, W, 8 C] in [-LIMIT, LIMIT], without weights.

    ``scale``: 8-bit steps of a sample of 1: 255 for images in [0, 1], 1 for samples of 0 to 255.
    """

    def __init__(self, scale: float, **options: Any) -> None:
        super().__init__(dtype="float32", trainable=False, **options)
        self.scale = scale

    def call(self, image: Any) -> Any:
        each = np.repeat(high_pass_kernels()[:, :, np.newaxis], image.shape[-1], axis=2)
        filters = tf.constant(self.scale * each)  # [5, 5, C, filters]
        left = tf.nn.depthwise_conv2d(image, filters, [1, 1, 1, 1], "SAME")
        return tf.clip_by_value(left, -LIMIT, LIMIT)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for fixed in ("dtype", "trainable"):  # in __init__
            config.pop(fixed, None)
        return {**config, "scale": self.scale}

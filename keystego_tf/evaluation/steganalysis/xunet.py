"""A convolutional steganalyser after XuNet.

Xu, Wu and Shi, "Structural design of convolutional neural networks for steganalysis", IEEE Signal
Processing Letters 23(5), 2016. Changes, without which a training of some hundred steps on some
hundred photos learns nothing: the fixed front end has eight high-pass filters of the spatial rich
model (Fridrich and Kodovsky, 2012) instead of one, and truncates what they leave at +-3, as Ye, Ni
and Yi (2017) do, so that edges do not drown the noise; the first group has twice the filters. A
colour image has the front end on each channel, and one logit stands for the two outputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...backend import keras, tf

#: High-pass filters that take the picture away and leave the noise, each over its largest weight,
#: by rows: differences of first, second and third order along a row and a column, and two squares.
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

#: Height and width that the net takes at least, pixels.
LEAST_SIDE = 16

#: What the filters leave is cut at this, in 8-bit steps.
LIMIT = 3.0

#: Filters, kernel size and activation of each group.
GROUPS = ((16, 5, "tanh"), (16, 5, "tanh"), (32, 1, "relu"), (64, 1, "relu"), (128, 1, "relu"))


def build_xunet(channels: int, seed: int = 0) -> Any:
    """The untrained net: [batch, H, W, channels] samples of 0 to 255 to logits [batch, 1].

    H and W: from 16, any; seed: of its weights. A logit above 0 stands for stego. Always float32:
    the changes to be found are of 1 in 255. ValueError if channels is not 1 or 3.
    """
    if channels not in (1, 3):
        raise ValueError(f"channels is {channels}, but must be 1 or 3")
    layers = keras.layers
    image = keras.Input((None, None, channels), name="image_u8")
    kernels = high_pass_kernels()  # [5, 5, filters]
    high_pass = keras.layers.DepthwiseConv2D(
        5,
        padding="same",
        depth_multiplier=kernels.shape[-1],
        use_bias=False,
        trainable=False,
        dtype="float32",
        name="high_pass",
    )
    x = high_pass(image)  # [batch, H, W, C * filters]
    x = layers.Activation(_truncated, dtype="float32", name="truncated")(x)
    for number, (filters, size, activation) in enumerate(GROUPS, start=1):
        x = _group(x, f"group{number}", filters, size, activation, seed + number)
    # [batch, 128]
    logit = keras.layers.Dense(
        1,
        kernel_initializer=keras.initializers.GlorotUniform(seed),
        dtype="float32",
        name="stego",
    )(x)
    model = keras.Model(image, logit, name="xunet")
    each = np.repeat(kernels[:, :, np.newaxis], channels, axis=2)  # [5, 5, C, filters]
    model.get_layer("high_pass").set_weights([each])
    return model


def high_pass_kernels() -> NDArray[np.float32]:
    """The fixed filters, float32 [5, 5, filters], those along a row turned to columns as well."""
    kernels = []
    for rows in _FILTERS:
        small = np.array(rows, np.float32) / np.abs(rows).max()
        kernel = np.zeros((5, 5), np.float32)
        top, left = ((5 - side) // 2 for side in small.shape)
        kernel[top : top + small.shape[0], left : left + small.shape[1]] = small
        kernels += [kernel] if small.shape[0] > 1 else [kernel, kernel.T]
    return np.stack(kernels, axis=-1)


def _truncated(x: Any) -> Any:
    return tf.clip_by_value(x, -LIMIT, LIMIT)


def _group(x: Any, name: str, filters: int, size: int, activation: str, seed: int) -> Any:
    """Convolution, (absolute value in the first), normalisation, activation, pooling."""
    layers = keras.layers
    x = layers.Conv2D(
        filters,
        size,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.GlorotUniform(seed),
        dtype="float32",
        name=f"{name}_conv",
    )(x)
    if name == "group1":
        # The sign of the noise says nothing.
        x = layers.Activation(tf.math.abs, dtype="float32", name=f"{name}_abs")(x)
    x = layers.BatchNormalization(momentum=0.9, dtype="float32", name=f"{name}_bn")(x)
    x = layers.Activation(activation, dtype="float32", name=f"{name}_{activation}")(x)
    if filters == GROUPS[-1][0]:
        return layers.GlobalAveragePooling2D(dtype="float32", name=f"{name}_pool")(x)
    pool = layers.AveragePooling2D(5, 2, padding="same", dtype="float32", name=f"{name}_pool")
    return pool(x)  # [batch, H / 2, W / 2, filters]

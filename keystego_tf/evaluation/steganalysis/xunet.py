"""XuNet: a convolutional steganalyser.

Xu, Wu and Shi, "Structural design of convolutional neural networks for steganalysis", IEEE Signal
Processing Letters 23(5), 2016. Changes: a colour image has the fixed filter on each channel, one
logit stands for the two outputs, and batch statistics are followed faster, for short trainings.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...backend import keras, tf

#: The high-pass filter that takes the picture away and leaves the noise (Kodovsky's 5 x 5 kernel).
HIGH_PASS = (
    np.array(
        [
            [-1, 2, -2, 2, -1],
            [2, -6, 8, -6, 2],
            [-2, 8, -12, 8, -2],
            [2, -6, 8, -6, 2],
            [-1, 2, -2, 2, -1],
        ],
        np.float32,
    )
    / 12
)

#: Filters, kernel size and activation of each group.
GROUPS = ((8, 5, "tanh"), (16, 5, "tanh"), (32, 1, "relu"), (64, 1, "relu"), (128, 1, "relu"))


def build_xunet(height: int, width: int, channels: int, seed: int = 0) -> Any:
    """The untrained net: [batch, height, width, channels] samples of 0 to 255 to logits [batch, 1].

    seed: of its weights. A logit above 0 stands for stego. Always float32: the changes to be found
    are of 1 in 255. ValueError if a side is below 16, or channels not 1 or 3.
    """
    if min(height, width) < 16 or channels not in (1, 3):
        raise ValueError(
            f"shape is {(height, width, channels)}, but must be [16 or more, 16 or more, 1 or 3]"
        )
    image = keras.Input((height, width, channels), name="image_u8")
    high_pass = keras.layers.DepthwiseConv2D(
        5, padding="same", use_bias=False, trainable=False, dtype="float32", name="high_pass"
    )
    x = high_pass(image)
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
    kernel = np.repeat(HIGH_PASS[..., np.newaxis, np.newaxis], channels, axis=2)
    model.get_layer("high_pass").set_weights([kernel])  # [5, 5, C, 1]
    return model


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

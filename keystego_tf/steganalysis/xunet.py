"""A convolutional steganalyser after XuNet.

Xu, Wu and Shi, "Structural design of convolutional neural networks for steganalysis", IEEE Signal
Processing Letters 23(5), 2016. Changes, without which a training of some hundred steps on some
hundred photos learns nothing: the fixed front end has eight high-pass filters instead of one and
truncates what they leave (``high_pass.py``); the first group has twice the filters. A colour
image has the front end on each channel, and one logit stands for the two outputs.
"""

from __future__ import annotations

from typing import Any

from ..backend import keras, tf
from .high_pass import HighPass

#: Height and width that the net takes at least, pixels.
LEAST_SIDE = 16

#: Filters, kernel size and activation of each group.
GROUPS = ((16, 5, "tanh"), (16, 5, "tanh"), (32, 1, "relu"), (64, 1, "relu"), (128, 1, "relu"))


def build_xunet(channels: int, seed: int = 0) -> Any:
    """The untrained net: [batch, H, W, channels] samples of 0 to 255 to logits [batch, 1].

    H and W: from 16, any; seed: of its weights. A logit above 0 stands for stego. Always float32:
    the changes to be found are of 1 in 255. ValueError if channels is not 1 or 3.
    """
    if channels not in (1, 3):
        raise ValueError(f"channels is {channels}, but must be 1 or 3")
    image = keras.Input((None, None, channels), name="image_u8")
    x = HighPass(1.0, name="high_pass")(image)  # [batch, H, W, C * filters]
    for number, (filters, size, activation) in enumerate(GROUPS, start=1):
        x = _group(x, f"group{number}", filters, size, activation, seed + number)
    # [batch, 128]
    logit = keras.layers.Dense(
        1,
        kernel_initializer=keras.initializers.GlorotUniform(seed),
        dtype="float32",
        name="stego",
    )(x)
    return keras.Model(image, logit, name="xunet")


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
    kind = _tanh if activation == "tanh" else activation
    x = layers.Activation(kind, dtype="float32", name=f"{name}_{activation}")(x)
    if filters == GROUPS[-1][0]:
        return layers.GlobalAveragePooling2D(dtype="float32", name=f"{name}_pool")(x)
    pool = layers.AveragePooling2D(5, 2, padding="same", dtype="float32", name=f"{name}_pool")
    return pool(x)  # [batch, H / 2, W / 2, filters]


def _tanh(x: Any) -> Any:
    """tanh, written so that TensorFlow's graph optimiser cannot fuse it.

    On processors with AMX, TF 2.15 joins a convolution, FusedBatchNorm and Tanh to one operation,
    which it then has no kernel for ("Fusion is not implemented").
    """
    return 2 * tf.sigmoid(2 * x) - 1

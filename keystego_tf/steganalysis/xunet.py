"""A convolutional steganalyser after XuNet.

Two changes let a training of some hundred steps on some hundred photos learn anything. The fixed
front end has eight high-pass filters instead of one and truncates their output (``high_pass.py``),
and the first group has twice the filters. For a colour image the front end runs on each channel.
One logit replaces the two outputs.

Source: Xu, Wu and Shi, "Structural design of convolutional neural networks for steganalysis", IEEE
Signal Processing Letters 23(5), 2016.
"""

from __future__ import annotations

from typing import Any

from ..backend import keras, tf
from ..config.checked import require
from .high_pass import HighPass

#: Least height and width that the net takes, pixels.
LEAST_SIDE = 16

#: Filters, kernel size and activation of each group.
GROUPS = ((16, 5, "tanh"), (16, 5, "tanh"), (32, 1, "relu"), (64, 1, "relu"), (128, 1, "relu"))


def build_xunet(channels: int, seed: int = 0, front: bool = True) -> Any:
    """Build the untrained net: [batch, H, W, channels] samples of 0 to 255 to logits [batch, 1].

    A logit above 0 means stego. H and W are 16 or more. The net is always float32, because the
    changes that it looks for are of 1 in 255.

    Args:
        channels: 1 or 3; anything else is a ValueError.
        seed: of the weights.
        front: it looks at the image through the fixed filters, else at the image itself.
    """
    require(channels in (1, 3), "channels", channels, "must be 1 or 3")
    image = keras.Input((None, None, channels), name="image_u8")
    if front:
        x = HighPass(1.0, name="high_pass")(image)  # [batch, H, W, C * filters]
    else:
        x = keras.layers.Rescaling(1 / 128, offset=-1.0, dtype="float32", name="centred")(image)
    for number, (filters, size, activation) in enumerate(GROUPS, start=1):
        x = _group(x, f"group{number}", filters, size, activation, seed + number)
    # [batch, 128]
    logit = keras.layers.Dense(
        1, kernel_initializer=keras.initializers.GlorotUniform(seed), dtype="float32", name="stego"
    )(x)
    return keras.Model(image, logit, name="xunet")


def _group(x: Any, name: str, filters: int, size: int, activation: str, seed: int) -> Any:
    """Convolve, (in the first group) take absolute values, normalise, activate and pool."""
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
        # The sign of the noise carries no information.
        x = layers.Activation(tf.math.abs, dtype="float32", name=f"{name}_abs")(x)
    x = layers.BatchNormalization(momentum=0.9, dtype="float32", name=f"{name}_bn")(x)
    kind = _tanh if activation == "tanh" else activation
    x = layers.Activation(kind, dtype="float32", name=f"{name}_{activation}")(x)
    if filters == GROUPS[-1][0]:
        return layers.GlobalAveragePooling2D(dtype="float32", name=f"{name}_pool")(x)
    pool = layers.AveragePooling2D(5, 2, padding="same", dtype="float32", name=f"{name}_pool")
    return pool(x)  # [batch, H / 2, W / 2, filters]


def _tanh(x: Any) -> Any:
    """Compute tanh in a form that TensorFlow's graph optimiser cannot fuse.

    On processors with AMX, TF 2.15 joins a convolution, FusedBatchNorm and Tanh to one operation,
    for which it then has no kernel ("Fusion is not implemented").
    """
    return 2 * tf.sigmoid(2 * x) - 1

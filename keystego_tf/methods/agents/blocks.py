"""The blocks that the agents are made of (paper, section III-B), and the names of their layers.

A block is a convolution, a batch normalisation and a LeakyReLU of slope 0.2. The convolution has
no bias: the normalisation's shift does its work.
"""

from __future__ import annotations

from typing import Any

from ...backend import keras, leaky_relu, spectral_norm, tf
from ...config.run import GRID, AgentsConfig

#: Slope of LeakyReLU below zero; the paper does not give it.
SLOPE = 0.2


def conv(x: Any, filters: int, name: str, kernel: Any = 3, strides: Any = 1, **options: Any) -> Any:
    """Convolution with "same" padding. x: [batch, height, width, any]."""
    return keras.layers.Conv2D(
        filters, kernel, strides, padding="same", name=f"{name}_conv", **options
    )(x)


def conv_block(
    x: Any,
    filters: int,
    name: str,
    kernel: Any = 3,
    strides: Any = 1,
    spectral: bool = False,
    dtype: Any = None,
) -> Any:
    """Conv-BN-LeakyReLU; ``dtype`` of the convolution where it is not the policy's."""
    layer = keras.layers.Conv2D(
        filters, kernel, strides, padding="same", use_bias=False, name=f"{name}_conv", dtype=dtype
    )
    return _finish((spectral_norm(layer) if spectral else layer)(x), name)


def transposed_block(
    x: Any, filters: int, name: str, kernel: Any = 4, strides: Any = 2, bounded: bool = False
) -> Any:
    """ConvT-BN-LeakyReLU; ``bounded`` ends in a sigmoid instead, to stay in an image's range."""
    layer = keras.layers.Conv2DTranspose(
        filters, kernel, strides, padding="same", use_bias=False, name=f"{name}_convt"
    )
    return _finish(layer(x), name, bounded)


def batch_norm(x: Any, name: str) -> Any:
    """Batch normalisation, over the global batch where there are several replicas."""
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return keras.layers.BatchNormalization(synchronized=replicas > 1, name=name)(x)


def _finish(x: Any, name: str, bounded: bool = False) -> Any:
    x = batch_norm(x, f"{name}_bn")
    if bounded:
        return keras.layers.Activation("sigmoid", name=f"{name}_sigmoid")(x)
    return leaky_relu(SLOPE, f"{name}_lrelu")(x)


def concat(*maps: Any) -> Any:
    """Maps side by side in float32: bfloat16 would blur an image's lowest bits."""
    return keras.layers.Concatenate(dtype="float32", name="concat")(list(maps))


def sigmoid(x: Any, name: str) -> Any:
    """Sigmoid in float32, whatever the precision of the layers before it."""
    return keras.layers.Activation("sigmoid", dtype="float32", name=name)(x)


def bit_map(name: str) -> Any:
    """Input of a map of bits: [batch, any, any, 1] float32, each -1 or +1."""
    return keras.Input((None, None, 1), name=name)


def repeated(key: Any, config: AgentsConfig, name: str) -> Any:
    """A key map at the message map's size, each bit repeated: the mask of a message."""
    size = config.message_shape(GRID, GRID)
    if size == (1, 1):
        return key
    return keras.layers.UpSampling2D(size, dtype="float32", name=name)(key)


@keras.saving.register_keras_serializable("keystego_tf")
class Residual(keras.layers.Layer):
    """cover + scale * change, kept in [0, 1], in float32.

    What goes beyond black or white is cut off, or with ``reflect`` thrown back: a sample that is
    to change by one step then does, in the other direction. Inputs: cover_01 and change, both
    [batch, height, width, channels]; change in [-1, 1].
    """

    def __init__(self, scale: float, reflect: bool = False, **options: Any) -> None:
        super().__init__(dtype="float32", **options)
        self.scale, self.reflect = scale, reflect

    def call(self, inputs: Any) -> Any:
        cover, change = inputs
        stego = cover + self.scale * change
        if self.reflect:
            stego = 1.0 - tf.abs(1.0 - tf.abs(stego))
        return tf.clip_by_value(stego, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("dtype", None)  # fixed in __init__
        return {**config, "scale": self.scale, "reflect": self.reflect}


@keras.saving.register_keras_serializable("keystego_tf")
class Binarise(keras.layers.Layer):
    """+1 where p >= 0.5, else -1; the gradient passes straight through as that of 2p - 1."""

    def call(self, probability: Any) -> Any:
        soft = 2.0 * probability - 1.0
        hard = tf.where(probability >= 0.5, tf.ones_like(soft), -tf.ones_like(soft))
        return soft + tf.stop_gradient(hard - soft)

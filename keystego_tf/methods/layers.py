"""Build the layers and blocks that the methods share.

A block is a convolution, a batch normalisation and a LeakyReLU of slope 0.2 (paper, section III-B).
Its convolution has no bias, because the normalisation's shift does the same.
"""

from __future__ import annotations

from typing import Any

from ..backend import compiled, keras, set_layer_precision, spectral_norm, tf

#: Slope of LeakyReLU below zero. The paper does not give it.
SLOPE = 0.2


@keras.saving.register_keras_serializable("keystego_tf")
class LeakyReLU(keras.layers.Layer):
    """Leaky ReLU, compiled in half precision.

    There, TensorFlow's own takes three times as long, and a sum of plain operations twice
    (``benchmarks/step.py``).
    """

    def __init__(self, slope: float = SLOPE, **options: Any) -> None:
        super().__init__(**options)
        self.slope = slope

    def call(self, inputs: Any) -> Any:
        function = tf.nn.leaky_relu if inputs.dtype == tf.float32 else _compiled_leaky_relu
        return function(inputs, self.slope)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "slope": self.slope}


@compiled
def _compiled_leaky_relu(inputs: Any, slope: float) -> Any:
    return tf.where(inputs > 0, inputs, slope * inputs)


def conv(x: Any, filters: int, name: str, kernel: Any = 3, strides: Any = 1, **options: Any) -> Any:
    """Apply a convolution with "same" padding to x, [batch, height, width, any]."""
    return keras.layers.Conv2D(
        filters, kernel, strides, padding="same", name=f"{name}_conv", **options
    )(x)


def conv_block(
    x: Any,
    filters: int,
    name: str,
    kernel: Any = 3,
    strides: Any = 1,
    slope: float = SLOPE,
    spectral: bool = False,
    dtype: Any = None,
) -> Any:
    """Apply Conv-BN-LeakyReLU.
    Args:
        x: [batch, height, width, any].
        slope: below zero; 1 leaves the block linear, 0 is a plain ReLU.
        spectral: normalises the convolution's kernel spectrally.
        dtype: of the convolution, if it differs from the precision policy's.
    """
    layer = keras.layers.Conv2D(
        filters, kernel, strides, padding="same", use_bias=False, name=f"{name}_conv", dtype=dtype
    )
    x = batch_norm((spectral_norm(layer) if spectral else layer)(x), f"{name}_bn")
    return activation(x, slope, name)


def transposed_block(
    x: Any, filters: int, name: str, kernel: Any = 4, strides: Any = 2, bounded: bool = False
) -> Any:
    """Apply ConvT-BN-LeakyReLU; ``bounded`` ends in a sigmoid instead, for an image's range."""
    x = keras.layers.Conv2DTranspose(
        filters, kernel, strides, padding="same", use_bias=False, name=f"{name}_convt"
    )(x)
    x = batch_norm(x, f"{name}_bn")
    if bounded:
        return keras.layers.Activation("sigmoid", name=f"{name}_sigmoid")(x)
    return activation(x, SLOPE, name)


def activation(x: Any, slope: float, name: str, **options: Any) -> Any:
    """Apply a leaky ReLU; do nothing for slope 1."""
    if slope == 1.0:
        return x
    if slope == 0.0:
        return keras.layers.ReLU(name=f"{name}_relu", **options)(x)
    return LeakyReLU(slope, name=f"{name}_lrelu", **options)(x)


def batch_norm(x: Any, name: str, **options: Any) -> Any:
    """Apply batch normalisation, over the global batch if there are several replicas."""
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return keras.layers.BatchNormalization(synchronized=replicas > 1, name=name, **options)(x)


def train_as_used(model: Any) -> None:
    """From now on, train a model as it hides or reveals.

    Its layers compute in float32, and its batch normalisations use their moving statistics. Agents
    that finish training without this rely on bfloat16's rounding and on a batch's own mean.
    """
    for layer in model.layers:
        set_layer_precision(layer, "float32")
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def concat(*maps: Any) -> Any:
    """Concatenate maps in float32: bfloat16 would blur an image's lowest bits."""
    return keras.layers.Concatenate(dtype="float32", name="concat")(list(maps))


def sigmoid(x: Any, name: str) -> Any:
    """Apply a sigmoid in float32, whatever the precision of the layers before it."""
    return keras.layers.Activation("sigmoid", dtype="float32", name=name)(x)


def logits(x: Any, name: str) -> Any:
    """Return the values before a sigmoid, in float32."""
    return keras.layers.Activation("linear", dtype="float32", name=name)(x)


def bit_map(name: str) -> Any:
    """Make an input for a map of bits: [batch, any, any, 1] float32, each -1 or +1."""
    return keras.Input((None, None, 1), name=name)


@keras.saving.register_keras_serializable("keystego_tf")
class Residual(keras.layers.Layer):
    """cover + scale * change, clipped to [0, 1], in float32.

    Inputs: cover_01 and change, both [batch, height, width, channels]; change is in [-1, 1].
    """

    def __init__(self, scale: float, **options: Any) -> None:
        super().__init__(dtype="float32", **options)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        cover, change = inputs
        return tf.clip_by_value(cover + self.scale * change, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("dtype", None)  # fixed in __init__
        return {**config, "scale": self.scale}


@keras.saving.register_keras_serializable("keystego_tf")
class Binarise(keras.layers.Layer):
    """+1 where p >= 0.5, else -1; the gradient is that of 2p - 1, passed straight through."""

    def call(self, probability: Any) -> Any:
        soft = 2.0 * probability - 1.0
        hard = tf.where(probability >= 0.5, tf.ones_like(soft), -tf.ones_like(soft))
        return soft + tf.stop_gradient(hard - soft)


@keras.saving.register_keras_serializable("keystego_tf")
class Threshold(keras.layers.Layer):
    """``Binarise`` without its gradient, for inference: it saves two constant maps in a file."""

    def call(self, probability: Any) -> Any:
        return tf.where(probability >= 0.5, 1.0, -1.0)

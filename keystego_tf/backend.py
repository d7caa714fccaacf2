"""Hide the differences between two stacks: Keras 2 with tensorflow-addons, and Keras 3.

Python 3.9-3.11 runs TensorFlow 2.15, Keras 2.15 and tensorflow-addons. Python 3.12 and later
runs the newest TensorFlow with Keras 3, whose own layers and image operations replace the addons.
Only this file knows about the two. All other code imports ``tf`` and ``keras`` from here and uses
only what both stacks have.
"""

from __future__ import annotations

import contextlib
import functools
import os
import warnings
from typing import Any

from .io.extras import how_to_install
from .io.quiet import quiet_stderr

# Set before TensorFlow is imported; a value that the user has set wins.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # errors reach Python anyway
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # a third faster on CPUs without AVX-512
os.environ.setdefault("TF_ADDONS_PY_OPS", "1")  # no compiled ops: nothing here needs them
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

# On import, the second stack prints several lines that no log level suppresses.
_quiet = os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"
try:
    with quiet_stderr(shown_if_it_fails=True) if _quiet else contextlib.nullcontext():
        import keras
        import tensorflow as tf
except ModuleNotFoundError as error:
    raise ImportError(f"this needs TensorFlow: {how_to_install('train')} ({error})") from error

KERAS_3 = int(keras.__version__.split(".")[0]) >= 3


def compiled(function: Any) -> Any:
    """Compile a function of tensors by XLA, once for each of their shapes."""
    own = tf.function(function, jit_compile=True)

    @functools.wraps(function)
    def call(*inputs: Any) -> Any:
        _start_compiler()
        return own(*inputs)

    return call


@functools.cache
def _start_compiler() -> None:
    """Start XLA quietly: it announces its first compilation in lines that no level suppresses."""
    with tf.init_scope(), quiet_stderr() if _quiet else contextlib.nullcontext():
        tf.function(tf.identity, jit_compile=True)(tf.zeros([1]))


def _addons() -> Any:
    """Import tensorflow-addons without the notice of its retirement (docs/deviations.md has it)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow_addons
    return tensorflow_addons


def spectral_norm(layer: Any) -> Any:
    """Wrap ``layer`` so that its kernel's largest singular value is 1.

    Keras 2 gets the wrapper of tensorflow-addons, because its own fails in graph mode. Keras 3 gets
    its own.

    Source:
        Miyato et al., 2018.
    """
    name = f"{layer.name}_sn"
    if KERAS_3:
        return keras.layers.SpectralNormalization(layer, name=name)
    return _addons().layers.SpectralNormalization(layer, name=name)


def pad_edges(images: tf.Tensor, rows: tuple[Any, Any], columns: tuple[Any, Any]) -> tf.Tensor:
    """Repeat the edges of images outwards, by any amount.

    Args:
        images: [batch, height, width, channels].
        rows: pixels to add above and below.
        columns: pixels to add on the left and on the right.
    """
    for axis, (before, after) in ((1, rows), (2, columns)):
        size = tf.shape(images)[axis]
        inside = tf.clip_by_value(tf.range(-before, size + after), 0, size - 1)
        images = tf.gather(images, inside, axis=axis)
    return images


def blur(images: tf.Tensor, sigma: float) -> tf.Tensor:
    """Apply a Gaussian blur whose kernel reaches 3 standard deviations to each side; edges repeat.

    Args:
        images: float32 [batch, height, width, channels].
        sigma: pixels, above 0.

    Returns:
        The blurred images, of the same shape.
    """
    reach = max(1, round(3 * sigma))
    size = 2 * reach + 1
    # The padding of both stacks is black, which would darken the border.
    padded = pad_edges(images, (reach, reach), (reach, reach))
    if KERAS_3:
        blurred = keras.ops.image.gaussian_blur(padded, (size, size), (sigma, sigma))
    else:
        blurred = _addons().image.gaussian_filter2d(padded, (size, size), sigma, "CONSTANT")
    return tf.ensure_shape(blurred[:, reach:-reach, reach:-reach], images.shape)


def translate(images: tf.Tensor, shifts: tf.Tensor) -> tf.Tensor:
    """Move each image by its own shift, bilinearly; edges repeat.

    Args:
        images: float32 [batch, height, width, channels].
        shifts: float32 [batch, 2], pixels to the right and down.

    Returns:
        The moved images, of the same shape.
    """
    if not KERAS_3:
        return _addons().image.translate(images, shifts, "bilinear", fill_mode="nearest")
    one, zero = tf.ones_like(shifts[:, 0]), tf.zeros_like(shifts[:, 0])
    matrix = [one, zero, -shifts[:, 0], zero, one, -shifts[:, 1], zero, zero]
    return _affine(images, tf.stack(matrix, axis=-1))


def rotate(images: tf.Tensor, angles: tf.Tensor) -> tf.Tensor:
    """Turn each image about its centre by its own angle, bilinearly; edges repeat.

    Args:
        images: float32 [batch, height, width, channels].
        angles: float32 [batch], radians, counter-clockwise.

    Returns:
        The turned images, of the same shape.
    """
    if not KERAS_3:
        return _addons().image.rotate(images, angles, "bilinear", fill_mode="nearest")
    shape = tf.cast(tf.shape(images), tf.float32)
    y, x = (shape[1] - 1) / 2, (shape[2] - 1) / 2
    cos, sin, zero = tf.cos(angles), tf.sin(angles), tf.zeros_like(angles)
    matrix = [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y, zero, zero]
    return _affine(images, tf.stack(matrix, axis=-1))


def _affine(images: tf.Tensor, transforms: tf.Tensor) -> tf.Tensor:
    """Apply Keras 3's affine transform; each row maps an output pixel to its input pixel."""
    return keras.ops.image.affine_transform(
        images, transforms, interpolation="bilinear", fill_mode="nearest"
    )


def apply_gradients(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """Apply gradients that are already summed over replicas, inside a replica's part of a step."""
    if not KERAS_3:
        optimizer.apply_gradients(zip(gradients, variables), skip_gradients_aggregation=True)
        return
    # Keras 3 sums over replicas once more and cannot be told not to.
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    if replicas > 1:
        gradients = [gradient / replicas for gradient in gradients]
    optimizer.apply_gradients(zip(gradients, variables))


def tracked_variables(models: list[Any]) -> list[Any]:
    """Return the TensorFlow variables behind models' weights, for a module to own."""
    weights = [weight for model in models for weight in model.weights]
    return [weight.value if KERAS_3 else weight for weight in weights]


def set_precision(name: str) -> str:
    """Set Keras's policy for the layers built from now on.

    Variables, the image path and the losses stay float32 in any case.

    Args:
        name: float32, bfloat16, float16 or auto. auto is bfloat16 where the processor multiplies in
            it, else float32.

    Returns:
        The choice, with auto resolved.
    """
    if name == "auto":
        name = "bfloat16" if _multiplies_bfloat16() else "float32"
    policy = "float32" if name == "float32" else f"mixed_{name}"
    keras.mixed_precision.set_global_policy(policy)
    return name


def set_layer_precision(layer: Any, name: str) -> None:
    """Make a built layer compute in another precision; its variables stay float32."""
    if KERAS_3:
        layer.dtype_policy = name
    else:
        layer._set_dtype_policy(name)  # Keras 2 has no public way


def _multiplies_bfloat16() -> bool:
    if tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(
            tf.config.list_physical_devices("GPU")[0]
        )
        return details.get("compute_capability", (0, 0)) >= (8, 0)
    flags = processor_line("flags")
    return "avx512_bf16" in flags or "amx_bf16" in flags


def processor_line(name: str) -> str:
    """Return what Linux says of the first processor under a name, such as "model name", or ""."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            line = next((each for each in file if each.startswith(name)), "")
    except OSError:
        return ""
    return line.partition(":")[2].strip()

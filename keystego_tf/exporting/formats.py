"""TFLite files of one SavedModel signature, in several precisions; all take and return floats."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray

from ..backend import tf
from ..bundles.convert import operations
from ..io.quiet import quiet_stderr

#: What a file computes in. With dynamic-int8, weights are int8, and a runtime sums in int8 if it
#: can. With int8, samples between layers are int8, too, in ranges found on calibration images.
FORMATS = ("float32", "float16", "dynamic-int8", "int8")
#: Shares of Bob's bits that a file may read differently from Keras.
BARS = {"saved_model": 0.001, "float32": 0.001, "float16": 0.001, "dynamic-int8": 0.005}
BARS["int8"] = 0.005

Inputs = dict[str, NDArray[np.float32]]


def to_format(
    folder: Path,
    signature: str,
    name: str,
    calibration: Callable[[], Iterable[Inputs]],
    kept_in_float: tuple[str, ...] = (),
) -> bytes:
    """Convert a SavedModel's signature to a TFLite file in format ``name``, one of FORMATS.

    Args:
        calibration: makes an iterable of inputs by name, batch of one. Only int8 uses it.
        kept_in_float: beginnings of the names of layers that int8 leaves alone.
    """
    if name not in FORMATS:
        raise ValueError(f"format is {name!r}, but must be one of {', '.join(FORMATS)}")
    # Keras 3's TensorFlow warns of its own converter's interpreter
    with quiet_stderr(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == "int8":
            return _to_int8(folder, signature, calibration, kept_in_float)
        converter = _converter(folder, signature)
        if name != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if name == "float16":
            converter.target_spec.supported_types = [tf.float16]
        content: bytes = converter.convert()
        return content


def _converter(folder: Path, signature: str) -> Any:
    return tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=[signature])


def _to_int8(
    folder: Path,
    signature: str,
    calibration: Callable[[], Iterable[Inputs]],
    kept_in_float: tuple[str, ...],
) -> bytes:
    """Convert to full int8, except for the layers that it would spoil."""
    spared = _outputs_of(kept_in_float, _converter(folder, signature).convert())
    converter = _converter(folder, signature)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]

    def examples() -> Iterable[tuple[str, Inputs]]:
        return ((signature, inputs) for inputs in calibration())

    converter.representative_dataset = examples
    if not spared:
        content: bytes = converter.convert()
        return content
    # The converter has no list of layers to spare, but its debugger does.
    options = tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=spared)
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter, debug_dataset=examples, debug_options=options
    )
    spared_content: bytes = debugger.get_nondebug_quantized_model()
    return spared_content


def _outputs_of(layers: tuple[str, ...], content: bytes) -> list[str]:
    """List the output tensors of some layers' operations in a TFLite file."""
    names = [name for _, outputs in operations(content) for name in outputs]
    # a fused operation is named after its layers, joined by semicolons; the first one counts
    paths = [name.split(";")[0].split("/") for name in names]
    return [
        name
        for name, parts in zip(names, paths)
        # Keras 3 numbers layers after an underscore, as we do mask_1, mask_2 and so on
        if any(part == own or part.startswith(f"{own}_") for part in parts for own in layers)
    ]

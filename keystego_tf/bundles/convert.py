"""Convert agents to SavedModels with named signatures, and those to TFLite files.

Both have a static batch of one and are for inference only. The module tracks the weights as its own
variables, because a Keras 3 model inside a module does not pass on its variables. Without this, the
file would convert without a warning and compute NaN.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ai_edge_litert.interpreter import Interpreter

from ..backend import tf, tracked_variables
from ..io.quiet import quiet_stderr
from ..methods import Signature

#: Operations of a file that has lost its weights to variables outside it.
VARIABLES = {"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"}


def save_model(folder: Path, functions: dict[str, Signature], dynamic: bool = False) -> None:
    """Write a SavedModel that answers ``functions``, each with its model's output by name.

    ``dynamic`` leaves batch, height and width of every input free.
    """
    module = tf.Module()
    module.weights = tracked_variables([model for _, model in functions.values()])
    endpoints = {name: _endpoint(*signature, dynamic) for name, signature in functions.items()}
    tf.saved_model.save(module, str(folder), signatures=endpoints)


def _endpoint(inputs: dict[str, tuple[int, ...]], model: Any, dynamic: bool) -> Any:
    shapes = {
        name: (None, None, None, shape[-1]) if dynamic else (1, *shape)
        for name, shape in inputs.items()
    }
    specs = [tf.TensorSpec(shape, tf.float32, name=name) for name, shape in shapes.items()]

    @tf.function(input_signature=specs)
    def answer(*values: Any) -> Any:
        given = list(values) if len(values) > 1 else values[0]
        return {model.output_names[0]: model(given, training=False)}

    return answer


def to_tflite(functions: dict[str, Signature]) -> bytes:
    """Make a float32 TFLite file that answers ``functions``, storing shared weights once.

    Raises ValueError if the file has variables, because such a file has lost its weights.
    """
    with tempfile.TemporaryDirectory() as folder, quiet_stderr():
        save_model(Path(folder), functions)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[*functions])
        content: bytes = converter.convert()
    if VARIABLES & {kind for kind, _ in operations(content)}:
        raise ValueError(f"the TFLite file for {', '.join(functions)} has variables, not weights")
    return content


def operations(content: bytes) -> list[tuple[str, list[str]]]:
    """List the operations of a TFLite file: each one's kind and the names of its outputs."""
    opened = interpreter(content)
    names = {each["index"]: each["name"] for each in opened.get_tensor_details()}
    return [
        (each["op_name"], [names.get(index, "") for index in each["outputs"]])
        for each in opened._get_ops_details()
    ]


def interpreter(content: bytes) -> Interpreter:
    """Open a TFLite file on LiteRT, on one thread."""
    with quiet_stderr():
        return Interpreter(model_content=content, num_threads=1)

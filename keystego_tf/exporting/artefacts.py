"""Run what was exported: TFLite files on LiteRT, SavedModels on TensorFlow."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..backend import tf
from ..bundles.convert import interpreter

Floats = NDArray[np.float32]
#: Name, shape and type of a tensor; a free dimension is -1.
Tensor = dict[str, Any]


class Artefact(Protocol):
    """One signature of an exported file."""

    inputs: list[Tensor]
    outputs: list[Tensor]

    def answer(self, inputs: dict[str, Floats]) -> Floats:
        """Return the output for inputs by name."""


class ExportFailed(Exception):
    """An exported file is wrong; the message says what is wrong."""


class TFLiteFile:
    """A TFLite file on LiteRT, on one thread."""

    def __init__(self, content: bytes, signature: str) -> None:
        self._interpreter = interpreter(content)  # a runner keeps no reference of its own
        _check_there(signature, self._interpreter.get_signature_list())
        runner = self._runner = self._interpreter.get_signature_runner(signature)
        self.inputs = [_tensor(name, each) for name, each in runner.get_input_details().items()]
        self.outputs = [_tensor(name, each) for name, each in runner.get_output_details().items()]

    def answer(self, inputs: dict[str, Floats]) -> Floats:
        (output,) = self._runner(**inputs).values()
        return np.asarray(output)


class SavedModel:
    """A SavedModel's signature on TensorFlow."""

    def __init__(self, folder: Path, signature: str) -> None:
        self._model = tf.saved_model.load(str(folder))  # keeps the variables alive
        _check_there(signature, self._model.signatures)
        function = self._function = self._model.signatures[signature]
        inputs, outputs = function.structured_input_signature[1], function.structured_outputs
        self.inputs = [_spec(name, each) for name, each in inputs.items()]
        self.outputs = [_spec(name, each) for name, each in outputs.items()]

    def answer(self, inputs: dict[str, Floats]) -> Floats:
        given = {name: tf.constant(value) for name, value in inputs.items()}
        (output,) = self._function(**given).values()
        return np.asarray(output)


def _check_there(signature: str, names: Collection[str]) -> None:
    if signature not in names:
        raise ExportFailed(
            f"signature {signature} is missing: there is {', '.join(names) or 'none'}"
        )


def _tensor(name: str, details: dict[str, Any]) -> Tensor:
    return {
        "name": name,
        "tensor": details["name"],
        "shape": [int(side) for side in details["shape_signature"]],
        "dtype": np.dtype(details["dtype"]).name,
    }


def _spec(name: str, spec: Any) -> Tensor:
    shape = [-1 if side is None else int(side) for side in spec.shape]
    return {"name": name, "tensor": spec.name, "shape": shape, "dtype": spec.dtype.name}

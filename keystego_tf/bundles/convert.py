"""Agents as SavedModels with named signatures, and as the TFLite files that are made of them.

Both have a static batch of one and hold inference only. The weights go along as variables that the
module tracks: a Keras 3 model inside a module does not hand over its own, and the file that comes
of it converts without a word and computes NaN.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ai_edge_litert.interpreter import Interpreter

from ..backend import keras, tf, tracked_variables
from ..config.run import AgentsConfig
from ..io.quiet import quiet_stderr
from ..methods.agents import Agents
from .catalogue import TILE

#: Shapes of a signature's inputs by name, without the batch, and the model that answers it.
Signature = tuple[dict[str, tuple[int, ...]], Any]


def signatures(
    agents: Agents, config: AgentsConfig, side: int = TILE
) -> dict[str, dict[str, Signature]]:
    """What each agent answers on a device, for images of ``side`` x ``side`` pixels.

    ``{agent: {signature: (inputs, model)}}`` with Alice's ``hide``, Bob's ``read`` and the
    generator's ``make``; names and ranges of inputs and outputs are those of the builders. With
    the wide key path, the asymmetric Bob answers ``lift`` too: he reads under a given ``mask``,
    so that a sender, who has no secret key, can see what the receiver will read.
    """
    image = (side, side, config.channels)
    message, key = (*config.message_shape(side, side), 1), (*config.key_shape(side, side), 1)
    alice: dict[str, tuple[int, ...]] = {"cover": image, "message": message, "key": key}
    bob: dict[str, tuple[int, ...]] = {"stego": image, "secret_key": key}
    if config.asymmetric:
        bob["public_key"] = key
    found: dict[str, dict[str, Signature]] = {
        "alice": {"hide": (alice, agents.alice)},
        "bob": {"read": (bob, agents.bob)},
    }
    if config.asymmetric:
        found["pk_generator"] = {"make": ({"secret_key": key}, _threshold(agents.pk_generator))}
        if config.key_path == "wide":
            stego, mask = agents.bob.inputs[0], agents.bob.get_layer("mask").output
            under_mask = keras.Model([stego, mask], agents.bob.output)
            found["bob"]["lift"] = ({"stego": image, "mask": key}, under_mask)
    return found


@keras.saving.register_keras_serializable("keystego_tf")
class Threshold(keras.layers.Layer):
    """+1 where p >= 0.5, else -1: ``Binarise`` without its gradient."""

    def call(self, probability: Any) -> Any:
        return tf.where(probability >= 0.5, 1.0, -1.0)


def _threshold(pk_generator: Any) -> Any:
    """The generator for inference: its straight-through gradient would leave two constant maps of
    the key's size in the file, more than twice as large as all the rest."""
    probability = pk_generator.get_layer("probability").output
    public_key = Threshold(name="public_key", dtype="float32")(probability)
    return keras.Model(pk_generator.input, public_key, name="pk_generator")


def save_model(folder: Path, functions: dict[str, Signature], dynamic: bool = False) -> None:
    """Write a SavedModel that answers ``functions``, each with its model's output by name.

    dynamic: leaves batch, height and width of every input free.
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
    """A float32 TFLite file that answers ``functions``; they share what weights they share.

    Raises ValueError if the file has variables: such a file has lost its weights.
    """
    with tempfile.TemporaryDirectory() as folder, quiet_stderr():
        save_model(Path(folder), functions)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[*functions])
        content: bytes = converter.convert()
        interpreter = Interpreter(model_content=content)
    operations = {each["op_name"] for each in interpreter._get_ops_details()}
    if operations & {"VAR_HANDLE", "READ_VARIABLE"}:
        raise ValueError(f"the TFLite file for {', '.join(functions)} has variables, not weights")
    return content

"""TFLite files of tiny agents answer as the Keras models that they were made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tiny import tiny_run

from keystego_tf.backend import keras
from keystego_tf.bundles.bundles import set_weights, weights_of
from keystego_tf.bundles.convert import to_tflite
from keystego_tf.bundles.runner import _interpreter
from keystego_tf.config import RunConfig
from keystego_tf.methods import Agents, method_of
from keystego_tf.methods import build as fresh

SIDE = 16
#: What tests/methods/test_every_method.py leaves out.
CASES = [("symmetric", 0.0625, 3), ("asymmetric", 0.5, 1)]


def build(seed: int = 1, **values: Any) -> tuple[Agents, RunConfig]:
    """Agents whose every weight is its own, the moving statistics' too."""
    config = tiny_run(**values)
    keras.utils.set_random_seed(seed)
    agents, rng = fresh(config), np.random.default_rng(seed)
    weights = weights_of(agents)
    # factors keep variances positive, and probabilities away from 0 and 1
    changed = {
        name: (each * rng.uniform(0.8, 1.2, each.shape) + rng.uniform(-0.02, 0.02, each.shape))
        for name, each in weights.items()
    }
    set_weights(agents, {name: each.astype("f4") for name, each in changed.items()})
    return agents, config


def inputs_of(shapes: dict[str, tuple[int, ...]], seed: int = 0) -> dict[str, np.ndarray]:
    """Samples in [0, 1] for images, -1 and +1 for maps."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.random((1, *shape)).astype("f4")
        if name in ("cover", "stego")
        else np.where(rng.random((1, *shape)) < 0.5, -1, 1).astype("f4")
        for name, shape in shapes.items()
    }


def answer(content: bytes, signature: str, inputs: dict[str, np.ndarray]) -> np.ndarray:
    (output,) = _interpreter(content, 1).get_signature_runner(signature)(**inputs).values()
    return np.asarray(output)


@pytest.mark.parametrize(("scheme", "rate", "channels"), CASES)
def test_every_signature_answers_as_its_model(scheme: str, rate: float, channels: int) -> None:
    agents, config = build(scheme=scheme, bits_per_pixel=rate, channels=channels)
    found = method_of(config).signatures(agents, config, SIDE)
    expected = {"alice": {"hide"}, "bob": {"read"}}
    if scheme == "asymmetric":
        expected = {"alice": {"hide"}, "bob": {"read", "read_under_mask"}, "pk_generator": {"make"}}
    assert {agent: set(functions) for agent, functions in found.items()} == expected
    for functions in found.values():
        content = to_tflite(functions)
        names = {each["op_name"] for each in _interpreter(content, 1)._get_ops_details()}
        assert not names & {"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"}
        for signature, (shapes, model) in functions.items():
            inputs = inputs_of(shapes)
            given = [*inputs.values()]
            wanted = np.asarray(model(given if len(given) > 1 else given[0], training=False))
            output = answer(content, signature, inputs)
            assert np.isfinite(output).all() and output.shape == wanted.shape
            assert output.std() > 0 or signature == "make"  # weights that were lost give constants
            np.testing.assert_allclose(output, wanted, atol=1e-4)


def test_bob_reads_alike_under_the_mask_that_he_works_out() -> None:
    agents, config = build(scheme="asymmetric")
    functions = method_of(config).signatures(agents, config, SIDE)["bob"]
    content = to_tflite(functions)
    inputs = inputs_of(functions["read"][0])
    worked_out = keras.Model(agents.bob.inputs, agents.bob.get_layer("mask").output)
    mask = np.asarray(worked_out([*inputs.values()], training=False))
    found = answer(content, "read_under_mask", {"stego": inputs["stego"], "mask": mask})
    np.testing.assert_allclose(found, answer(content, "read", inputs), atol=1e-4)

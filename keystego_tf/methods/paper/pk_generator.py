"""The pK generator makes a public key from a secret one (paper, definition 4)."""

from __future__ import annotations

from typing import Any

from ...backend import keras
from ..layers import SLOPE, Binarise, Threshold, activation, batch_norm, bit_map, conv, sigmoid


def build_pk_generator(binary: bool = True, slope: float = SLOPE) -> Any:
    """Build the pK generator, a functional model of 22 trainable weights: no one-way function.

    Args:
        binary: round the public key to bits, with a straight-through gradient. Otherwise it stays
            real, in [-1, 1], as in the authors' code.
        slope: of the first block below zero.

    Returns:
        A model from ``secret_key`` [batch, H/4, W/4, 1] float32, each -1 or +1, to ``public_key``
        of the same shape.
    """
    secret_key = bit_map("secret_key")
    exact = {"dtype": "float32"}  # in bfloat16, some bits of a public key would change
    x = batch_norm(conv(secret_key, 1, "block_1", use_bias=False, **exact), "block_1_bn", **exact)
    x = activation(x, slope, "block_1", **exact)
    x = batch_norm(conv(x, 1, "block_2", use_bias=False, **exact), "block_2_bn", **exact)
    probability = sigmoid(x, "probability")
    if binary:
        public_key = Binarise(name="public_key", dtype="float32")(probability)
    else:
        public_key = keras.layers.Rescaling(2.0, -1.0, name="public_key", dtype="float32")(
            probability
        )
    return keras.Model(secret_key, public_key, name="pk_generator")


def inference(pk_generator: Any) -> Any:
    """Return the generator without gradients, for export; the public key stays bits or real."""
    last = pk_generator.get_layer("public_key")
    if not isinstance(last, Binarise):
        return pk_generator
    probability = pk_generator.get_layer("probability").output
    public_key = Threshold(name="public_key", dtype="float32")(probability)
    return keras.Model(pk_generator.input, public_key, name="pk_generator")

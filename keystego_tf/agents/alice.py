"""Alice hides a message in a cover (paper, definition 1 and section III-B)."""

from __future__ import annotations

from typing import Any

from ..backend import keras
from ..config import AgentsConfig
from .blocks import Residual, bit_map, concat, conv, conv_block, sigmoid, transposed_block


def build_alice(config: AgentsConfig) -> Any:
    """Alice as a functional model.

    Inputs, by name: ``cover`` [batch, H, W, C] float32 in [0, 1]; ``message`` [batch, h, w, 1]
    and ``key`` [batch, H/4, W/4, 1] float32, each -1 or +1, with h x w from
    ``config.message_shape``; the key is the secret key (symmetric) or the public one (asymmetric).
    Output: ``stego`` [batch, H, W, C] float32 in [0, 1], not yet rounded to 8 bits.
    """
    channels = config.channels
    cover = keras.Input((None, None, channels), name="cover")
    message, key = bit_map("message"), bit_map("key")

    key_map = transposed_block(key, channels, "key_1")
    key_map = transposed_block(key_map, channels, "key_2")  # [batch, H, W, C]
    # The paper sets the message's blocks by its length: from h x w to H x W in two steps.
    first, second = ((3, 4), (1, 2)), ((3, 3), (1, 1))
    if config.bits_per_pixel == 0.0625:
        first = second = ((4, 4), (2, 2))
    message_map = transposed_block(message, channels, "message_1", *first)
    message_map = transposed_block(message_map, channels, "message_2", *second)

    x = concat(cover, message_map, key_map)  # [batch, H, W, 3C]
    for index in range(1, 5):
        x = conv_block(x, config.filters, f"block_{index}")
    x = conv(x, channels, "paint")
    if config.alice == "paper":
        stego = sigmoid(x, "stego")
    else:
        change = keras.layers.Activation("tanh", dtype="float32", name="change")(x)
        stego = Residual(config.residual_scale, name="stego")([cover, change])
    return keras.Model([cover, message, key], stego, name="alice")

"""Alice hides a message in a cover (paper, definition 1 and section III-B)."""

from __future__ import annotations

from typing import Any

from ...backend import keras
from ...config.run import AgentsConfig
from .blocks import (
    Binarise,
    Residual,
    bit_map,
    concat,
    conv,
    conv_block,
    repeated,
    sigmoid,
    transposed_block,
)
from .syndrome import Cells, Samples, Syndrome

#: An 8-bit step of a sample in [0, 1], which is what the coded Alice changes one by.
ONE_STEP = 1.0 / 255


def build_alice(config: AgentsConfig) -> Any:
    """Alice as a functional model.

    Inputs, by name: ``cover`` [batch, H, W, C] float32 in [0, 1]; ``message`` [batch, h, w, 1]
    and ``key`` [batch, H/4, W/4, 1] float32, each -1 or +1, with h x w from
    ``config.message_shape``; the key is the secret key (symmetric) or the public one (asymmetric).
    Output: ``stego`` [batch, H, W, C] float32 in [0, 1], not yet rounded to 8 bits.
    """
    if config.coding == "trellis":
        return _build_coded(config)
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


def _build_coded(config: AgentsConfig) -> Any:
    """Alice with coding: at the message map's size, on the samples of each bit's cell.

    She sees what the cover carries already and settles whether each bit has to be turned over
    (layer ``turn``, which is learned first: ``training/rehearsal.py``) and by a step up or down
    (``way``), in the sample of each cell that turns over no other bit (``Code.columns``). To use
    the others one has to look far ahead: that is what a search is for (``Code.flips``). The way is
    up or down and nothing between, which would leave a bit as it is.
    """
    code = config.channels, config.bits_per_pixel
    cover = keras.Input((None, None, config.channels), name="cover")
    message, key = bit_map("message"), bit_map("key")
    activation = keras.layers.Activation

    cells = Cells(*code, name="cells")(cover)  # [batch, h, w, K]
    carried = Syndrome(*code, name="carried")(cells)  # [batch, h, w, 1]
    x = concat(carried, message, repeated(key, config, "key_map"))
    x = conv_block(x, config.filters, "turn_1", kernel=1)
    x = conv_block(x, config.filters, "turn_2", kernel=1)
    x = conv(x, 1, "turn", kernel=1)
    turn = activation("linear", dtype="float32", name="turn_logits")(x)
    turn = sigmoid(turn, "turn")

    x = conv_block(cells, config.filters, "way_1")
    x = conv_block(x, config.filters, "way_2")
    way = Binarise(dtype="float32", name="way")(sigmoid(conv(x, 1, "way"), "way_up"))
    change = keras.layers.Multiply(dtype="float32", name="change")([turn, way])
    change = Samples(*code, name="samples")(change)  # [batch, H, W, C]
    stego = Residual(ONE_STEP, reflect=True, name="stego")([cover, change])
    return keras.Model([cover, message, key], stego, name="alice")

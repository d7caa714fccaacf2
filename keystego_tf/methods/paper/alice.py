"""Alice hides a message in a cover (paper, definition 1 and section III-B)."""

from __future__ import annotations

from typing import Any

from ...backend import keras
from ...config.sections import AgentsConfig
from ..layers import SLOPE, bit_map, concat, conv, conv_block, sigmoid, transposed_block

#: Slope of the authors' blocks, except those of message and key maps: PyTorch's default.
CODE_SLOPE = 0.01


def build_alice(config: AgentsConfig, filters: int, reading: str = "text") -> Any:
    """Build Alice as a functional model that paints the stego image anew.

    Args:
        config: the scheme. In the asymmetric one, the key is the public key.
        filters: of a block; the paper has 64.
        reading: "text", or "code" for the authors' code. There, message and key maps grow from one
            channel to two and three, the four blocks have slope 0.01, and the last layer is 1 x 1.

    Returns:
        A model with inputs ``cover`` [batch, H, W, C] float32 in [0, 1], ``message``
        [batch, h, w, 1] and ``key`` [batch, H/4, W/4, 1] float32, each -1 or +1, and the output
        ``stego`` [batch, H, W, C] float32 in [0, 1], not yet rounded to 8 bits.
    """
    cover, message, key = inputs(config)
    x = trunk(cover, message, key, config, filters, reading)
    stego = sigmoid(
        conv(x, config.channels, "paint", kernel=1 if reading == "code" else 3), "stego"
    )
    return keras.Model([cover, message, key], stego, name="alice")


def inputs(config: AgentsConfig) -> tuple[Any, Any, Any]:
    """Make Alice's inputs: cover, message and key."""
    cover = keras.Input((None, None, config.channels), name="cover")
    return cover, bit_map("message"), bit_map("key")


def trunk(
    cover: Any, message: Any, key: Any, config: AgentsConfig, filters: int, reading: str = "text"
) -> Any:
    """Pass Alice's inputs through her four blocks: [batch, H, W, filters]."""
    maps = (2, 3) if reading == "code" else (config.channels, config.channels)
    key_map = transposed_block(key, maps[0], "key_1")
    key_map = transposed_block(key_map, maps[1], "key_2")  # [batch, H, W, maps]
    # From h x w to H x W in two steps. The paper chooses them by the message's length.
    wide, plain = ((3, 4), (1, 2)), ((3, 3), (1, 1))
    first, second = (wide, plain) if config.bits_per_pixel == 0.5 else ((4, 2), (4, 2))
    message_map = transposed_block(message, maps[0], "message_1", *first)
    message_map = transposed_block(message_map, maps[1], "message_2", *second)
    x = concat(cover, message_map, key_map)
    slope = CODE_SLOPE if reading == "code" else SLOPE
    for index in range(1, 5):
        x = conv_block(x, filters, f"block_{index}", slope=slope)
    return x

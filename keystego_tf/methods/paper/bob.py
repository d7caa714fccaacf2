"""Bob recovers the message with his key (paper, definition 2 and section III-B)."""

from __future__ import annotations

from typing import Any

from ...backend import keras
from ...config.sections import AgentsConfig
from ..layers import SLOPE, bit_map, concat, conv, conv_block, logits, sigmoid, transposed_block


def build_bob(config: AgentsConfig, filters: int, reading: str = "text") -> tuple[Any, Any]:
    """Build Bob as a functional model, and the same up to his logits.

    Args:
        config: the scheme.
        filters: of a block; the paper has 64.
        reading: "text", or "code" for the authors' code. Its ``LeakyReLU(True)`` sets slope 1,
            which leaves Bob linear except for a ReLU at 0.5 bits per pixel.

    Returns:
        Two models with inputs ``stego`` [batch, H, W, C] float32 in [0, 1], ``secret_key`` and,
        in the asymmetric scheme, ``public_key`` [batch, H/4, W/4, 1] float32. The first gives
        ``message`` [batch, h, w, 1], the probability that a bit is 1, the second its logit.
    """
    stego = keras.Input((None, None, config.channels), name="stego")
    keys = [bit_map("secret_key")] + [bit_map("public_key")] * config.asymmetric
    maps = []
    for index, key in enumerate(keys, 1):
        x = transposed_block(key, 1, f"key_{index}_1")
        maps.append(transposed_block(x, 1, f"key_{index}_2"))  # [batch, H, W, 1]
    slope = 1.0 if reading == "code" else SLOPE
    last = 0.0 if reading == "code" and config.bits_per_pixel == 0.5 else slope
    values = read(concat(stego, *maps), config, filters, slope, last)
    bob = keras.Model([stego, *keys], sigmoid(values, "message"), name="bob")
    return bob, keras.Model([stego, *keys], values, name="bob_logits")


def read(
    x: Any, config: AgentsConfig, filters: int, slope: float = SLOPE, last: float = SLOPE
) -> Any:
    """Pass image and key maps [batch, H, W, any] through Bob's blocks: logits [batch, h, w, 1]."""
    x = conv_block(x, filters, "block_1", slope=slope, dtype="float32")
    x = conv_block(x, filters, "block_2", slope=slope)
    # From H x W to h x w in two steps. The paper chooses them by the message's length.
    reduce, final = ((3, 3), (1, 1)), ((3, 4), (1, 2))
    if config.bits_per_pixel != 0.5:
        reduce = final = ((4, 4), (2, 2))
    x = conv_block(x, filters, "reduce", *reduce, slope=last)
    return logits(conv(x, 1, "read", *final), "message_logits")

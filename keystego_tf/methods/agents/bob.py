"""Bob recovers the message with his key (paper, definition 2 and section III-B)."""

from __future__ import annotations

from typing import Any

from ...backend import keras
from ...config.run import AgentsConfig
from .blocks import bit_map, concat, conv, conv_block, repeated, sigmoid, transposed_block
from .syndrome import Cells, Syndrome


def build_bob(config: AgentsConfig) -> Any:
    """Bob as a functional model.

    Inputs, by name: ``stego`` [batch, H, W, C] float32 in [0, 1]; ``secret_key`` and, in the
    asymmetric scheme, ``public_key`` [batch, H/4, W/4, 1] float32, each -1 or +1.
    Output: ``message`` [batch, h, w, 1] float32, the probability that a bit is 1; layer
    ``message_logits`` has its logit. With ``key_path="wide"`` the asymmetric Bob has a layer
    ``mask_logits`` [batch, H/4, W/4, 1]: his reading of the public key that belongs to
    ``secret_key``.
    """
    stego = keras.Input((None, None, config.channels), name="stego")
    keys = [bit_map("secret_key")]
    if config.asymmetric:
        keys.append(bit_map("public_key"))

    wide = config.key_path == "wide"
    maps = [_settle_mask(keys, config.key_filters)] if wide and config.asymmetric else keys
    if config.coding == "trellis":
        logits = _read_coded(stego, maps[0], config)
        return keras.Model([stego, *keys], sigmoid(logits, "message"), name="bob")
    maps = [_key_map(each, f"key_{index}", wide) for index, each in enumerate(maps, 1)]

    x = concat(stego, *maps)
    x = conv_block(x, config.filters, "block_1", dtype="float32")
    x = conv_block(x, config.filters, "block_2")
    # From H x W to h x w in two steps; the paper sets them by the message's length.
    reduce, read = ((3, 3), (1, 1)), ((3, 4), (1, 2))
    if config.bits_per_pixel == 0.0625:
        reduce = read = ((4, 4), (2, 2))
    x = conv_block(x, config.filters, "reduce", *reduce)
    logits = _logits(conv(x, 1, "read", *read), "message_logits")
    return keras.Model([stego, *keys], sigmoid(logits, "message"), name="bob")


def _read_coded(stego: Any, mask: Any, config: AgentsConfig) -> Any:
    """Bob with coding: what the image carries, and his mask lifted off it, bit by bit."""
    code = config.channels, config.bits_per_pixel
    cells = Cells(*code, name="cells")(stego)  # [batch, h, w, K]
    carried = Syndrome(*code, name="carried")(cells)  # [batch, h, w, 1]
    x = concat(carried, repeated(mask, config, "mask_map"))
    x = conv_block(x, config.filters, "block_1", kernel=1)
    x = conv_block(x, config.filters, "block_2", kernel=1)
    return _logits(conv(x, 1, "read", kernel=1), "message_logits")


def _logits(x: Any, name: str) -> Any:
    return keras.layers.Activation("linear", dtype="float32", name=name)(x)


def _key_map(key: Any, name: str, bounded: bool) -> Any:
    """Two transposed blocks of one filter: [batch, H/4, W/4, 1] -> [batch, H, W, 1]."""
    x = transposed_block(key, 1, f"{name}_1")
    return transposed_block(x, 1, f"{name}_2", bounded=bounded)


def _settle_mask(keys: list[Any], filters: int) -> Any:
    """The mask that Bob lifts off the message, settled at key resolution.

    The mask is pK(secret_key), which Bob has to work out from his secret key; the public key
    helps him where the generator's value lies near its threshold, and misleads him nowhere else.
    """
    secret_key, public_key = keys
    x = conv_block(secret_key, filters, "mask_1")
    x = conv_block(x, filters, "mask_2")
    x = conv_block(x, filters, "mask_3", kernel=1)
    x = keras.layers.Concatenate(name="mask_concat")([x, public_key])
    x = conv_block(x, filters, "mask_4", kernel=1)
    x = conv(x, 1, "mask", kernel=1)
    return keras.layers.Activation("tanh", name="mask")(_logits(x, "mask_logits"))

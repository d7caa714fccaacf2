"""Eve tells stego images from covers (paper, definition 3 and section III-B)."""

from __future__ import annotations

from typing import Any

from ...backend import keras
from ..layers import SLOPE, conv_block, sigmoid


def build_eve(
    channels: int,
    filters: int,
    size: int | None,
    front: Any = None,
    spectral: bool = False,
    slope: float = SLOPE,
) -> tuple[Any, Any]:
    """Build Eve as a functional model, and the same up to her logit.

    Args:
        channels: of the image.
        filters: of a block; the paper has 64.
        size: height and width for a dense layer over all positions (the paper), or None for global
            average pooling (the authors' code), which takes any size.
        front: a layer through which she sees the image.
        spectral: normalises her convolutions spectrally.
        slope: of her blocks below zero.

    Returns:
        Two models with input ``image`` [batch, H, W, C] float32 in [0, 1]. The first gives
        ``innocent`` [batch, 1], the probability that the image carries nothing, the second its
        logit.
    """
    image = keras.Input((size, size, channels), name="image")
    x = image if front is None else front(image)
    for index in (1, 2, 3):
        dtype = "float32" if index == 1 else None  # Eve needs the image's lowest bits
        x = conv_block(x, filters, f"block_{index}", slope=slope, spectral=spectral, dtype=dtype)
    if size is None:
        x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    else:
        x = keras.layers.Flatten(name="flatten")(x)
    logit = keras.layers.Dense(1, name="innocent_logits", dtype="float32")(x)
    eve = keras.Model(image, sigmoid(logit, "innocent"), name="eve")
    return eve, keras.Model(image, logit, name="eve_logits")

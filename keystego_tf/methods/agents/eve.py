"""Eve tells stego images from covers (paper, definition 3 and section III-B)."""

from __future__ import annotations

from typing import Any

from ...backend import keras
from ...config.run import AgentsConfig
from ...steganalysis.high_pass import HighPass
from .blocks import conv_block, sigmoid


def build_eve(config: AgentsConfig) -> Any:
    """Eve as a functional model.

    Input: ``image`` [batch, H, W, C] float32 in [0, 1]; any size with the pooled head,
    ``config.eve_size`` squared with the paper's dense one.
    Output: ``innocent`` [batch, 1] float32, the probability that the image carries nothing;
    layer ``innocent_logits`` has its logit.
    """
    side = config.eve_size if config.eve == "dense" else None
    image = keras.Input((side, side, config.channels), name="image")
    x = image
    if config.eve_front == "high_pass":
        x = HighPass(255.0, name="high_pass")(x)  # [batch, H, W, 8 C]
    for index in (1, 2, 3):
        dtype = "float32" if index == 1 else None  # the image's lowest bits are what she is after
        x = conv_block(
            x, config.filters, f"block_{index}", spectral=config.spectral_norm, dtype=dtype
        )
    if config.eve == "dense":
        x = keras.layers.Flatten(name="flatten")(x)
    else:
        x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    logits = keras.layers.Dense(1, name="innocent_logits", dtype="float32")(x)
    return keras.Model(image, sigmoid(logits, "innocent"), name="eve")

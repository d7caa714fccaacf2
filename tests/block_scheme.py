"""Schemes whose strength is known: each message bit lifts or lowers a block of a flat cover."""

from __future__ import annotations

from typing import Any

import numpy as np

from keystego_tf.config import AgentsConfig

#: Samples of a cover, and how far a bit moves them, in 8-bit steps.
LEVEL, STEP = 128, 8


def flat_tiles(count: int, side: int = 32) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [
        rng.integers(LEVEL - 2, LEVEL + 3, (side, side, 3)).astype(np.uint8) for _ in range(count)
    ]


def grow(bits: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Each bit of [batch, h, w, 1] repeated to a block, so that the map has rows x columns."""
    high, wide = rows // bits.shape[1], columns // bits.shape[2]
    return np.kron(bits, np.ones((1, high, wide, 1)))


class Blocks:
    """A one-time pad; ``keyed`` False: a sham that ignores the key.

    ``errors``: share of the bits that Bob gets wrong, drawn anew each time. ``generator``: makes
    public keys, the masks then, of secret ones.
    """

    def __init__(
        self, config: AgentsConfig, keyed: bool = True, errors: float = 0.0, generator: Any = None
    ) -> None:
        self.config, self.keyed, self.errors = config, keyed, errors
        self.mask = generator or (lambda key: key)
        self.rng = np.random.default_rng(1)

    def alice(self, inputs: list, training: bool) -> np.ndarray:
        cover, message, mask = inputs
        bits = message * grow(mask, *message.shape[1:3]) if self.keyed else message
        return np.clip(cover + STEP / 255 * grow(bits, *cover.shape[1:3]), 0, 1)

    def decode(self, stego: np.ndarray, key: np.ndarray, public_key: np.ndarray) -> np.ndarray:
        images, height, width = stego.shape[:3]
        rows, columns = self.config.message_shape(height, width)
        blocks = stego.reshape(images, rows, height // rows, columns, width // columns, -1)
        bits = np.sign(blocks.mean(axis=(2, 4, 5)) - LEVEL / 255)[..., None]
        if self.keyed:
            bits = bits * grow(self.mask(key), rows, columns)
        return (bits * np.where(self.rng.random(bits.shape) < self.errors, -1, 1) > 0).astype(float)

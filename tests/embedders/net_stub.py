"""Nets of NumPy: bits are kept exactly, or misread as told. And covers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from keystego_tf.bundles.catalogue import TILE
from keystego_tf.bundles.runner import Bits, Pixels, Probabilities, Runner
from keystego_tf.methods import run_config


def photo(width: int, height: int, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """Smooth random colours with a little noise."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(40, 216, (6, 6, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    noisy = np.clip(smooth + rng.normal(0, 3, smooth.shape), 0, 255).astype(np.uint8)
    image = Image.fromarray(noisy)
    if mode != "RGBA":
        return image.convert(mode)
    image.putalpha(Image.fromarray(rng.integers(0, 256, (height, width), dtype=np.uint8)))
    return image


def marked(columns: int, rows: int) -> Pixels:
    """An image whose tiles carry their number in the third channel, by which a stub knows them."""
    pixels = np.full((rows * TILE, columns * TILE, 3), 128, np.uint8)
    for tile in range(rows * columns):
        row, column = divmod(tile, columns)
        pixels[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE, 2] = tile
    return pixels


@dataclass
class Faults:
    """What goes wrong in a tile, by its number.

    ``first``: so many of its first bits are misread; ``others``: so many others, always the same
    ones of a stego tile.
    """

    first: dict[int, int] = field(default_factory=dict)
    others: dict[int, int] = field(default_factory=dict)


class Stub(Runner):
    """The lowest bit of the first channel holds the message, XORed with the mask."""

    def __init__(
        self, scheme: str = "symmetric", rate: float = 0.0625, faults: Faults | None = None
    ) -> None:
        super().__init__(run_config("keyed", scheme=scheme, bits_per_pixel=rate).agents)
        self.faults = faults or Faults()

    def hide(self, cover_u8: Pixels, message: Bits, mask: Bits) -> Pixels:
        stego = cover_u8.copy()
        plane = stego[..., 0].reshape(-1)
        plane[: message.size] = plane[: message.size] & 0xFE | (message ^ self._spread(mask))
        stego[..., 0] = plane.reshape(TILE, TILE)
        return stego

    def read(
        self, stego_u8: Pixels, secret_key: Bits, public_key: Bits | None = None
    ) -> Probabilities:
        assert not self.agents.asymmetric or public_key is not None
        return self.read_under(stego_u8, self.mask(secret_key))

    def read_under(self, stego_u8: Pixels, mask: Bits) -> Probabilities:
        tile = int(stego_u8[0, 0, 2])
        spread = self._spread(mask)
        bits = (stego_u8[..., 0].reshape(-1)[: spread.size] & 1) ^ spread
        bits[: self.faults.first.get(tile, 0)] ^= 1
        rng = np.random.default_rng(stego_u8[..., 0].reshape(-1)[:4096])
        body = np.arange(384, bits.size)  # behind any opening
        bits[rng.choice(body, self.faults.others.get(tile, 0), replace=False)] ^= 1
        return (1 / (1 + np.exp(8 - 16.0 * bits))).astype(np.float32)

    def mask(self, secret_key: Bits) -> Bits:
        return np.roll(secret_key, 1) ^ 1 if self.agents.asymmetric else secret_key

    def _spread(self, mask: Bits) -> Bits:
        rows, columns = (
            of_message // of_key for of_message, of_key in zip(self.message_shape, self.key_shape)
        )
        spread: Any = mask.reshape(self.key_shape).repeat(rows, 0).repeat(columns, 1)
        return spread.reshape(-1)

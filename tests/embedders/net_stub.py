"""Covers and nets of NumPy for the codec's tests: bits are kept exactly, or misread as told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from keystego_tf.bundles.catalogue import TILE, Model
from keystego_tf.bundles.runner import Bits, Pixels, Probabilities, Runner
from keystego_tf.codec import pairs, sender
from keystego_tf.codec.tiles import shape_of
from keystego_tf.config.run import preset
from keystego_tf.io.images import Picture


def photo(width: int, height: int, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """Smooth random colours with a little noise, which the bundled models read well."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(40, 216, (6, 6, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    noisy = np.clip(smooth + rng.normal(0, 3, smooth.shape), 0, 255).astype(np.uint8)
    image = Image.fromarray(noisy)
    if mode != "RGBA":
        return image.convert(mode)
    image.putalpha(Image.fromarray(rng.integers(0, 256, (height, width), dtype=np.uint8)))
    return image


def stub_model(scheme: str = "symmetric", rate: float = 0.0625) -> Model:
    """A model without a bundle, for a stub to stand in for."""
    model = Model("stub", Path("nowhere"), preset("dense", scheme=scheme, bits_per_pixel=rate))
    model.__dict__["generator"] = "stub" if scheme == "asymmetric" else ""
    return model


def marked(columns: int, rows: int) -> Picture:
    """A picture whose tiles carry their number, by which a stub knows them again."""
    pixels = np.full((rows * TILE, columns * TILE, 3), 128, np.uint8)
    for tile in range(rows * columns):
        row, column = divmod(tile, columns)
        pixels[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE, 2] = tile
    return Picture(pixels)


@dataclass
class Faults:
    """What goes wrong in a tile, by its number.

    ``wrong``: so many body bits are misread, always the same ones of a stego tile; ``openings``:
    so many openings that are tried in the tile have a wrong first bit, before one comes right;
    ``logits``: how certain every bit is, 8 where nothing is said.
    """

    wrong: dict[int, int] = field(default_factory=dict)
    openings: dict[int, int] = field(default_factory=dict)
    logits: dict[int, float] = field(default_factory=dict)


class Stub(Runner):
    """The lowest bit of the first channel holds the message, XORed with the mask."""

    def __init__(self, model: Model, faults: Faults | None = None) -> None:
        super().__init__(model.agents)
        self.faults = faults or Faults()
        self.first, self.tried = shape_of(model.agents).first, defaultdict[int, list[bytes]](list)

    def hide(self, cover_u8: Pixels, message: Bits, mask: Bits) -> Pixels:
        stego = cover_u8.copy()
        plane = stego[..., 0].reshape(-1)
        plane[: message.size] = plane[: message.size] & 0xFE | (message ^ self._spread(mask))
        stego[..., 0] = plane.reshape(TILE, TILE)
        return stego

    def read(
        self, stego_u8: Pixels, secret_key: Bits, public_key: Bits | None = None
    ) -> Probabilities:
        return self.read_under(stego_u8, self.mask(secret_key))

    def read_under(self, stego_u8: Pixels, mask: Bits) -> Probabilities:
        tile = int(stego_u8[0, 0, 2])
        spread = self._spread(mask)
        bits = (stego_u8[..., 0].reshape(-1)[: spread.size] & 1) ^ spread
        opening = bits[:128].tobytes()
        if opening not in self.tried[tile]:
            self.tried[tile].append(opening)
        if self.tried[tile].index(opening) < self.faults.openings.get(tile, 0):
            bits[0] ^= 1
        rng = np.random.default_rng(stego_u8[..., 0].reshape(-1)[:4096])
        body = np.arange(self.first, bits.size)
        bits[rng.choice(body, self.faults.wrong.get(tile, 0), replace=False)] ^= 1
        logits = (2.0 * bits - 1) * self.faults.logits.get(tile, 8.0)
        return (1 / (1 + np.exp(-logits))).astype(np.float32)

    def mask(self, secret_key: Bits) -> Bits:
        return np.roll(secret_key, 1) ^ 1 if self.agents.asymmetric else secret_key

    def _spread(self, mask: Bits) -> Bits:
        rows, columns = (
            of_message // of_key for of_message, of_key in zip(self.message_shape, self.key_shape)
        )
        spread: Any = mask.reshape(self.key_shape).repeat(rows, 0).repeat(columns, 1)
        return spread.reshape(-1)


def install(monkeypatch: pytest.MonkeyPatch, model: Model, faults: Faults | None = None) -> Stub:
    """Let a sender, and who draws key pairs, work with a stub for a model."""
    stub = Stub(model, faults)
    for module in (sender, pairs):
        monkeypatch.setattr(module, "lite_runner", lambda _: stub)
    return stub

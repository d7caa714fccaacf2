"""Treat a trained scheme as a method: random messages under random keys."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..bundles.bundles import CONFIG, WEIGHTS
from ..bundles.catalogue import TILE, Model
from ..bundles.runner import Bits, Runner, lite_runner
from ..embedders.nets import Tiles
from .blocks import bits_right, filled
from .method import Pixels, check_cover


@dataclass(frozen=True)
class Net:
    """A bundle's Alice: every tile gets a full message and a fresh key, nothing else is done."""

    model: Model

    @property
    def name(self) -> str:
        return self.model.name

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Return what tells its stego images from those of any other weights."""
        digest = hashlib.sha256()
        for name in (CONFIG, WEIGHTS, "alice.tflite", "bob.tflite", "pk_generator.tflite"):
            path = self.model.folder / name
            digest.update(path.read_bytes() if path.is_file() else b"")
        return {"files": digest.hexdigest()}

    @property
    def bits_per_pixel(self) -> float:
        return self.model.agents.bits_per_pixel

    @property
    def reads_coefficients(self) -> bool:
        """Whether Bob reads blocks of 8 x 8, so that a JPEG's own coefficients suit him best."""
        return self._blocks is not None

    @cached_property
    def _blocks(self) -> Any:
        """Return the nets over blocks, at strength 1, or None for nets over tiles."""
        return self.model.modulator()

    @cached_property
    def _runner(self) -> Runner:
        return lite_runner(self.model)

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """See ``Method.embed``; H and W must be multiples of TILE, C the channels of the model."""
        check_cover(cover_u8)
        height, width, channels = cover_u8.shape
        if height % TILE or width % TILE or not height or not width:
            raise ValueError(f"cover is {width} x {height}, but must be whole tiles of {TILE}")
        if channels != self.model.agents.channels:
            raise ValueError(
                f"cover has {channels} channels, but model {self.name} takes "
                f"{self.model.agents.channels}"
            )
        if self._blocks is not None:
            return filled(self._blocks, cover_u8, rng)
        cover, stego = Tiles(cover_u8), Tiles(np.empty_like(cover_u8))
        for tile, (message, key) in enumerate(self._drawn(cover.count, rng)):
            stego[tile] = self._runner.hide(cover[tile], message, self._runner.mask(key))
        return stego.image

    def bits_read(self, stego_u8: Pixels, rng: np.random.Generator) -> float:
        """See ``Readable.bits_read``. Bob reads, with the secret key."""
        if self._blocks is not None:
            return bits_right(self._blocks, stego_u8, rng, self._blocks.strengths.index(1.0))
        stego = Tiles(stego_u8)
        right = [
            (self._runner.read(stego[tile], key, self._runner.mask(key)) > 0.5) == message
            for tile, (message, key) in enumerate(self._drawn(stego.count, rng))
        ]
        return float(np.mean(right))

    def _drawn(self, tiles: int, rng: np.random.Generator) -> list[tuple[Bits, Bits]]:
        """Draw message and key of each tile, before all else, so that they can be drawn again."""
        bits, key_bits = map(math.prod, (self._runner.message_shape, self._runner.key_shape))
        return [
            (rng.integers(0, 2, bits, dtype=np.uint8), rng.integers(0, 2, key_bits, dtype=np.uint8))
            for _ in range(tiles)
        ]

"""A trained scheme as a method: random messages under random keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..codec.embedding import embed_tile
from ..models.bundles import CONFIG, WEIGHTS
from ..models.catalogue import TILE, Model
from ..models.runner import KerasRunner, Runner, lite_runner
from .method import Pixels, check_cover


@dataclass(frozen=True)
class Net:
    """A bundle's Alice. Every tile gets a full message and a fresh key, and nothing else is done.

    ``keras``: run the bundle's Keras model (loads TensorFlow) and not its TFLite file; for
    bundles without one. ``effort``: above 0, what ``hide --effort`` does to a tile, slower and with
    fewer changes.
    """

    model: Model
    keras: bool = False
    effort: int = 0

    @property
    def name(self) -> str:
        return f"{self.model.name} effort {self.effort}" if self.effort else self.model.name

    @cached_property
    def identity(self) -> dict[str, Any]:
        """Tells its stego images from those of any other weights or effort."""
        digest = hashlib.sha256()
        for name in (CONFIG, WEIGHTS, "alice.tflite", "bob.tflite", "pk_generator.tflite"):
            path = self.model.folder / name
            digest.update(path.read_bytes() if path.is_file() else b"")
        return {"files": digest.hexdigest(), "keras": self.keras, "effort": self.effort}

    @property
    def bits_per_pixel(self) -> float:
        return self.model.agents.bits_per_pixel

    @cached_property
    def _runner(self) -> Runner:
        return KerasRunner(self.model) if self.keras else lite_runner(self.model)

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
        stego = np.empty_like(cover_u8)
        for top in range(0, height, TILE):
            for left in range(0, width, TILE):
                tile = np.s_[top : top + TILE, left : left + TILE]
                stego[tile] = self._embed_tile(cover_u8[tile], rng)
        return stego

    def _embed_tile(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        runner = self._runner
        message, secret_key = (
            rng.integers(0, 2, shape[0] * shape[1], dtype=np.uint8)
            for shape in (runner.message_shape, runner.key_shape)
        )
        mask = runner.mask(secret_key)
        if self.effort == 0:
            return runner.hide(cover_u8, message, mask)
        return embed_tile(runner, cover_u8, message, mask, self.effort, rng=rng)

"""Alice and Bob in NumPy, from a bundle's weights: what hides and reveals without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .settings import LatticeSettings

BLOCK = 8
#: Filters are kept as so many times themselves (``layers.FINE``).
FINE = np.float32(64)
#: Of LeakyReLU below zero (``methods.layers.SLOPE``, which loads TensorFlow).
SLOPE = np.float32(0.2)

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class PlainLattice:
    """A model's Alice and Bob over all blocks of an image.

    Args:
        weights: of a bundle, by ``agent/layer/index`` (``bundles.load_weights``).
        settings: of the run that made it.
    """

    def __init__(self, weights: Mapping[str, Floats], settings: LatticeSettings) -> None:
        self.weights, self.settings = weights, settings
        self.bits = len(weights["bob/reading/1"])
        self.lattices = settings.lattices

    def read(self, stego_u8: Pixels, turns: Floats, strength: float = 1.0) -> Floats:
        """Bob's logits of each block's bits.

        Args:
            stego_u8: uint8 [H, W, C], H and W multiples of 8.
            turns: float32 [H/8, W/8, lattices] in [0, 1), the offsets.
            strength: of the lattices, as Alice had it.

        Returns:
            float32 [H/8, W/8, bits]; above 0 where a bit is 1. Of four bits the second is to the
            right of the first, the others are below them.
        """
        blocks = _blocks(stego_u8)
        seen = _waves(self._phase(blocks, turns, strength)[0])
        light = [_room(blocks)] if self.settings.sees_room else []
        beside = _with(seen, _constant(seen, np.log(strength)), *light)
        hidden = _leaky(self._dense("bob/read_hidden", beside))
        logits: Floats = self._dense("bob/reading", seen)
        return logits + self._dense("bob/read_correction", hidden)

    def hide(
        self, cover_u8: Pixels, message: NDArray[np.uint8], turns: Floats, strength: float = 1.0
    ) -> Pixels:
        """Alice's stego image.

        Args:
            cover_u8: uint8 [H, W, C], H and W multiples of 8.
            message: uint8 [H/8, W/8, bits] of 0 and 1.
            turns, strength: as in ``read``.

        Returns:
            uint8 [H, W, C].
        """
        blocks, settings = _blocks(cover_u8), self.settings
        phase, coefficients = self._phase(blocks, turns, strength)
        signs = 2 * message.astype(np.float32) - 1
        features = [
            _waves(phase),
            np.log(1 + np.abs(coefficients)) / 4,
            signs,
            _constant(phase, np.log(strength)),
        ]
        off = phase + 0.25 * (1 - signs[..., np.arange(self.lattices) % self.bits])
        distance = [off - np.rint(off)] if settings.sees_distance else []
        features += distance
        if settings.sees_room:
            features.append(_room(blocks))
        x1 = _leaky(self._dense("alice/hide_1", _with(*features)))
        x2 = _leaky(self._dense("alice/hide_2", x1))
        amplitudes = np.tanh(self._dense("alice/amplitudes", _with(x1, x2, *distance)))
        change = (np.float32(strength) * amplitudes) @ self.weights["alice/stego/0"]
        return _image(np.clip(np.rint(blocks + change), 0, 255).astype(np.uint8))

    def _phase(self, blocks: Floats, turns: Floats, strength: float) -> tuple[Floats, Floats]:
        coefficients = blocks @ (self.weights["bob/lattices/0"] / FINE)
        steps = np.exp(self.weights["bob/lattices/1"]) * np.float32(strength)
        return coefficients / steps + turns, coefficients

    def _dense(self, name: str, x: Floats) -> Any:
        """A layer over blocks, or over blocks and their neighbours, zeros around the map."""
        kernel, bias = self.weights[f"{name}/0"], self.weights[f"{name}/1"]
        reach = len(kernel) // 2
        if reach == 0:
            return x @ kernel[0, 0] + bias
        rows, columns = x.shape[:2]
        padded = np.pad(x, ((reach, reach), (reach, reach), (0, 0)))
        return bias + sum(
            padded[down : down + rows, right : right + columns] @ kernel[down, right]
            for down in range(len(kernel))
            for right in range(len(kernel))
        )


def _blocks(image_u8: Pixels) -> Floats:
    """[H, W, C] to [H/8, W/8, 64 C], rows of a block first, then columns, then channels."""
    height, width, channels = image_u8.shape
    blocks = image_u8.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, channels)
    return blocks.transpose(0, 2, 1, 3, 4).reshape(height // BLOCK, width // BLOCK, -1).astype(np.float32)


def _image(blocks: Pixels) -> Pixels:
    rows, columns = blocks.shape[:2]
    pixels = blocks.reshape(rows, columns, BLOCK, BLOCK, -1).transpose(0, 2, 1, 3, 4)
    return pixels.reshape(rows * BLOCK, columns * BLOCK, -1)


def _waves(phase: Floats) -> Floats:
    angle = np.float32(2 * np.pi) * (phase - np.rint(phase))
    return np.concatenate([np.cos(angle), np.sin(angle)], -1)


def _with(*maps: Floats) -> Floats:
    return np.concatenate(maps, -1)


def _constant(like: Floats, value: float) -> Floats:
    return np.full((*like.shape[:2], 1), value, np.float32)


def _room(blocks: Floats) -> Floats:
    samples = blocks.reshape(*blocks.shape[:2], BLOCK**2, -1) / np.float32(255)
    return _with(samples.max(axis=2), samples.min(axis=2))


def _leaky(x: Any) -> Floats:
    leaky: Floats = np.maximum(x, SLOPE * x)
    return leaky

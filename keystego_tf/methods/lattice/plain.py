"""Alice and Bob in NumPy, from a bundle's weights: they hide and reveal without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import RunConfig
from ...io.jpeg.transform import flattened, placed

#: Filters are stored multiplied by this (``layers.FINE``).
FINE = np.float32(64)
#: The same as in ``layers``.
EDGE, SMALL = np.float32(0.1), np.float32(1e-6)
#: Slope of LeakyReLU below zero (``methods.layers.SLOPE``, which would load TensorFlow).
SLOPE = np.float32(0.2)
#: Number of operating points of a model, from the weakest to the strongest trained strength.
POINTS = 5

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class PlainLattice:
    """A model's Alice and Bob over the blocks of an image: a ``Modulator`` of ``embedders.blocks``.

    ``strengths``: one for each reading; ``bits``: of a block; ``phases``: offsets of a block.

    Args:
        name: the model's.
        weights: of its bundle, by ``agent/layer/index`` (``bundles.load_weights``).
        run: the run that made it.
        strength: the one to hide with.
    """

    identity = "phases"

    def __init__(
        self, name: str, weights: Mapping[str, Floats], run: RunConfig, strength: float = 1.0
    ) -> None:
        self.name, self.weights, self.strength = name, weights, strength
        self.channels: int | None = run.agents.channels
        self._distance, self._room = run.settings.sees_distance, run.settings.sees_room
        spread = run.settings.strength_spread
        points = np.linspace(-1, 1, POINTS) if spread > 1 else np.zeros(1)
        self.strengths = tuple(float(each) for each in spread**points)
        self.bits, self.readings = len(weights["bob/reading/1"]), len(self.strengths)
        self._filters = weights["bob/lattices/0"] / FINE  # [64 C, lattices]
        self._steps = np.exp(weights["bob/lattices/1"])
        self.phases = len(self._steps)

    def see(self, image_u8: Pixels) -> Floats:
        """Return every block's coefficients, followed by its room as in ``layers.Room``.

        Args:
            image_u8: uint8 [H, W, C]; rows and columns beyond multiples of 8 are ignored.

        Returns:
            float32 [blocks, lattices + 5 C].
        """
        blocks = flattened(image_u8).astype(np.float32)
        samples = blocks.reshape(len(blocks), 64, -1) / np.float32(255)
        return _with(blocks @ self._filters, *_room(samples))

    def read(self, seen: Floats, phases: Floats, blocks: NDArray[np.int64], reading: int) -> Floats:
        """Return Bob's logits, above 0 for a 1.

        Args:
            seen: from ``see``.
            phases: float32 [all blocks, phases] in [0, 1).
            blocks: int64 [n], the ones to read.
            reading: index of a strength.

        Returns:
            float32 [n, bits]. The second of four bits is to the right of the first, the others are
            below them.
        """
        return self._logits(seen[blocks], phases[blocks], self.strengths[reading])

    def _logits(self, seen: Floats, phases: Floats, strength: float) -> Floats:
        waves = _waves(self._phase(seen, phases, strength))
        for light in self._light(seen):
            waves *= np.tile(2 / (1 + np.exp(-self._dense("bob/read_gate", light))), 2)
        beside = _with(waves, _constant(waves, strength), *self._light(seen))
        logits: Floats = self._dense("bob/reading", waves)
        return logits + self._dense("bob/read_correction", self._hidden("bob/read_hidden", beside))

    def write(self, image_u8: Pixels, wanted: NDArray[np.int8], phases: Floats) -> Floats:
        """Make Alice's stego image, not yet rounded.

        Args:
            image_u8: uint8 [H, W, C].
            wanted: int8 [blocks, bits], 1 for a 1, -1 for a 0, 0 for any. Blocks without a bit are
                not changed.
            phases: as in ``read``.

        Returns:
            float32 [H, W, C] in 8-bit steps, slightly beyond [0, 255] where it needs clipping.
        """
        used = np.flatnonzero(wanted.any(axis=1))
        seen, offsets = self.see(image_u8)[used], phases[used]
        have = np.where(self._logits(seen, offsets, self.strength) > 0, 1, -1)
        signs = np.where(wanted[used] != 0, wanted[used], have).astype(np.float32)
        phase = self._phase(seen, offsets, self.strength)
        off = phase + 0.25 * (1 - signs[:, np.arange(self.phases) % self.bits])
        distance = [off - np.rint(off)] if self._distance else []
        texture = np.log(1 + np.abs(seen[:, : self.phases])) / 4
        known = [_waves(phase), texture, signs, _constant(phase, self.strength)]
        x1 = self._hidden("alice/hide_1", _with(*known, *distance, *self._light(seen)))
        x2 = self._hidden("alice/hide_2", x1)
        amplitudes = np.tanh(self._dense("alice/amplitudes", _with(x1, x2, *distance)))
        change = (np.float32(self.strength) * amplitudes) @ self.weights["alice/stego/0"]
        blocks = np.zeros((len(wanted), change.shape[1]), np.float32)
        blocks[used] = change
        return image_u8 + placed(blocks, image_u8.shape)

    def filters(self, channels: int) -> Floats:
        """Return the first of the lattices that Bob's reading began with, one for each bit."""
        return self._filters[:, : self.bits]

    def _phase(self, seen: Floats, phases: Floats, strength: float) -> Floats:
        return seen[:, : self.phases] / (self._steps * np.float32(strength)) + phases

    def _light(self, seen: Floats) -> list[Floats]:
        return [seen[:, self.phases :]] if self._room else []

    def _dense(self, name: str, x: Floats) -> Any:
        return x @ self.weights[f"{name}/0"][0, 0] + self.weights[f"{name}/1"]

    def _hidden(self, name: str, x: Floats) -> Floats:
        values = self._dense(name, x)
        leaky: Floats = np.maximum(values, SLOPE * values)
        return leaky


def _room(samples: Floats) -> list[Floats]:
    """Convert samples [blocks, 64, C] in [0, 1] to five features, [blocks, C] each."""
    bright = np.maximum(samples - (1 - EDGE), 0).mean(axis=1) / EDGE
    dark = np.maximum(EDGE - samples, 0).mean(axis=1) / EDGE
    deviation = np.sqrt(samples.var(axis=1) + SMALL)
    return [samples.max(axis=1), samples.min(axis=1), bright, dark, deviation]


def _waves(phase: Floats) -> Floats:
    angle = np.float32(2 * np.pi) * (phase - np.rint(phase))
    return _with(np.cos(angle), np.sin(angle))


def _with(*values: Floats) -> Floats:
    return np.concatenate(values, axis=-1)


def _constant(like: Floats, strength: float) -> Floats:
    return np.full((len(like), 1), np.log(strength), np.float32)

"""Fill every 8 x 8 block with random bits, and count those that are read right."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..embedders.blocks import SIDE, Modulator, Phases, settled
from .method import Pixels


def filled(modulator: Modulator, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
    """Put random bits into all whole blocks, without header and error correction.

    The phases, which stand for the key, are random, too.
    """
    bits, phases = _drawn(modulator, cover_u8, rng)
    samples = modulator.write(cover_u8, 2 * bits - 1, phases)
    return settled(samples, cover_u8, modulator.filters(cover_u8.shape[-1]), rng)


def bits_right(
    modulator: Modulator, stego: NDArray[Any], rng: np.random.Generator, reading: int = 0
) -> float:
    """Return the share of bits, of 1, that ``modulator`` reads right.

    Args:
        stego: what arrived, [H, W, C], samples that need not be whole numbers.
        rng: in the state that ``filled`` was given it in.
        reading: of the modulator's strength.
    """
    bits, phases = _drawn(modulator, stego, rng)
    odds = modulator.read(modulator.see(stego), phases, np.arange(len(bits)), reading)
    return float(np.mean((odds > 0) == (bits > 0)))


def _drawn(
    modulator: Modulator, image: NDArray[Any], rng: np.random.Generator
) -> tuple[NDArray[np.int8], Phases]:
    blocks = (image.shape[0] // SIDE) * (image.shape[1] // SIDE)
    bits = rng.integers(0, 2, (blocks, modulator.bits), dtype=np.int8)
    phases = rng.integers(0, 256, (blocks, modulator.phases)).astype(np.float32) / 256
    return bits, phases

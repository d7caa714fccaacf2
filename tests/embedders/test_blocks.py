"""The block embedder, with QIM: every bit back, under its key, and none without."""

from __future__ import annotations

import numpy as np
import pytest

from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.embedders.blocks import BlockEmbedder
from keystego_tf.embedders.qim import LATTICES, Qim
from keystego_tf.payload.correction import SOFT
from keystego_tf.payload.layout import header_bits

LOCATOR, ROOT, OPENING = bytes(range(32)), bytes(range(32, 64)), bytes(range(16))
HEAD = header_bits(SOFT)


def cover(height: int = 200, width: int = 237, channels: int = 3) -> np.ndarray:
    image = dead_leaves(np.random.default_rng(2), 240)[:height, :width, :channels]
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def bits(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 2, count).astype(np.uint8)


def embedder(name: str = "whatsapp", multiple: int = 1) -> BlockEmbedder:
    return BlockEmbedder(Qim(LATTICES[name, multiple]))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name, multiple", [("whatsapp", 1), ("meta", 2), ("q85", 1)])
def test_every_bit_comes_back(name: str, multiple: int, channels: int) -> None:
    image, string = cover(channels=channels), bits(HEAD + 900)
    stego = embedder(name, multiple).embed(image, OPENING, LOCATOR, ROOT, string)
    assert stego.shape == image.shape and stego.dtype == np.uint8
    reader = BlockEmbedder(Qim())  # which has to find the lattice
    opening = next(reader.openings(stego, LOCATOR, len(OPENING)))
    assert opening.content == OPENING
    assert [*LATTICES][opening.place] == (name, multiple)
    header = reader.read(stego, opening, LOCATOR, ROOT, 0, HEAD)
    body = reader.read(stego, opening, LOCATOR, ROOT, HEAD, 900)
    read = np.concatenate([header, body])
    # rounding to whole samples takes some of the smallest changes in flat places
    assert ((read > 0.5) != string).mean() < (0.05 if name == "q85" else 0.005)
    assert not [*reader.openings(stego, bytes(32), len(OPENING))]
    wrong = reader.read(stego, opening, LOCATOR, bytes(32), 0, HEAD + 900)
    assert 0.45 < ((wrong > 0.5) != string).mean() < 0.55

"""The block embedder, with QIM: every bit back, under its key, and none without."""

from __future__ import annotations

import numpy as np
import pytest

from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.embedders.blocks import BlockEmbedder, settled
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
    assert ((read > 0.5) != string).mean() < 0.001
    assert not [*reader.openings(stego, bytes(32), len(OPENING))]
    wrong = reader.read(stego, opening, LOCATOR, bytes(32), 0, HEAD + 900)
    assert 0.45 < ((wrong > 0.5) != string).mean() < 0.55


@pytest.mark.parametrize("channels", [1, 3])
def test_settled_samples_have_the_coefficients_that_were_wanted(channels: int) -> None:
    """Plain rounding, beside it, misses them by more than three times as much."""
    rng = np.random.default_rng(5)
    image = cover(64, 64, channels)
    image[:8, :8] = 255  # a change upwards is clipped
    filters = Qim().filters(channels)
    change = rng.normal(0, 2, (64, filters.shape[1])) @ np.linalg.pinv(filters)
    change[10] = 0
    rows = change.reshape(8, 8, 8, 8, channels).transpose(0, 2, 1, 3, 4)
    samples = (image + rows.reshape(64, 64, channels)).astype(np.float32)

    def flat(values: np.ndarray) -> np.ndarray:
        parts = values.reshape(8, 8, 8, 8, channels).transpose(0, 2, 1, 3, 4)
        return parts.reshape(64, -1).astype(float)

    stego = settled(samples, image, filters, rng)
    wanted = flat(samples) @ filters
    missed = np.abs(flat(stego) @ filters - wanted).max(axis=1)
    plain = np.abs(flat(np.clip(np.rint(samples), 0, 255)) @ filters - wanted).max(axis=1)
    assert stego.dtype == np.uint8 and np.array_equal(flat(stego)[10], flat(image)[10])
    assert 3 * np.median(missed) < np.median(plain)
    assert 2 * missed[0] < plain[0]


def test_settled_leaves_what_is_beyond_whole_blocks() -> None:
    image = cover(20, 21)
    samples = image.astype(np.float32)
    samples[:8, :8] += 3
    stego = settled(samples, image, Qim().filters(3))
    assert np.array_equal(stego[16:], image[16:]) and np.array_equal(stego[:, 16:], image[:, 16:])
    assert not np.array_equal(stego[:8, :8], image[:8, :8])

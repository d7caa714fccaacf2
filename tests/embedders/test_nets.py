"""A model's Alice and Bob over tiles: openings that outlive errors, bits placed and read again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from net_stub import Faults, Stub, marked

from keystego_tf.bundles.catalogue import TILE
from keystego_tf.embedders import nets
from keystego_tf.embedders.embedder import DoesNotFit, Opening
from keystego_tf.embedders.nets import BODY_KEY, NetEmbedder, TileLayout, paint, tile_keys
from keystego_tf.payload.derivation import chosen, stream
from keystego_tf.payload.layout import header_bits

LOCATOR, ROOT = bytes(32), bytes(range(32))
OPENINGS = {"symmetric": bytes(range(16)), "asymmetric": bytes(range(32))}
HEAD = header_bits(NetEmbedder.correction)
#: The candidates among six tiles.
CANDIDATES = chosen(LOCATOR, "nets opening tiles", 6, 4).tolist()

both = pytest.mark.parametrize("scheme", OPENINGS)
rates = pytest.mark.parametrize("rate", [0.0625, 0.5])


def bits_of(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, count, dtype=np.uint8)


def read(embedder: NetEmbedder, image: np.ndarray, opening: Opening, count: int) -> np.ndarray:
    head = embedder.read(image, opening, LOCATOR, ROOT, 0, HEAD)
    body = embedder.read(image, opening, LOCATOR, ROOT, HEAD, count - HEAD)
    return np.concatenate([head, body]) > 0.5


@both
@rates
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_every_bit_comes_back(scheme: str, rate: float, share: float) -> None:
    embedder, opening = NetEmbedder("stub", Stub(scheme, rate)), OPENINGS[scheme]
    cover = marked(3, 2)
    count = HEAD + round(share * (embedder.holds(cover.shape, len(opening)) - HEAD))
    stego = embedder.embed(cover, opening, LOCATOR, ROOT, bits_of(count))
    found = list(embedder.openings(stego, LOCATOR, len(opening)))
    assert found == [Opening(opening, CANDIDATES[0])]
    np.testing.assert_array_equal(read(embedder, stego, found[0], count), bits_of(count) > 0)
    tiles = {int(tile) for tile in cover[..., 2][(stego != cover).any(axis=-1)]}
    layout = TileLayout(round(rate * TILE**2), 32)
    coded = 8 * (len(opening) + 16)
    left = count - layout.tile_bits + layout.opening_slots(coded)
    assert len(tiles) == 1 + max(0, -(-left // layout.tile_bits))


def test_slots_are_never_shared_and_outside_the_opening() -> None:
    for tile_bits, opening in ((1024, 256), (1024, 384), (8192, 256), (8192, 384)):
        layout = TileLayout(tile_bits, 32)
        first = layout.opening_slots(opening)
        assert opening <= first < opening + tile_bits // 32
        most = 6 * tile_bits - first
        slots = layout.slots(6, 4, ROOT, opening, most)
        under = set(range(4 * tile_bits, 4 * tile_bits + first))
        assert set(slots.tolist()) == set(range(6 * tile_bits)) - under
        few = layout.slots(6, 4, ROOT, opening, HEAD)
        np.testing.assert_array_equal(few, slots[:HEAD])
        assert (few // tile_bits == 4).all()


@both
def test_keys_of_tiles_are_streams_and_their_masks(scheme: str) -> None:
    runner = Stub(scheme)
    key, mask = tile_keys(runner, ROOT, BODY_KEY, 5)
    assert np.packbits(key).tobytes() == stream(ROOT, "key", 5, 128)
    np.testing.assert_array_equal(mask, runner.mask(key))


@both
def test_an_opening_outlives_some_errors(scheme: str) -> None:
    runner, opening = Stub(scheme), OPENINGS[scheme]
    embedder, cover = NetEmbedder("stub", runner), marked(3, 2)
    stego = embedder.embed(cover, opening, LOCATOR, ROOT, bits_of(HEAD))
    for wrong, whole in ((8 * 8, True), (8 * 14, False)):
        runner.faults.first = {CANDIDATES[0]: wrong}
        found = [each.content for each in embedder.openings(stego, LOCATOR, len(opening))]
        assert found == ([opening] if whole else [])


def test_the_next_tile_is_taken_where_an_opening_is_misread() -> None:
    wrong = 8 * 5  # five bytes are more than half of what sixteen of parity correct
    faults = Faults(first={CANDIDATES[0]: wrong, CANDIDATES[1]: wrong})
    embedder, cover = NetEmbedder("stub", Stub(faults=faults)), marked(3, 2)
    stego = embedder.embed(cover, OPENINGS["symmetric"], LOCATOR, ROOT, bits_of(HEAD))
    assert set(cover[..., 2][(stego != cover).any(axis=-1)].tolist()) == {CANDIDATES[2]}
    (found,) = embedder.openings(stego, LOCATOR, 16)
    assert found == Opening(OPENINGS["symmetric"], CANDIDATES[2])
    embedder.runner.faults = Faults(first=dict.fromkeys(CANDIDATES, wrong))
    with pytest.raises(DoesNotFit, match="misread in all 4 tiles that may hold it with stub"):
        embedder.embed(cover, OPENINGS["symmetric"], LOCATOR, ROOT, bits_of(HEAD))


def test_another_locator_finds_no_opening() -> None:
    embedder, cover = NetEmbedder("stub", Stub()), marked(3, 2)
    stego = embedder.embed(cover, OPENINGS["symmetric"], LOCATOR, ROOT, bits_of(HEAD))
    assert not list(embedder.openings(stego, bytes([1]) + bytes(31), 16))


def test_progress_counts_tiles() -> None:
    calls: list[tuple[str, int, int]] = []
    embedder = NetEmbedder("stub", Stub(), lambda *call: calls.append(call))
    cover, count = marked(3, 2), 2000
    stego = embedder.embed(cover, OPENINGS["symmetric"], LOCATOR, ROOT, bits_of(count))
    assert calls[-1] == ("hiding", 3, 3)
    embedder.read(stego, Opening(bytes(16), CANDIDATES[0]), LOCATOR, ROOT, HEAD, count - HEAD)
    assert calls[-3:] == [("reading", done, 3) for done in (1, 2, 3)]


class Layers(Stub):
    """Puts the upper half of a message down from the second painting on only."""

    def hide(self, cover_u8: Any, message: Any, mask: Any) -> Any:
        stego = super().hide(cover_u8, message, mask)
        plane, before = stego[..., 0].reshape(-1), cover_u8[..., 0].reshape(-1)
        if cover_u8[0, 0, 1] == 0:
            plane[: message.size // 2] = before[: message.size // 2]
        painted = stego.copy()
        painted[..., 0] = plane.reshape(TILE, TILE)
        painted[..., 1] += 1  # counts paintings, pixel by pixel
        return painted


def test_a_tile_is_painted_over_where_bob_misses_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    runner, rng = Layers(), np.random.default_rng(3)
    cover = np.full((TILE, TILE, 3), 128, np.uint8)
    cover[..., 1] = 0
    message, mask = (rng.integers(0, 2, 1024, dtype=np.uint8) for _ in range(2))
    once = runner.hide(cover, message, mask)
    assert ((runner.read_under(once, mask) > 0.5) != message).any()
    # key rows 0 to 15 hold the missed bits, 16 is next to them; 4 pixels a key row
    monkeypatch.setattr(nets, "TOLERATED", 0.0)
    again = paint(runner, cover, message, mask)
    np.testing.assert_array_equal(again[17 * 4 :], once[17 * 4 :], strict=True)
    assert (again[: 15 * 4, :, 1] > 1).any()
    # so many bits may be missed: then one painting does
    monkeypatch.setattr(nets, "TOLERATED", 0.6)
    np.testing.assert_array_equal(paint(runner, cover, message, mask), once)

"""Reading: the first embedder and the first opening with a message, and one answer otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from keystego_tf.codec.reader import first_message, read_message
from keystego_tf.codec.sender import hide_with
from keystego_tf.embedders.embedder import Opening, Pixels
from keystego_tf.embedders.nets import NetEmbedder
from keystego_tf.embedders.syndrome.samples import SampleEmbedder
from keystego_tf.io.images import Picture
from keystego_tf.payload.correction import EXACT
from keystego_tf.payload.frame import NothingThere, pack
from keystego_tf.payload.keys import SecretKey, SharedKey
from keystego_tf.payload.layout import Bits, Probabilities, compose
from keystego_tf.payload.schedule import begin, locator_of

sys.path.insert(0, str(Path(__file__).parents[1] / "embedders"))
from net_stub import Stub, marked

KEY, PAIR = SharedKey(bytes(range(32))), SecretKey(bytes(range(32)))
PICTURE = Picture(marked(3, 2))


class Shelf:
    """An embedder that keeps bits beside the image: several openings, each with bits of its own."""

    name, identity = "shelf", "shelf"
    scheme: str | None = None
    channels: int | None = None
    correction = EXACT

    def __init__(self, room: int = 10_000) -> None:
        self.room = room
        self.kept: list[tuple[Opening, Bits]] = []
        self.asked = 0

    def holds(self, shape: tuple[int, ...], opening: int) -> int:
        return self.room

    def embed(
        self, image: Pixels, opening: bytes, locator: bytes, root: bytes, bits: Bits
    ) -> Pixels:
        self.kept.append((Opening(opening, len(self.kept)), bits))
        return image

    def openings(self, image: Pixels, locator: bytes, length: int) -> Iterator[Opening]:
        for opening, _ in self.kept:
            self.asked += 1
            yield opening

    def read(
        self,
        image: Pixels,
        opening: Opening,
        locator: bytes,
        root: bytes,
        first: int,
        count: int,
    ) -> Probabilities:
        return self.kept[opening.place][1][first : first + count].astype(np.float32)


def shelved(*messages: tuple[SharedKey | SecretKey, bytes]) -> Shelf:
    """One message after the other, each for a key."""
    shelf = Shelf()
    for key, message in messages:
        sender = key.public if isinstance(key, SecretKey) else key
        locator, opening, root = begin(sender, shelf.identity)
        bits = compose(pack(message), root, 0, EXACT)
        shelf.embed(PICTURE.rgb_u8, opening, locator, root, bits)
    return shelf


def test_the_message_of_ones_own_key_is_read() -> None:
    other = SharedKey(bytes(32))
    shelf = shelved((other, b"not mine"), (KEY, b"mine"), (KEY, b"mine, too"))
    assert first_message([shelf], PICTURE, KEY, locator_of(KEY)) == b"mine"
    assert shelf.asked == 2, "what comes after is not looked at"
    assert first_message([shelved((other, b"")), shelf], PICTURE, KEY, locator_of(KEY)) == b"mine"


def test_a_pair_reads_what_its_public_half_hid() -> None:
    shelf = shelved((SecretKey(bytes(32)), b"not mine"), (PAIR, b"mine"))
    assert first_message([shelf], PICTURE, PAIR, locator_of(PAIR)) == b"mine"


def test_whatever_fails_is_one_answer() -> None:
    nothing = [
        first_message_of([], KEY),
        first_message_of([Shelf()], KEY),
        first_message_of([shelved((SharedKey(bytes(32)), b"not mine"))], KEY),
        first_message_of([Shelf(room=10)], KEY),
    ]
    low_order = Shelf()
    low_order.kept.append((Opening(bytes(32)), np.zeros(1000, np.uint8)))
    nothing.append(first_message_of([low_order], PAIR))
    assert set(nothing) == {str(NothingThere())}


def first_message_of(embedders: list[Shelf], key: SharedKey | SecretKey) -> str:
    with pytest.raises(NothingThere) as error:
        first_message(embedders, PICTURE, key, locator_of(key))
    return str(error.value)


def test_a_body_that_the_image_has_no_room_for_is_not_read() -> None:
    shelf = shelved((KEY, bytes(range(200))))
    _, bits = shelf.kept[0]
    shelf.room = len(bits) - 1
    assert first_message_of([shelf], KEY)
    shelf.room = len(bits)
    assert first_message([shelf], PICTURE, KEY, locator_of(KEY)) == bytes(range(200))


@pytest.mark.parametrize("kind", ["syndrome", "nets"])
def test_a_message_is_for_one_embedder(kind: str) -> None:
    nets = NetEmbedder("stub", Stub())
    embedder, other = (SampleEmbedder(), nets) if kind == "syndrome" else (nets, SampleEmbedder())
    stego = hide_with(embedder, KEY, PICTURE, pack(b"here"), b"here", "PNG")
    assert first_message([other, embedder], stego.picture, KEY, locator_of(KEY)) == b"here"
    with pytest.raises(NothingThere):
        first_message([other], stego.picture, KEY, locator_of(KEY))


def test_the_root_is_asked_for_nothing_else() -> None:
    shelf = shelved((KEY, b"mine"))
    opening, _ = shelf.kept[0]
    with pytest.raises(NothingThere):
        read_message(shelf, PICTURE.rgb_u8, opening, locator_of(KEY), bytes(32))

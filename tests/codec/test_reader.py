"""Reading: certainty, openings, and the order in which they are tried."""

from __future__ import annotations

import os

import numpy as np
import pytest
from stub import Faults, Stub, install, marked, stub_model

from keystego_tf.codec.reader import CERTAIN, FLOOR, Opening, Reader, certainty, first_message
from keystego_tf.codec.sender import Sender
from keystego_tf.codec.tiles import Grid, to_bits, to_bytes
from keystego_tf.payload.frame import NothingThere, pack
from keystego_tf.payload.keys import SecretKey, SharedKey

KEY = SharedKey(bytes(range(32)))


def hidden(monkeypatch: pytest.MonkeyPatch, message: bytes, tiles: int = 4) -> Grid:
    """A stego image of the stub's, its opening in the first candidate tile."""
    model = stub_model()
    install(monkeypatch, model)
    picture = marked(tiles, 1)
    stego = Sender(model, KEY).hide(picture, pack(message), message, "PNG")
    return Grid(stego.picture.rgb_u8)


def test_certainty_is_the_least_absolute_logit() -> None:
    logits = np.array([5.0, -3.0, 0.25, -9.0])
    probabilities = (1 / (1 + np.exp(-logits))).astype(np.float32)
    assert certainty(probabilities) == pytest.approx(0.25, abs=1e-5)
    assert certainty(np.array([0.5, 0.9], np.float32)) == 0
    assert 20 < certainty(np.array([0.0, 1.0], np.float32)) < 40  # neither infinite nor NaN


def test_the_receiver_reads_what_was_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = hidden(monkeypatch, b"anything")
    reader = Reader(Stub(stub_model()), KEY)
    openings = list(reader.openings(grid))
    assert [each.tile for each in openings] == grid.candidates(stub_model().agents)
    message, spent = reader.message(grid, openings[0])
    assert (message, spent.corrected) == (b"anything", 0)
    for other in openings[1:]:
        with pytest.raises(NothingThere):
            reader.message(grid, other)


def test_progress_counts_the_tiles_that_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    message = os.urandom(200)  # one tile holds 84 bytes of ciphertext, two 211
    grid, calls = hidden(monkeypatch, message), []
    reader = Reader(Stub(stub_model()), KEY, progress=lambda *call: calls.append(call))
    assert first_message([(reader, grid)]) == message
    total = calls[-1][2]
    assert total > 1
    assert calls == [("reading", done, total) for done in range(1, total + 1)]


@pytest.mark.parametrize("bit", [0, 100, 255])
def test_another_key_reads_nothing(monkeypatch: pytest.MonkeyPatch, bit: int) -> None:
    grid = hidden(monkeypatch, b"anything")
    number = int.from_bytes(KEY.secret, "big") ^ 1 << bit
    reader = Reader(Stub(stub_model()), SharedKey(number.to_bytes(32, "big")))
    with pytest.raises(NothingThere):
        first_message([(reader, grid)])


def test_a_public_key_alone_reads_nothing() -> None:
    secret = SecretKey(bytes(32), "stub")
    runner = Stub(stub_model("asymmetric"))
    public = secret.public(to_bytes(runner.mask(to_bits(secret.neural))))
    with pytest.raises(ValueError, match="a public key reads nothing"):
        Reader(runner, public)


def test_an_opening_that_no_sender_makes_is_nothing() -> None:
    reader = Reader(Stub(stub_model("asymmetric")), SecretKey(bytes(32), "stub"))
    grid = Grid(marked(1, 1).rgb_u8)
    # X25519 with 0 gives 0, whoever has the key: RFC 9180 has it refused
    with pytest.raises(NothingThere):
        reader.message(grid, Opening(0, bytes(32), 9.0))


class Told(Reader):
    """Reads openings of the certainty that it is told, and notes which are tried."""

    def __init__(self, certainties: list[float], message: int | None) -> None:
        super().__init__(Stub(stub_model()), KEY)
        self.certainties, self.at = certainties, message
        self.tried: list[int] = []

    def opening(self, grid: Grid, tile: int) -> Opening:
        number = grid.candidates(stub_model().agents).index(tile)
        return Opening(tile, bytes([number] * 16), self.certainties[number])

    def message(self, grid: Grid, opening: Opening):  # type: ignore[no-untyped-def]
        self.tried.append(opening.content[0])
        if opening.content[0] == self.at:
            return b"here", None
        raise NothingThere


@pytest.mark.parametrize(
    ("certainties", "at", "tried"),
    [
        ([9, 9, 9, 9], 0, [0]),
        ([9, 9, 9, 9], 2, [0, 1, 2]),
        ([1, 9, 9, 9], 3, [1, 2, 3]),
        ([1, 9, 1.5, 9], 0, [1, 3, 2, 0]),
        ([0.1, 1, 0.2, 0.3], 1, [1]),
        ([CERTAIN, FLOOR, 0.4, CERTAIN - 0.1], 1, [0, 3, 1]),
    ],
)
def test_likely_openings_are_tried_first(
    certainties: list[float], at: int, tried: list[int]
) -> None:
    reader, grid = Told(certainties, at), Grid(marked(2, 2).rgb_u8)
    assert first_message([(reader, grid)]) == b"here"
    assert reader.tried == tried


def test_what_is_less_certain_than_the_floor_is_not_tried() -> None:
    reader, grid = Told([0.4, 0.1, 9, FLOOR], None), Grid(marked(2, 2).rgb_u8)
    with pytest.raises(NothingThere):
        first_message([(reader, grid)])
    assert reader.tried == [2, 3]


def test_models_take_turns() -> None:
    order: list[str] = []

    class Named(Told):
        def __init__(self, name: str) -> None:
            super().__init__([9, 9, 9, 9], None)
            self.name = name

        def message(self, grid: Grid, opening: Opening):  # type: ignore[no-untyped-def]
            order.append(self.name)
            return super().message(grid, opening)

    wide, narrow = Grid(marked(2, 2).rgb_u8), Grid(marked(1, 1).rgb_u8)
    with pytest.raises(NothingThere):
        first_message([(Named("a"), wide), (Named("b"), wide), (Named("c"), narrow)])
    assert order == ["a", "b", "c", "a", "b", "a", "b", "a", "b"]


def test_without_a_reader_there_is_nothing() -> None:
    with pytest.raises(NothingThere):
        first_message([])


def test_misread_body_bits_are_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = hidden(monkeypatch, b"anything", tiles=1)
    reader = Reader(Stub(stub_model(), Faults(wrong={0: 4})), KEY)
    message, spent = reader.message(grid, reader.opening(grid, 0))
    assert message == b"anything" and spent.corrected <= 4
    hopeless = Reader(Stub(stub_model(), Faults(wrong={0: 300})), KEY)
    with pytest.raises(NothingThere):
        first_message([(hopeless, grid)])

"""The frame: header, encryption, deflating, and what a body costs."""

from __future__ import annotations

import hmac
import tracemalloc
import zlib

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from keystego_tf.payload import frame
from keystego_tf.payload.correction import encode
from keystego_tf.payload.frame import (
    MAX_CIPHERTEXT,
    PARITY,
    Header,
    NothingThere,
    Packed,
    cost,
    pack,
    room,
    seal,
    unseal,
)

ROOT = bytes(range(32))

headers = st.builds(
    Header,
    deflated=st.booleans(),
    level=st.integers(0, 7),
    length=st.integers(16, MAX_CIPHERTEXT),
)


def deflate(content: bytes) -> bytes:
    raw = zlib.compressobj(wbits=-15)
    return raw.compress(content) + raw.flush()


def sealed(content: bytes, deflated: bool) -> tuple[Header, bytes]:
    header, ciphertext = seal(Packed(content, deflated), ROOT, 0)
    return Header.unpack(header), ciphertext


@given(header=headers)
def test_a_header_is_four_bytes(header: Header) -> None:
    packed = header.pack()
    number = int.from_bytes(packed, "big")
    assert len(packed) == 4
    assert f"{number:032b}"[:8] == f"0001{header.deflated:d}{header.level:03b}"
    assert number % 2**24 == header.length
    assert Header.unpack(packed) == header


@given(content=st.binary(max_size=6) | st.binary(min_size=4, max_size=4))
def test_any_bytes_are_a_header_or_nothing(content: bytes) -> None:
    try:
        header = Header.unpack(content)
    except NothingThere:
        fits = len(content) == 4 and content[0] >> 4 == 1
        assert not fits or int.from_bytes(content[1:], "big") < 16
    else:
        assert header.pack() == content


@pytest.mark.parametrize("level, length", [(-1, 16), (8, 16), (0, 15), (0, 2**24), (0, -16)])
def test_header_out_of_range(level: int, length: int) -> None:
    with pytest.raises(ValueError, match=r"is -?\d+, but must be in \["):
        Header(False, level, length)


@given(message=st.binary(max_size=300), level=st.integers(0, 7), repeats=st.integers(1, 20))
def test_there_and_back(message: bytes, level: int, repeats: int) -> None:
    message *= repeats
    header, ciphertext = seal(message, ROOT, level)
    read = Header.unpack(header)
    assert (read.level, read.length) == (level, len(ciphertext))
    assert len(ciphertext) <= len(message) + 16
    assert read.deflated == (len(ciphertext) < len(message) + 16)
    assert unseal(read, ciphertext, ROOT) == message


def test_the_cipher_of_the_format() -> None:
    header, ciphertext = seal(b"short", ROOT, 3)
    assert header.hex() == f"13{5 + 16:06x}"
    key = hmac.digest(ROOT, b"keystego-tf 1 frame\x01", "sha256")
    expected = ChaCha20Poly1305(key).encrypt(header + bytes(8), b"short", header)
    assert ciphertext == expected


def test_deflated_only_if_shorter() -> None:
    assert pack(b"") == Packed(b"", False)
    chance = np.random.default_rng(0).bytes(1000)
    assert pack(chance) == Packed(chance, False)
    packed = pack(b"a" * 1000)
    assert packed.deflated and zlib.decompress(packed.content, wbits=-15) == b"a" * 1000
    assert packed.length == len(packed.content) + 16


def test_packed_beforehand_is_the_same() -> None:
    message = b"the same message " * 20
    assert seal(pack(message), ROOT, 1) == seal(message, ROOT, 1)


def test_every_change_is_noticed() -> None:
    packed, ciphertext = seal(b"to be or not", ROOT, 0)
    header = Header.unpack(packed)
    for bit in range(8 * len(ciphertext)):
        changed = bytearray(ciphertext)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NothingThere):
            unseal(header, bytes(changed), ROOT)
    others = [Header(True, 0, header.length), Header(False, 1, header.length)]
    for other in others:
        with pytest.raises(NothingThere):
            unseal(other, ciphertext, ROOT)
    for text in (ciphertext[:-1], ciphertext + b"\0", b""):
        with pytest.raises(NothingThere):
            unseal(header, text, ROOT)
    with pytest.raises(NothingThere):
        unseal(header, ciphertext, bytes(32))


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", deflate(b"message")[:-1], deflate(b"message") + b"\0", b"\x00\x01"],
    ids=["nothing", "no deflate", "cut off", "more behind it", "half a block"],
)
def test_what_is_not_deflated_whole_is_nothing(content: bytes) -> None:
    with pytest.raises(NothingThere) as caught:
        unseal(*sealed(content, True), ROOT)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__, "no more in the traceback"


def test_errors_do_not_tell_why() -> None:
    header, ciphertext = sealed(b"\xff", True)
    texts = set()
    for text, root in ((ciphertext, ROOT), (ciphertext, bytes(32)), (b"", ROOT)):
        with pytest.raises(NothingThere) as caught:
            unseal(header, text, root)
        texts.add(str(caught.value))
    with pytest.raises(NothingThere) as caught:
        Header.unpack(bytes(4))
    assert texts == {str(caught.value)}


def test_a_message_of_the_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "MAX_MESSAGE", 3 * 2**20)
    message = bytes(3 * 2**20)
    header, ciphertext = seal(message, ROOT, 0)
    assert unseal(Header.unpack(header), ciphertext, ROOT) == message
    with pytest.raises(ValueError, match="has 3145729 bytes, but must have 3145728 at most"):
        pack(message + b"\0")


def test_a_bomb_takes_no_more_memory_than_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = sealed(deflate(bytes(32 * 2**20)), True)
    monkeypatch.setattr(frame, "MAX_MESSAGE", 4 * 2**20)
    tracemalloc.start()
    try:
        with pytest.raises(NothingThere):
            unseal(*bomb, ROOT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20 + 2.5 * frame.CHUNK


def test_a_ciphertext_too_long_for_the_header() -> None:
    rule = "has 16777200 bytes after deflating, but must have 16777199 at most"
    with pytest.raises(ValueError, match=rule):
        seal(Packed(bytes(2**24 - 16), True), ROOT, 0)


@given(length=st.integers(0, 2000) | st.integers(0, MAX_CIPHERTEXT), level=st.integers(0, 7))
def test_room_is_the_inverse_of_cost(length: int, level: int) -> None:
    bits = cost(length, level)
    assert room(bits, level) == length
    assert length == 0 or room(bits - 1, level) == length - 1


@given(bits=st.integers(0, 20_000) | st.integers(0, 2**28), level=st.integers(0, 7))
def test_the_most_that_fits(bits: int, level: int) -> None:
    length = room(bits, level)
    assert cost(length, level) <= bits
    assert length == MAX_CIPHERTEXT or cost(length + 1, level) > bits


@pytest.mark.parametrize("level", range(8))
def test_cost_is_what_encoding_takes(level: int) -> None:
    for length in (0, 1, 16, 62, 63, 64, 239, 240, 500, 1111):
        assert cost(length, level) == 8 * len(encode(bytes(length), PARITY[level]))


def test_values_out_of_range() -> None:
    for call in (lambda: cost(16, 8), lambda: room(16, -1), lambda: seal(b"", ROOT, 8)):
        with pytest.raises(ValueError, match=r"level is (8|-1), but must be in \[0, 7\]"):
            call()
    for length in (-1, 2**24):
        with pytest.raises(ValueError, match=f"length is {length}, but must be in"):
            cost(length, 0)
    with pytest.raises(ValueError, match="bits is -1"):
        room(-1, 0)
    with pytest.raises(ValueError, match="the root has 31 bytes"):
        seal(b"", bytes(31), 0)
    with pytest.raises(ValueError, match="the root has 31 bytes"):
        unseal(Header(False, 0, 16), bytes(16), bytes(31))

"""The frame: header, encryption, tag and deflating."""

from __future__ import annotations

import hmac
import tracemalloc
import zlib

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st
from test_derivation import chacha20_reference, expand_reference

from keystego_tf.payload import frame
from keystego_tf.payload.derivation import stream
from keystego_tf.payload.frame import (
    MAX_SEALED,
    Header,
    NothingThere,
    Packed,
    pack,
    seal,
    unseal,
)

ROOT = bytes(range(32))

headers = st.builds(
    Header,
    deflated=st.booleans(),
    level=st.integers(0, 7),
    length=st.integers(32, MAX_SEALED),
)


def deflate(content: bytes) -> bytes:
    raw = zlib.compressobj(wbits=-15)
    return raw.compress(content) + raw.flush()


def sealed(content: bytes, deflated: bool) -> tuple[Header, bytes]:
    header, body = seal(Packed(content, deflated), ROOT, 0)
    return Header.unpack(header), body


@given(header=headers)
def test_a_header_is_four_bytes(header: Header) -> None:
    packed = header.pack()
    number = int.from_bytes(packed, "big")
    assert len(packed) == 4
    assert f"{number:032b}"[:8] == f"0010{header.deflated:d}{header.level:03b}"
    assert number % 2**24 == header.length
    assert Header.unpack(packed) == header


@given(content=st.binary(max_size=6) | st.binary(min_size=4, max_size=4))
def test_any_bytes_are_a_header_or_nothing(content: bytes) -> None:
    try:
        header = Header.unpack(content)
    except NothingThere:
        fits = len(content) == 4 and content[0] >> 4 == 2
        assert not fits or int.from_bytes(content[1:], "big") < 32
    else:
        assert header.pack() == content


@given(message=st.binary(max_size=300), level=st.integers(0, 7), repeats=st.integers(1, 20))
def test_there_and_back(message: bytes, level: int, repeats: int) -> None:
    message *= repeats
    header, body = seal(pack(message), ROOT, level)
    read = Header.unpack(header)
    assert (read.level, read.length) == (level, len(body))
    assert len(body) <= len(message) + 32
    assert read.deflated == (len(body) < len(message) + 32)
    assert unseal(read, body, ROOT) == message


def test_the_cipher_and_the_tag_of_the_format() -> None:
    header, body = seal(pack(b"short"), ROOT, 3)
    assert header.hex() == f"23{5 + 32:06x}"
    mask = chacha20_reference(expand_reference(ROOT, b"message"), bytes(12), 5)
    ciphertext = bytes(a ^ b for a, b in zip(b"short", mask))
    tag = hmac.digest(expand_reference(ROOT, b"tag"), header + ciphertext, "sha256")
    assert body == ciphertext + tag


def test_what_opens_under_two_keys_with_poly1305_opens_under_one_here() -> None:
    """The attack on ChaCha20-Poly1305, and the same content in this format."""
    nonce, keys = bytes(12), [bytes(range(32)), bytes(range(1, 33))]
    forged = both_keys(keys, nonce)
    opened = [ChaCha20Poly1305(key).decrypt(nonce, forged, b"") for key in keys]
    assert opened[0] != opened[1]
    # the ciphertext with either key's tag: the other key refuses it
    ciphertext = forged[:-16]
    for index, root in enumerate(keys):
        content = frame.xor(ciphertext, stream(root, "message", 0, len(ciphertext)))
        header, body = seal(Packed(content, False), root, 0)
        assert body[:-32] == ciphertext
        assert unseal(Header.unpack(header), body, root) == content
        with pytest.raises(NothingThere):
            unseal(Header.unpack(header), body, keys[1 - index])


def both_keys(keys: list[bytes], nonce: bytes) -> bytes:
    """A ciphertext with a Poly1305 tag that both keys accept: two equations in two blocks.

    RFC 8439, section 2.5: with a key's r and s, blocks b and the prime q = 2^130 - 5, the tag is
    ((sum of b[i] r^(n - i)) mod q + s) mod 2^128. The last block holds the lengths.
    """
    q, top = 2**130 - 5, 2**128
    pads = []
    for key in keys:
        block = chacha20_reference(key, nonce, 32)
        r = int.from_bytes(block[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
        pads.append((r, int.from_bytes(block[16:], "little")))
    lengths = int.from_bytes(bytes(8) + (32).to_bytes(8, "little"), "little") + top
    r1, r2 = (r for r, _ in pads)
    rng = np.random.default_rng(0)
    while True:
        tag = int.from_bytes(rng.bytes(16), "little")
        sides = [(tag - s) % top - lengths * r for r, s in pads]
        # x r^3 + y r^2 = side, for both keys
        determinant = pow(r1**3 * r2**2 - r1**2 * r2**3, -1, q)
        x = (sides[0] * r2**2 - sides[1] * r1**2) * determinant % q
        y = (r1**3 * sides[1] - r2**3 * sides[0]) * determinant % q
        if top <= x < 2 * top and top <= y < 2 * top:
            blocks = [(each - top).to_bytes(16, "little") for each in (x, y)]
            return b"".join(blocks) + tag.to_bytes(16, "little")


def test_deflated_only_if_shorter() -> None:
    assert pack(b"") == Packed(b"", False)
    chance = np.random.default_rng(0).bytes(1000)
    assert pack(chance) == Packed(chance, False)
    packed = pack(b"a" * 1000)
    assert packed.deflated and zlib.decompress(packed.content, wbits=-15) == b"a" * 1000
    assert packed.length == len(packed.content) + 32


def test_every_change_is_noticed() -> None:
    packed, body = seal(pack(b"to be or not"), ROOT, 0)
    header = Header.unpack(packed)
    for bit in range(8 * len(body)):
        changed = bytearray(body)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NothingThere):
            unseal(header, bytes(changed), ROOT)
    others = [Header(True, 0, header.length), Header(False, 1, header.length)]
    for other in others:
        with pytest.raises(NothingThere):
            unseal(other, body, ROOT)
    for text in (body[:-1], body + b"\0", b""):
        with pytest.raises(NothingThere):
            unseal(header, text, ROOT)
    with pytest.raises(NothingThere):
        unseal(header, body, bytes(32))


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
    header, body = sealed(b"\xff", True)
    texts = set()
    for text, root in ((body, ROOT), (body, bytes(32)), (b"", ROOT)):
        with pytest.raises(NothingThere) as caught:
            unseal(header, text, root)
        texts.add(str(caught.value))
    with pytest.raises(NothingThere) as caught:
        Header.unpack(bytes(4))
    assert texts == {str(caught.value)}


def test_a_message_of_the_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "MAX_MESSAGE", 3 * 2**20)
    message = bytes(3 * 2**20)
    header, body = seal(pack(message), ROOT, 0)
    assert unseal(Header.unpack(header), body, ROOT) == message
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
    assert peak < 2.25 * 4 * 2**20  # in pieces, and joined


def test_a_message_too_long_for_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "MAX_SEALED", 100)
    assert pack(bytes(range(68))).length == 100
    rule = "has 69 bytes after deflating, but must have 68 at most"
    with pytest.raises(ValueError, match=rule):
        pack(bytes(range(69)))


def test_values_out_of_range() -> None:
    with pytest.raises(ValueError, match="the secret has 31 bytes"):
        seal(pack(b"a"), bytes(31), 0)
    with pytest.raises(ValueError, match="the secret has 31 bytes"):
        unseal(Header(False, 0, 32), bytes(32), bytes(31))

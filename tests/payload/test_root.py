"""Roots, streams and orders against docs/format.md, computed with hashlib, hmac and plain loops."""

from __future__ import annotations

import hashlib
import hmac
import struct
import unicodedata

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from keystego_tf.payload import root
from keystego_tf.payload.keys import Passphrase, SecretKey, SharedKey

OPENING = bytes(range(16))
SHARED = SharedKey(bytes(range(32)))
SECRET = SecretKey(bytes(range(32, 64)), "asymmetric-0.5")
ROOT = bytes(range(100, 132))


def hkdf_reference(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return expand_reference(hmac.new(salt, secret, hashlib.sha256).digest(), info, length)


def expand_reference(key: bytes, info: bytes, length: int) -> bytes:
    block, out = b"", b""
    while len(out) < length:
        number = bytes([len(out) // 32 + 1])
        block = hmac.new(key, block + info + number, hashlib.sha256).digest()
        out += block
    return out[:length]


def chacha20_reference(key: bytes, nonce: bytes, count: int) -> bytes:
    """RFC 8439, section 2.4, by the words of the document: key stream from block 0 on."""

    def quarter(s: list[int], a: int, b: int, c: int, d: int) -> None:
        for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xFFFFFFFF
            s[z] ^= s[x]
            s[z] = (s[z] << turn | s[z] >> (32 - turn)) & 0xFFFFFFFF

    out = b""
    for block in range(-(-count // 64)):
        start = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), block]
        start += struct.unpack("<3I", nonce)
        state = list(start)
        for _ in range(10):
            for i in range(4):
                quarter(state, i, 4 + i, 8 + i, 12 + i)
            for i in range(4):
                quarter(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        out += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, start)))
    return out[:count]


def order_reference(words: bytes, count: int) -> list[int]:
    numbers = [int.from_bytes(words[8 * i : 8 * i + 8], "little") for i in range(count)]
    return sorted(range(count), key=lambda i: (numbers[i], i))


def test_the_reference_is_chacha20() -> None:
    # RFC 8439, appendix A.1, test vectors 1 and 2: key and nonce of zeros, blocks 0 and 1
    blocks = chacha20_reference(bytes(32), bytes(12), 128)
    assert blocks[:16].hex() == "76b8e0ada0f13d90405d6ae55386bd28"
    assert blocks[64:80].hex() == "9f07e7be5551387a98ba977c732d080d"


def test_root_of_a_shared_key() -> None:
    expected = hkdf_reference(bytes(range(32)), OPENING, b"keystego-tf 1 shared", 32)
    assert root.root_of(SHARED, OPENING) == expected


def test_root_of_a_passphrase_in_any_normal_form() -> None:
    text = unicodedata.normalize("NFD", "Größe über alles")
    slow = hashlib.scrypt(
        "Größe über alles".encode(), salt=OPENING, n=2**17, r=8, p=1, dklen=32, maxmem=2**28
    )
    expected = hkdf_reference(slow, OPENING, b"keystego-tf 1 passphrase", 32)
    assert root.root_of(Passphrase(text), OPENING) == expected


def test_root_of_a_key_pair() -> None:
    """The whole of HPKE by hand, but for the X25519 function itself."""
    ephemeral = bytes(range(200, 232))
    opening, sent = root.begin(SECRET.public(bytes(128)), ephemeral)
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    assert opening == private.public_key().public_bytes_raw()
    agreed = private.exchange(X25519PublicKey.from_public_bytes(SECRET.x25519_public))

    def extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
        return hmac.new(salt, b"HPKE-v1" + suite + label + secret, hashlib.sha256).digest()

    def expand(suite: bytes, key: bytes, label: bytes, info: bytes) -> bytes:
        return expand_reference(key, b"\x00\x20HPKE-v1" + suite + label + info, 32)

    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\xff\xff"
    pair = opening + SECRET.x25519_public
    shared = expand(kem, extract(kem, b"", b"eae_prk", agreed), b"shared_secret", pair)
    context = b"\x00" + extract(suite, b"", b"psk_id_hash", b"")
    context += extract(suite, b"", b"info_hash", b"keystego-tf 1")
    exporter = expand(suite, extract(suite, shared, b"secret", b""), b"exp", context)
    assert sent == expand(suite, exporter, b"sec", b"root")
    assert root.root_of(SECRET, opening) == sent


def test_openings_of_a_public_key_are_fresh_and_for_its_owner_alone() -> None:
    public, other = SECRET.public(bytes(128)), SecretKey(bytes(32), "asymmetric-0.5")
    drawn = [root.begin(public) for _ in range(20)]
    assert len(set(drawn)) == len({found for _, found in drawn}) == 20
    for opening, found in drawn:
        assert len(opening) == root.OPENING_BYTES["asymmetric"]
        assert root.root_of(SECRET, opening) == found
        assert root.root_of(other, opening) != found


def test_schemes() -> None:
    keys = [Passphrase("a"), SHARED, SECRET, SECRET.public(bytes(128))]
    assert [root.scheme_of(key) for key in keys] == ["symmetric"] * 2 + ["asymmetric"] * 2
    assert root.OPENING_BYTES == {"symmetric": 16, "asymmetric": 32}


@pytest.mark.parametrize("length", [0, 15, 17, 31, 33])
def test_an_opening_of_another_length_is_refused(length: int) -> None:
    for key in (Passphrase("a"), SHARED, SECRET):
        with pytest.raises(ValueError, match=f"the opening has {length} bytes, but must have"):
            root.root_of(key, bytes(length))


def test_an_opening_that_no_sender_makes_is_refused() -> None:
    with pytest.raises(ValueError, match="low order"):
        root.root_of(SECRET, bytes(32))


@given(opening=st.binary(min_size=32, max_size=32))
def test_any_opening_gives_a_root_or_a_value_error(opening: bytes) -> None:
    try:
        assert len(root.root_of(SECRET, opening)) == 32
    except ValueError as error:
        assert "low order" in str(error)


@pytest.mark.parametrize("index", [0, 1, 258, 2**96 - 1])
@pytest.mark.parametrize("count", [0, 1, 64, 200])
def test_streams(index: int, count: int) -> None:
    key = expand_reference(ROOT, b"keystego-tf 1 neural", 32)
    assert root.derive(ROOT, "neural") == key
    expected = chacha20_reference(key, index.to_bytes(12, "little"), count)
    assert root.stream(ROOT, "neural", index, count) == expected


@pytest.mark.parametrize("label", ["body places", "tiles"])
@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_orders(label: str, count: int) -> None:
    key = expand_reference(ROOT, b"keystego-tf 1 " + label.encode(), 32)
    expected = order_reference(chacha20_reference(key, bytes(12), 8 * count), count)
    found = root.order(ROOT, label, count)
    assert found.dtype == np.int64
    assert found.tolist() == expected


def test_equal_words_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [2**63, 5, 2**64 - 1, 5, 0, 2**63, 5, 256]
    packed = struct.pack("<8Q", *words)
    monkeypatch.setattr(root, "stream", lambda *_: packed)
    assert root.order(ROOT, "tiles", 8).tolist() == [4, 1, 3, 6, 7, 0, 5, 2]
    monkeypatch.setattr(root, "stream", lambda *_: packed * 500)
    assert root.order(ROOT, "tiles", 4000).tolist() == order_reference(packed * 500, 4000)


def test_a_large_order_holds_every_number_once() -> None:
    found = root.order(ROOT, "body places", 200_000)
    np.testing.assert_array_equal(np.sort(found), np.arange(200_000))


@pytest.mark.parametrize("tiles", [0, 1, 3, 4, 5, 30])
def test_candidates_are_public_and_at_most_four(tiles: int) -> None:
    size = (640).to_bytes(4, "big") + (768).to_bytes(4, "big")
    words = hashlib.shake_256(b"keystego-tf 1 candidates" + size).digest(8 * tiles)
    assert root.candidates(640, 768, tiles).tolist() == order_reference(words, tiles)[:4]


def test_opening_key() -> None:
    assert hashlib.shake_256(b"keystego-tf 1 opening").digest(128) == root.OPENING_KEY


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: root.stream(ROOT, "neural", -1, 1), r"index is -1, but must be in \[0, 2\^96\)"),
        (lambda: root.stream(ROOT, "neural", 2**96, 1), r"index is \d+, but must be in"),
        (lambda: root.stream(ROOT, "neural", 0, -1), "count is -1, but must not be negative"),
        (lambda: root.order(ROOT, "tiles", -1), "count is -8, but must not be negative"),
        (lambda: root.stream(ROOT[1:], "neural", 0, 1), "the root has 31 bytes, but must have 32"),
        (lambda: root.candidates(-1, 128, 1), r"width is -1, but must be in \[0, 2\^32\)"),
        (lambda: root.candidates(128, 2**32, 1), r"height is 4294967296, but must be in"),
        (lambda: root.candidates(128, 128, -1), "tiles is -1, but must not be negative"),
    ],
)
def test_values_out_of_range_are_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]

"""Derivations, streams and orders against docs/format.md, with hashlib, hmac and plain loops."""

from __future__ import annotations

import hashlib
import hmac
import struct

import numpy as np
import pytest

from keystego_tf.payload.derivation import chosen, derive, hkdf, stream

SECRET = bytes(range(100, 132))


def hkdf_reference(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return expand_reference(hmac.new(salt, secret, hashlib.sha256).digest(), info)


def expand_reference(key: bytes, info: bytes) -> bytes:
    return hmac.new(key, b"keystego-tf 2 " + info + b"\x01", hashlib.sha256).digest()


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


def test_the_reference_is_chacha20() -> None:
    # RFC 8439, appendix A.1, test vectors 1 and 2: key and nonce of zeros, blocks 0 and 1
    blocks = chacha20_reference(bytes(32), bytes(12), 128)
    assert blocks[:16].hex() == "76b8e0ada0f13d90405d6ae55386bd28"
    assert blocks[64:80].hex() == "9f07e7be5551387a98ba977c732d080d"


@pytest.mark.parametrize("salt", [b"", b"salt", bytes(40)])
def test_hkdf(salt: bytes) -> None:
    assert hkdf(SECRET, salt, b"info") == hkdf_reference(SECRET, salt, b"info")


@pytest.mark.parametrize("index", [0, 1, 258, 2**96 - 1])
@pytest.mark.parametrize("count", [0, 1, 64, 200])
def test_streams(index: int, count: int) -> None:
    key = expand_reference(SECRET, b"key")
    assert derive(SECRET, "key") == key
    expected = chacha20_reference(key, index.to_bytes(12, "little"), count)
    assert stream(SECRET, "key", index, count) == expected


@pytest.mark.parametrize(
    ("total", "count"),
    [(0, 0), (1, 1), (2, 1), (50, 50), (50, 0), (5000, 7), (5000, 4000), (300_000, 300_000)],
)
def test_the_first_of_an_order_are_those_of_a_stable_sort(total: int, count: int) -> None:
    words = np.frombuffer(stream(SECRET, "tiles", 0, 4 * total), "<u4")
    if total == 300_000:  # with so many words some are equal, and keep their order
        assert len(np.unique(words)) < total
    numbers = chosen(SECRET, "tiles", total, count)
    assert numbers.dtype == np.int64
    np.testing.assert_array_equal(numbers, np.argsort(words, kind="stable")[:count])


def test_few_of_many_are_sorted_quickly() -> None:
    # 36 million samples: all are drawn, few are sorted
    numbers = chosen(SECRET, "samples", 36_000_000, 1000)
    words = np.frombuffer(stream(SECRET, "samples", 0, 4 * 36_000_000), "<u4")
    assert len(np.unique(numbers)) == 1000
    assert np.count_nonzero(words <= words[numbers[-1]]) == 1000
    assert (np.diff(words[numbers].astype(np.int64)) >= 0).all()


def test_labels_indices_and_secrets_make_other_streams() -> None:
    streams = {
        stream(secret, label, index, 32)
        for secret in (SECRET, bytes(32))
        for label in ("samples opening", "nets opening", "")
        for index in (0, 1)
    }
    assert len(streams) == 12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stream(SECRET, "a", -1, 1), r"index is -1, but must be in \[0, 2\^96\)"),
        (lambda: stream(SECRET, "a", 2**96, 1), r"index is \d+, but must be in"),
        (lambda: stream(SECRET, "a", 0, -1), "count is -1, but must not be negative"),
        (lambda: stream(SECRET[1:], "a", 0, 1), "the secret has 31 bytes, but must have 32"),
        (lambda: chosen(SECRET, "a", 5, -1), "count is -1 of 5, but"),
        (lambda: chosen(SECRET, "a", 5, 6), "count is 6 of 5, but"),
        (lambda: chosen(SECRET, "a", 2**32, 1), r"count is 1 of 4294967296, but"),
    ],
)
def test_values_out_of_range_are_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]

"""Derive keys, streams and secret orders (docs/format.md, section 1)."""

from __future__ import annotations

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from numpy.typing import NDArray

#: The first bytes of every derivation of the format, version 2.
DOMAIN = b"keystego-tf 2 "

SECRET_BYTES = 32


def hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 (RFC 5869): derive 32 bytes; DOMAIN is put before ``info``."""
    return HKDF(SHA256(), SECRET_BYTES, salt, DOMAIN + info).derive(secret)


def derive(secret: bytes, label: str) -> bytes:
    """Derive the 32-byte key for one purpose; ValueError unless the secret has 32 bytes."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"the secret has {len(secret)} bytes, but must have {SECRET_BYTES}")
    return HKDFExpand(SHA256(), SECRET_BYTES, DOMAIN + label.encode("ascii")).derive(secret)


def stream(secret: bytes, label: str, index: int, count: int) -> bytes:
    """Return ``count`` bytes of a label's ChaCha20 key stream with number ``index``.

    Raises ValueError if the secret does not have 32 bytes, the index does not fit into 12 bytes or
    the count is negative.
    """
    if not 0 <= index < 2**96:
        raise ValueError(f"index is {index}, but must be in [0, 2^96)")
    if count < 0:
        raise ValueError(f"count is {count}, but must not be negative")
    # cryptography expects the block counter, here 0, before RFC 8439's nonce
    nonce = bytes(4) + index.to_bytes(12, "little")
    encryptor = Cipher(ChaCha20(derive(secret, label), nonce), mode=None).encryptor()
    return encryptor.update(bytes(count))


def chosen(secret: bytes, label: str, total: int, count: int) -> NDArray[np.int64]:
    """Draw the first ``count`` numbers below ``total`` in a secret order: int64 [count].

    The numbers are sorted by the 32-bit little-endian words of
    ``stream(secret, label, 0, 4 * total)``, equal words by number. Raises ValueError unless 0 <=
    count <= total < 2^32.
    """
    if not 0 <= count <= total < 2**32:
        raise ValueError(f"count is {count} of {total}, but 0 <= count <= total < 2^32 must hold")
    words = np.frombuffer(stream(secret, label, 0, 4 * total), "<u4")
    # Only words up to this bound are sorted. Enough words almost always lie below it.
    bound = int(2**32 / max(total, 1) * (count + 8 * count**0.5 + 16))
    numbers = np.flatnonzero(words < bound) if bound < 2**32 else np.arange(total)
    if len(numbers) < count:
        numbers = np.arange(total)
    keys = words[numbers].astype(np.uint64) << np.uint64(32) | numbers.astype(np.uint64)
    keys.sort()
    return (keys[:count] & np.uint64(2**32 - 1)).astype(np.int64)

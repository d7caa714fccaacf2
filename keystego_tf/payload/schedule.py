"""Derive a key's locator, and the root of one image.

Section 3 of docs/format.md. The *locator* is 32 bytes of a key: where and under what an image's
opening lies. The *opening* is the nonce of one image, 16 bytes for a key that both sides have and
32 for a key pair. The *root* is 32 bytes of a key, an embedder and an opening: all other secrets of
the image come from there.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Union

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .derivation import DOMAIN, hkdf
from .exchange import decapsulate, encapsulate
from .keys import Passphrase, PublicKey, SecretKey, SharedKey

#: Bytes of an opening by scheme.
OPENING_BYTES = {"symmetric": 16, "asymmetric": 32}

#: The cost of a passphrase: 128 * N * r bytes = 128 MiB, some tenths of a second.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**17, 8, 1

#: The salt of the scrypt that gives a passphrase's locator: the same for everybody.
LOCATOR_SALT = DOMAIN + b"locator"

Key = Union[Passphrase, SharedKey, SecretKey, PublicKey]
ReaderKey = Union[Passphrase, SharedKey, SecretKey]


def scheme_of(key: Key) -> str:
    """``asymmetric`` for either half of a key pair, ``symmetric`` for everything else."""
    return "asymmetric" if isinstance(key, (SecretKey, PublicKey)) else "symmetric"


def locator_of(key: Key) -> bytes:
    """The locator (32 bytes) of a key, the same for both halves of a pair.

    Of a passphrase it takes some tenths of a second and 128 MiB.
    """
    if isinstance(key, Passphrase):
        return hkdf(_stretched(key, LOCATOR_SALT), b"", b"locator passphrase")
    if isinstance(key, SharedKey):
        return hkdf(key.secret, b"", b"locator shared")
    return hkdf(_public(key), b"", b"locator pair")


def root_of(key: ReaderKey, embedder: str, opening: bytes) -> bytes:
    """The root (32 bytes) of the image with this opening.

    embedder: the id of the embedder. Of a passphrase it takes some tenths of a second and 128 MiB.
    Raises ValueError for an opening of another length than ``OPENING_BYTES``, and for one that
    stands for a point of low order.
    """
    length = OPENING_BYTES[scheme_of(key)]
    if len(opening) != length:
        raise ValueError(f"the opening has {len(opening)} bytes, but must have {length}")
    if isinstance(key, SecretKey):
        return _pair_root(decapsulate(opening, key.x25519_secret), embedder, opening, key)
    if isinstance(key, Passphrase):
        return hkdf(_stretched(key, opening), opening, _info("root passphrase", embedder))
    return hkdf(key.secret, opening, _info("root shared", embedder))


def begin(key: Key, embedder: str, seed: bytes | None = None) -> tuple[bytes, bytes]:
    """A fresh opening for the holder of a key, and the root that belongs to it.

    seed: 32 bytes (key pair) or the opening itself, for test vectors only.
    """
    if isinstance(key, PublicKey):
        opening, agreed = encapsulate(key.x25519, seed)
        return opening, _pair_root(agreed, embedder, opening, key)
    opening = seed or secrets.token_bytes(OPENING_BYTES[scheme_of(key)])
    return opening, root_of(key, embedder, opening)


def _pair_root(agreed: bytes, embedder: str, opening: bytes, key: SecretKey | PublicKey) -> bytes:
    return hkdf(agreed, opening, _info("root pair", embedder) + _public(key))


def _public(key: SecretKey | PublicKey) -> bytes:
    return key.x25519 if isinstance(key, PublicKey) else key.x25519_public


def _info(purpose: str, embedder: str) -> bytes:
    return f"{purpose} {embedder} ".encode("ascii")


def _stretched(key: Passphrase, salt: bytes) -> bytes:
    # HMAC, which scrypt begins with, takes a long key and its hash for the same, and a key with and
    # without zeros behind it: of 32 bytes always, no two passphrases meet.
    password = hashlib.sha256(DOMAIN + b"passphrase " + key.text.encode()).digest()
    scrypt = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
    return scrypt.derive(password)

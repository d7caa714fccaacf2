"""Derive a key's locator, and the root of one image.

See section 3 of docs/format.md. The *locator* is 32 bytes of a key. It says where an image's
opening lies, and under which mask. The *opening* is the nonce of one image: 16 bytes for a key that
both sides have, 32 for a key pair. The *root* is 32 bytes of a key, an embedder and an opening. All
other secrets of the image come from it.
"""

from __future__ import annotations

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Union

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .derivation import DOMAIN, hkdf
from .exchange import decapsulate, encapsulate
from .keys import Passphrase, PublicKey, SecretKey, SharedKey

#: Bytes of an opening by scheme.
OPENING_BYTES = {"symmetric": 16, "asymmetric": 32}

#: The cost of a passphrase: 128 * N * r bytes = 128 MiB, and some tenths of a second.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**17, 8, 1

#: The salt of the scrypt for a passphrase's locator, the same for everybody.
LOCATOR_SALT = DOMAIN + b"locator"

Key = Union[Passphrase, SharedKey, SecretKey, PublicKey]
ReaderKey = Union[Passphrase, SharedKey, SecretKey]


def scheme_of(key: Key) -> str:
    """Return ``asymmetric`` for either half of a key pair, ``symmetric`` for every other key."""
    return "asymmetric" if isinstance(key, (SecretKey, PublicKey)) else "symmetric"


def locator_of(key: Key) -> bytes:
    """Derive the locator (32 bytes) of a key; both halves of a pair have the same.

    A passphrase takes some tenths of a second and 128 MiB.
    """
    if isinstance(key, Passphrase):
        return hkdf(_stretched(key, LOCATOR_SALT), b"", b"locator passphrase")
    if isinstance(key, SharedKey):
        return hkdf(key.secret, b"", b"locator shared")
    return hkdf(_public(key), b"", b"locator pair")


def root_of(key: ReaderKey, embedder: str, opening: bytes) -> bytes:
    """Derive the root (32 bytes) of the image with this opening.

    ``embedder`` is the id of the embedder. A passphrase takes some tenths of a second and 128 MiB.
    Raises ValueError if the opening does not have ``OPENING_BYTES``, or stands for a point of low
    order.
    """
    length = OPENING_BYTES[scheme_of(key)]
    if len(opening) != length:
        raise ValueError(f"the opening has {len(opening)} bytes, but must have {length}")
    if isinstance(key, SecretKey):
        return _pair_root(decapsulate(opening, key.x25519_secret), embedder, opening, key)
    if isinstance(key, Passphrase):
        return hkdf(_stretched(key, opening), opening, _info("root passphrase", embedder))
    return hkdf(key.secret, opening, _info("root shared", embedder))


def begin(key: Key, embedder: str, seed: bytes | None = None) -> tuple[bytes, bytes, bytes]:
    """Make a fresh opening for the holder of a key: its locator, the opening, and its root.

    ``seed`` is 32 bytes (key pair) or the opening itself. It is for test vectors only. The two
    scrypts of a passphrase run at the same time, and take twice the memory.
    """
    with ThreadPoolExecutor(1) as pool:
        locator = pool.submit(locator_of, key)
        if isinstance(key, PublicKey):
            opening, agreed = encapsulate(key.x25519, seed)
            root = _pair_root(agreed, embedder, opening, key)
        else:
            opening = seed or secrets.token_bytes(OPENING_BYTES[scheme_of(key)])
            root = root_of(key, embedder, opening)
    return locator.result(), opening, root


def _pair_root(agreed: bytes, embedder: str, opening: bytes, key: SecretKey | PublicKey) -> bytes:
    return hkdf(agreed, opening, _info("root pair", embedder) + _public(key))


def _public(key: SecretKey | PublicKey) -> bytes:
    return key.x25519 if isinstance(key, PublicKey) else key.x25519_public


def _info(purpose: str, embedder: str) -> bytes:
    return f"{purpose} {embedder} ".encode("ascii")


def _stretched(key: Passphrase, salt: bytes) -> bytes:
    # scrypt begins with HMAC, which cannot tell a long key from its hash, or a key from the same
    # key followed by zeros. Hashing to 32 bytes first keeps all passphrases distinct.
    password = hashlib.sha256(DOMAIN + b"passphrase " + key.text.encode()).digest()
    scrypt = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
    return scrypt.derive(password)

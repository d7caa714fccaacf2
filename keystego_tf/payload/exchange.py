"""Exchange keys by X25519, with an ephemeral public key that looks like random bytes.

A plain X25519 public key can be told from random bytes: half of all strings are not a point of the
curve, and only one point in eight lies in the subgroup of X25519's keys. Elligator 2 (Bernstein,
Hamburg, Krasnova and Lange, "Elligator: elliptic-curve points indistinguishable from uniform random
strings", 2013) maps points of the whole curve to strings. Monocypher draws the ephemeral key with a
random low-order component and keeps the points that have a string. It fills the two remaining bits
at random, so all 256 bits are uniform. The receiver's multiplication clears the low-order component
again.
"""

from __future__ import annotations

import secrets

import monocypher
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

KEY_BYTES = 32

#: The prime of the field. Coordinates at or above it are not canonical.
PRIME = 2**255 - 19


def public_of(secret_key: bytes) -> bytes:
    """Compute the X25519 public key (32 bytes) of a secret key (32 bytes)."""
    return _private(secret_key).public_key().public_bytes_raw()


def check_public(public_key: bytes) -> None:
    """Raise ValueError unless a public key has 32 bytes, is canonical and is not of low order."""
    if len(public_key) != KEY_BYTES:
        raise ValueError(f"the public key has {len(public_key)} bytes, but must have {KEY_BYTES}")
    if int.from_bytes(public_key, "little") >= PRIME:
        raise ValueError(
            f"the X25519 key is {public_key.hex()}, but must be canonical: below 2^255 - 19"
        )
    _agree(bytes(KEY_BYTES), public_key)  # any secret key gives zeros with a point of low order


def encapsulate(public_key: bytes, seed: bytes | None = None) -> tuple[bytes, bytes]:
    """Sender's side: make 32 random-looking bytes for the receiver, and agree on 32 secret bytes.

    ``seed`` fixes the ephemeral key with 32 bytes. It is for test vectors only and must never be
    used twice. Raises ValueError for a public key of low order.
    """
    own = bytes(bytearray(seed or secrets.token_bytes(KEY_BYTES)))  # pymonocypher 4.0.2 wipes it
    hidden, ephemeral = monocypher.elligator_key_pair(own)
    return hidden, _agree(ephemeral, public_key)


def decapsulate(hidden: bytes, secret_key: bytes) -> bytes:
    """Receiver's side: compute the agreed secret; ValueError for a point of low order."""
    if len(hidden) != KEY_BYTES:
        raise ValueError(f"the opening has {len(hidden)} bytes, but must have {KEY_BYTES}")
    return _agree(secret_key, monocypher.elligator_map(hidden))


def _private(secret_key: bytes) -> X25519PrivateKey:
    if len(secret_key) != KEY_BYTES:
        raise ValueError(f"the secret key has {len(secret_key)} bytes, but must have {KEY_BYTES}")
    return X25519PrivateKey.from_private_bytes(secret_key)


def _agree(secret_key: bytes, public_key: bytes) -> bytes:
    try:
        return _private(secret_key).exchange(X25519PublicKey.from_public_bytes(public_key))
    except ValueError as error:  # cryptography raises this for a secret of zeros
        raise ValueError(
            f"the X25519 key is {public_key.hex()}, but must not be a point of low order: it gives "
            "the same secret to everybody"
        ) from error

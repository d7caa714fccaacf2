"""Exchange keys by X25519, with an ephemeral public key that looks like random bytes.

A plain X25519 public key is told from random bytes: half of all strings are no point of the curve,
and of the points one in eight lies in the subgroup that X25519 makes keys of. Elligator 2
(Bernstein, Hamburg, Krasnova and Lange, "Elligator: elliptic-curve points indistinguishable from
uniform random strings", 2013) maps points of the whole curve to strings. Monocypher draws the
ephemeral key with a random low-order component, keeps the points that have a string, and fills the
two bits left over at random, so that all 256 bits are uniform. The receiver's multiplication clears
the component again.
"""

from __future__ import annotations

import secrets

import monocypher
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

KEY_BYTES = 32

#: The prime of the field: coordinates from there on are not canonical.
PRIME = 2**255 - 19


def public_of(secret_key: bytes) -> bytes:
    """The X25519 public key (32 bytes) of a secret key (32 bytes)."""
    return _private(secret_key).public_key().public_bytes_raw()


def check_public(public_key: bytes) -> None:
    """ValueError for a public key that is not canonical or of low order, or has not 32 bytes."""
    if len(public_key) != KEY_BYTES:
        raise ValueError(f"the public key has {len(public_key)} bytes, but must have {KEY_BYTES}")
    if int.from_bytes(public_key, "little") >= PRIME:
        raise ValueError(
            f"the X25519 key is {public_key.hex()}, but must be canonical: below 2^255 - 19"
        )
    _agree(bytes(KEY_BYTES), public_key)  # any secret key gives zeros with a point of low order


def encapsulate(public_key: bytes, seed: bytes | None = None) -> tuple[bytes, bytes]:
    """The sender's side: 32 random-looking bytes for the receiver, and the agreed 32 bytes.

    seed: 32 bytes that fix the ephemeral key, for test vectors only: it must never be used twice.
    Raises ValueError for a public key of low order.
    """
    hidden, ephemeral = monocypher.elligator_key_pair(seed or secrets.token_bytes(KEY_BYTES))
    return hidden, _agree(ephemeral, public_key)


def decapsulate(hidden: bytes, secret_key: bytes) -> bytes:
    """The receiver's side: the agreed secret; ValueError for bytes that stand for a low order."""
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
    except ValueError as error:  # what cryptography makes of a secret of zeros
        raise ValueError(
            f"the X25519 key is {public_key.hex()}, but must not be a point of low order: it gives "
            "the same secret to everybody"
        ) from error

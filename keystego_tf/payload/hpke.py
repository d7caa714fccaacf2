"""HPKE (RFC 9180), as much of it as the format needs, and HKDF (RFC 5869).

Base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, export-only. Newer versions of ``cryptography``
have a module ``hpke`` of their own, but it encrypts single messages and exports no secrets; this
one stands on X25519 and HKDF, which versions from 42 on have.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

#: Bytes of a secret key, a public key, an encapsulated key and a hash.
KEY_BYTES = 32

#: The most bytes that HKDF-SHA-256 gives (RFC 5869, section 2.3).
MOST_BYTES = 255 * 32

KEM_ID, KDF_ID, EXPORT_ONLY = 0x0020, 0x0001, 0xFFFF
BASE_MODE = b"\x00"
KEM_SUITE = b"KEM" + KEM_ID.to_bytes(2, "big")


def extract(salt: bytes, secret: bytes) -> bytes:
    """HKDF-Extract with SHA-256: 32 bytes."""
    return hmac.digest(salt, secret, "sha256")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand with SHA-256: ``length`` bytes; ValueError unless that is 1 to 8160."""
    if not 1 <= length <= MOST_BYTES:
        raise ValueError(f"length is {length}, but must be in [1, {MOST_BYTES}]")
    return HKDFExpand(algorithm=SHA256(), length=length, info=info).derive(key)


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF with SHA-256: ``length`` bytes."""
    return expand(extract(salt, secret), info, length)


def hpke_suite(aead_id: int) -> bytes:
    """What ties a key schedule to its algorithms (RFC 9180, section 5.1)."""
    return b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (KEM_ID, KDF_ID, aead_id))


def labeled_extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    """LabeledExtract (RFC 9180, section 4): 32 bytes."""
    return extract(salt, b"HPKE-v1" + suite + label + secret)


def labeled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand (RFC 9180, section 4): ``length`` bytes."""
    if not 1 <= length <= MOST_BYTES:
        raise ValueError(f"length is {length}, but must be in [1, {MOST_BYTES}]")
    return expand(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def key_schedule(shared: bytes, info: bytes, aead_id: int) -> tuple[bytes, bytes]:
    """The secret and the context of base mode (RFC 9180, section 5.1)."""
    suite = hpke_suite(aead_id)
    no_psk = labeled_extract(suite, b"", b"psk_id_hash", b"")
    context = BASE_MODE + no_psk + labeled_extract(suite, b"", b"info_hash", info)
    return labeled_extract(suite, shared, b"secret", b""), context


@dataclass(frozen=True)
class Exporter:
    """What both sides have after the key exchange; its secret is not in its repr."""

    secret: bytes = field(repr=False)

    def export(self, context: bytes, length: int) -> bytes:
        """``length`` secret bytes for a purpose; ValueError unless that is 1 to 8160."""
        return labeled_expand(hpke_suite(EXPORT_ONLY), self.secret, b"sec", context, length)


def encapsulate(
    public_key: bytes, info: bytes, ephemeral: bytes | None = None
) -> tuple[bytes, Exporter]:
    """The sender's side: ``enc`` (32 bytes, for the receiver) and the exporter.

    ``ephemeral`` fixes the ephemeral secret key (32 bytes), for test vectors only: it must never be
    used twice. Raises ValueError for keys that are not 32 bytes long, and for a public key with
    which every secret key gives the same secret.
    """
    secret_key = X25519PrivateKey.generate() if ephemeral is None else _private(ephemeral)
    enc = secret_key.public_key().public_bytes_raw()
    shared = _shared_secret(_agree(secret_key, public_key), enc, public_key)
    return enc, _exporter(shared, info)


def decapsulate(enc: bytes, secret_key: bytes, info: bytes) -> Exporter:
    """The receiver's side; raises ValueError as ``encapsulate`` does, for ``enc`` too."""
    return _exporter(kem_secret(enc, secret_key), info)


def kem_secret(enc: bytes, secret_key: bytes) -> bytes:
    """The shared secret (32 bytes) that ``enc`` brings to the receiver: Decap in RFC 9180."""
    return _shared_secret(_agree(_private(secret_key), enc), enc, public_of(secret_key))


def public_of(secret_key: bytes) -> bytes:
    """The X25519 public key (32 bytes) of a secret key (32 bytes)."""
    return _private(secret_key).public_key().public_bytes_raw()


def _exporter(shared: bytes, info: bytes) -> Exporter:
    secret, context = key_schedule(shared, info, EXPORT_ONLY)
    suite = hpke_suite(EXPORT_ONLY)
    return Exporter(labeled_expand(suite, secret, b"exp", context, KEY_BYTES))


def _shared_secret(agreed: bytes, enc: bytes, public_key: bytes) -> bytes:
    key = labeled_extract(KEM_SUITE, b"", b"eae_prk", agreed)
    return labeled_expand(KEM_SUITE, key, b"shared_secret", enc + public_key, KEY_BYTES)


def _private(secret_key: bytes) -> X25519PrivateKey:
    if len(secret_key) != KEY_BYTES:
        raise ValueError(f"the secret key has {len(secret_key)} bytes, but must have {KEY_BYTES}")
    return X25519PrivateKey.from_private_bytes(secret_key)


def _agree(secret_key: X25519PrivateKey, public_key: bytes) -> bytes:
    if len(public_key) != KEY_BYTES:
        raise ValueError(f"the public key has {len(public_key)} bytes, but must have {KEY_BYTES}")
    rule = "but must not be a point of low order: it gives the same secret to everybody"
    try:
        agreed = secret_key.exchange(X25519PublicKey.from_public_bytes(public_key))
    except ValueError as error:  # what cryptography makes of a secret of zeros
        raise ValueError(f"the public key is {public_key.hex()}, {rule}") from error
    if not any(agreed):  # RFC 9180, section 7.1.4, should a version not look
        raise ValueError(f"the public key is {public_key.hex()}, {rule}")
    return agreed

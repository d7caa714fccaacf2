"""What follows from a key and an image's opening: the root, streams and orders.

Sections 2 and 3 of docs/format.md. The opening is the nonce of one image, 16 bytes for a key that
both sides have and 32 for a key pair; the root is 32 bytes that all secrets of that image come
from.
"""

from __future__ import annotations

import hashlib
from typing import Union

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from numpy.typing import NDArray

from . import hpke
from .keys import DOMAIN, Passphrase, PublicKey, SecretKey, SharedKey

#: Bytes of an opening by scheme.
OPENING_BYTES = {"symmetric": 16, "asymmetric": 32}

ROOT_BYTES = 32

#: HPKE's ``info``.
INFO = DOMAIN.rstrip()

#: The cost of a passphrase: 128 * N * r bytes = 128 MiB, some tenths of a second.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**17, 8, 1

#: The key map of every opening in the symmetric scheme: 1,024 bits that everybody knows.
OPENING_KEY = hashlib.shake_256(DOMAIN + b"opening").digest(128)

#: Tiles among which the sender chooses the opening tile.
CANDIDATES = 4

Key = Union[Passphrase, SharedKey, SecretKey, PublicKey]


def scheme_of(key: Key) -> str:
    """``asymmetric`` for either half of a key pair, ``symmetric`` for everything else."""
    return "asymmetric" if isinstance(key, (SecretKey, PublicKey)) else "symmetric"


def root_of(key: Passphrase | SharedKey | SecretKey, opening: bytes) -> bytes:
    """The root (32 bytes) of the image with this opening.

    The receiver always takes it from here, the sender in the symmetric scheme; with a passphrase
    it takes some tenths of a second and 128 MiB. Raises ValueError for an opening of another length
    than ``OPENING_BYTES``, and for one that no sender makes (``hpke.decapsulate``).
    """
    length = OPENING_BYTES[scheme_of(key)]
    if len(opening) != length:
        raise ValueError(f"the opening has {len(opening)} bytes, but must have {length}")
    if isinstance(key, SecretKey):
        return _exported(hpke.decapsulate(opening, key.x25519_secret, INFO))
    if isinstance(key, Passphrase):
        text = key.text.encode()
        scrypt = Scrypt(salt=opening, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
        return hpke.hkdf(scrypt.derive(text), opening, DOMAIN + b"passphrase", ROOT_BYTES)
    return hpke.hkdf(key.secret, opening, DOMAIN + b"shared", ROOT_BYTES)


def begin(key: PublicKey, ephemeral: bytes | None = None) -> tuple[bytes, bytes]:
    """A fresh opening (32 bytes) for the owner of a public key, and its root (32 bytes).

    In the symmetric scheme a fresh opening is 16 random bytes, and ``root_of`` gives the root once
    an opening is chosen. ``ephemeral`` is for test vectors only (``hpke.encapsulate``). Raises
    ValueError for a public key that keeps no secret.
    """
    enc, exporter = hpke.encapsulate(key.x25519, INFO, ephemeral)
    return enc, _exported(exporter)


def derive(root: bytes, label: str) -> bytes:
    """The 32-byte key for one purpose; ValueError unless the root has 32 bytes."""
    if len(root) != ROOT_BYTES:
        raise ValueError(f"the root has {len(root)} bytes, but must have {ROOT_BYTES}")
    return hpke.expand(root, DOMAIN + label.encode("ascii"), 32)


def stream(root: bytes, label: str, index: int, count: int) -> bytes:
    """``count`` bytes of the ChaCha20 key stream number ``index`` of a label.

    Raises ValueError for an index outside 12 bytes or a count below 0.
    """
    if not 0 <= index < 2**96:
        raise ValueError(f"index is {index}, but must be in [0, 2^96)")
    if count < 0:
        raise ValueError(f"count is {count}, but must not be negative")
    # cryptography wants the block counter, 0 here, in front of RFC 8439's nonce
    nonce = bytes(4) + index.to_bytes(12, "little")
    encryptor = Cipher(ChaCha20(derive(root, label), nonce), mode=None).encryptor()
    return encryptor.update(bytes(count))


def order(root: bytes, label: str, count: int) -> NDArray[np.int64]:
    """A secret order of ``count`` things: the numbers 0 to count - 1, int64 [count]."""
    return _sorted(stream(root, label, 0, 8 * count))


def candidates(width: int, height: int, tiles: int) -> NDArray[np.int64]:
    """The tiles that may be the opening tile, first choice first: int64 [min(tiles, 4)].

    Everybody knows them. ``width`` and ``height`` are the image's, in pixels, ``tiles`` is how many
    tiles it has. Raises ValueError for a size outside 4 bytes or a negative number of tiles.
    """
    for name, value in (("width", width), ("height", height)):
        if not 0 <= value < 2**32:
            raise ValueError(f"{name} is {value}, but must be in [0, 2^32)")
    if tiles < 0:
        raise ValueError(f"tiles is {tiles}, but must not be negative")
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    words = hashlib.shake_256(DOMAIN + b"candidates" + size).digest(8 * tiles)
    return _sorted(words)[:CANDIDATES]


def _exported(exporter: hpke.Exporter) -> bytes:
    return exporter.export(b"root", ROOT_BYTES)


def _sorted(words: bytes) -> NDArray[np.int64]:
    # a stable sort: equal words keep their order on every machine
    return np.argsort(np.frombuffer(words, "<u8"), kind="stable").astype(np.int64, copy=False)

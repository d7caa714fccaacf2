"""Seal a message into a header and a body, and open it again (docs/format.md, section 4).

The cipher is ChaCha20, with HMAC-SHA-256 over the ciphertext. A Poly1305 tag can be made to fit two
keys at once (Grubbs, Lu and Ristenpart, "Message franking via committing authenticated encryption",
2017). Two roots with one HMAC would be a collision of SHA-256, so a sealed body opens under one
root only.
"""

from __future__ import annotations

import hmac
import zlib
from dataclasses import dataclass

from .derivation import derive, stream

VERSION = 2

#: Bytes of a header and of the authentication tag.
HEADER_BYTES, TAG_BYTES = 4, 32

#: The longest message in bytes, before deflating and after inflating.
MAX_MESSAGE = 64 * 2**20

#: The longest sealed body in bytes: the header stores its length in 24 bits.
MAX_SEALED = 2**24 - 1

#: Raw deflate, without zlib's own header and checksum.
RAW, BEST = -15, 9


class NothingThere(ValueError):
    """Nothing can be read. The error never says why: nobody learns how close a guess came."""

    def __init__(self) -> None:
        super().__init__(
            "nothing can be read: there is no message, it is for another passphrase or key, or the "
            "image was changed on its way (JPEG, scaling)"
        )


@dataclass(frozen=True)
class Header:
    """The facts about a sealed body that the reader needs before reading it.

    ``deflated``: whether the message was deflated; ``level``: of error correction, 0 to 7;
    ``length``: of the sealed body in bytes, tag included, 32 to 2^24 - 1.
    """

    deflated: bool
    level: int
    length: int

    def pack(self) -> bytes:
        """Return the header's 4 bytes."""
        first = VERSION << 4 | int(self.deflated) << 3 | self.level
        return bytes([first]) + self.length.to_bytes(3, "big")

    @classmethod
    def unpack(cls, content: bytes) -> Header:
        """Read the header from 4 bytes; NothingThere for bytes that ``pack`` never makes."""
        if len(content) != HEADER_BYTES or content[0] >> 4 != VERSION:
            raise NothingThere
        length = int.from_bytes(content[1:], "big")
        if length < TAG_BYTES:
            raise NothingThere
        return cls(bool(content[0] & 0x08), content[0] & 0x07, length)


@dataclass(frozen=True)
class Packed:
    """A message ready for encryption, deflated if that made it shorter."""

    content: bytes
    deflated: bool

    @property
    def length(self) -> int:
        """Number of bytes of the sealed body, tag included."""
        return len(self.content) + TAG_BYTES


def pack(message: bytes) -> Packed:
    """Deflate a message if that makes it shorter.

    Raises ValueError if the message is longer than ``MAX_MESSAGE``, or its sealed body than
    ``MAX_SEALED``.
    """
    if len(message) > MAX_MESSAGE:
        raise ValueError(
            f"the message has {len(message)} bytes, but must have {MAX_MESSAGE} at most"
        )
    deflate = zlib.compressobj(BEST, zlib.DEFLATED, RAW)
    shorter = deflate.compress(message) + deflate.flush()
    deflated = len(shorter) < len(message)
    packed = Packed(shorter if deflated else bytes(message), deflated)
    if packed.length > MAX_SEALED:
        raise ValueError(
            f"the message has {len(packed.content)} bytes after deflating, but must have "
            f"{MAX_SEALED - TAG_BYTES} at most"
        )
    return packed


def seal(packed: Packed, root: bytes, level: int) -> tuple[bytes, bytes]:
    """Encrypt a message; return the header (4 bytes) and the sealed body, ciphertext and tag.

    ``root``: 32 bytes, from an opening that is used for this message alone; ``level``: 0 to 7.
    Raises ValueError for an invalid root.
    """
    header = Header(packed.deflated, level, packed.length).pack()
    ciphertext = _ciphered(packed.content, root)
    return header, ciphertext + _tag(header + ciphertext, root)


def unseal(header: Header, sealed: bytes, root: bytes) -> bytes:
    """Decrypt a sealed body with its header; the message has at most ``MAX_MESSAGE`` bytes.

    Raises NothingThere unless ``seal`` made both with this root (32 bytes), ValueError for an
    invalid root.
    """
    ciphertext, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    expected = _tag(header.pack() + ciphertext, root)
    if len(sealed) != header.length or not hmac.compare_digest(tag, expected):
        raise NothingThere
    content = _ciphered(ciphertext, root)
    return _inflate(content) if header.deflated else content


def xor(content: bytes, mask: bytes) -> bytes:
    """XOR two byte strings of equal length."""
    whole = int.from_bytes(content, "big") ^ int.from_bytes(mask, "big")
    return whole.to_bytes(len(content), "big")


def _ciphered(content: bytes, root: bytes) -> bytes:
    # each root has one message, so there is one stream; applying it again decrypts
    return xor(content, stream(root, "message", 0, len(content)))


def _tag(content: bytes, root: bytes) -> bytes:
    return hmac.digest(derive(root, "tag"), content, "sha256")


def _inflate(content: bytes) -> bytes:
    """Inflate, and stop above ``MAX_MESSAGE``, so that a zip bomb takes no more memory."""
    inflate = zlib.decompressobj(RAW)
    try:
        message = inflate.decompress(content, MAX_MESSAGE + 1)
    except zlib.error:
        raise NothingThere from None
    # a stream that was cut off has no end
    if len(message) > MAX_MESSAGE or not inflate.eof or inflate.unused_data:
        raise NothingThere
    return message

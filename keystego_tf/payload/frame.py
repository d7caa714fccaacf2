"""The frame: from a message to a header and a ciphertext, and back (docs/format.md, section 4)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from .correction import BLOCK, blocks_of
from .root import derive

VERSION = 1

#: Parity bytes of a block, by level of error correction.
PARITY = (16, 32, 48, 64, 96, 128, 160, 192)

#: Bytes of a header, of the nonce and of the authentication tag.
HEADER_BYTES, NONCE_BYTES, TAG_BYTES = 4, 12, 16

#: The longest message in bytes, also after inflating.
MAX_MESSAGE = 64 * 2**20

#: The longest ciphertext in bytes: the header has 24 bits for the length.
MAX_CIPHERTEXT = 2**24 - 1

#: Raw deflate, without zlib's own header and checksum.
RAW, BEST = -15, 9

#: Bytes that are inflated at a time.
CHUNK = 2**20


class NothingThere(ValueError):
    """Nothing can be read. It never says why: who has no key must not learn how far he got."""

    def __init__(self) -> None:
        super().__init__(
            "nothing can be read: there is no message, it is for another passphrase or key, or the "
            "image was changed on its way (JPEG, scaling)"
        )


@dataclass(frozen=True)
class Header:
    """What the reader must know of a ciphertext before he has it.

    ``deflated``: the message was deflated; ``level``: of error correction, 0 to 7; ``length``: of
    the ciphertext in bytes, with its tag, 16 to 2^24 - 1.
    """

    deflated: bool
    level: int
    length: int

    def __post_init__(self) -> None:
        _check_level(self.level)
        if not TAG_BYTES <= self.length <= MAX_CIPHERTEXT:
            raise ValueError(
                f"length is {self.length}, but must be in [{TAG_BYTES}, {MAX_CIPHERTEXT}]"
            )

    def pack(self) -> bytes:
        """The header's 4 bytes."""
        first = VERSION << 4 | int(self.deflated) << 3 | self.level
        return bytes([first]) + self.length.to_bytes(3, "big")

    @classmethod
    def unpack(cls, content: bytes) -> Header:
        """The header of 4 bytes; NothingThere for anything that ``pack`` does not make."""
        if len(content) != HEADER_BYTES or content[0] >> 4 != VERSION:
            raise NothingThere
        length = int.from_bytes(content[1:], "big")
        if length < TAG_BYTES:
            raise NothingThere
        return cls(bool(content[0] & 0x08), content[0] & 0x07, length)


@dataclass(frozen=True)
class Packed:
    """A message as it will be encrypted: deflated where that made it shorter."""

    content: bytes
    deflated: bool

    @property
    def length(self) -> int:
        """Bytes of the ciphertext, with its tag."""
        return len(self.content) + TAG_BYTES


def pack(message: bytes) -> Packed:
    """Deflate a message if that makes it shorter.

    Raises ValueError for a message above ``MAX_MESSAGE``, or whose ciphertext would be above
    ``MAX_CIPHERTEXT``.
    """
    if len(message) > MAX_MESSAGE:
        raise ValueError(
            f"the message has {len(message)} bytes, but must have {MAX_MESSAGE} at most"
        )
    deflate = zlib.compressobj(BEST, zlib.DEFLATED, RAW)
    shorter = deflate.compress(message) + deflate.flush()
    deflated = len(shorter) < len(message)
    packed = Packed(shorter if deflated else bytes(message), deflated)
    _check_length(packed)
    return packed


def seal(message: bytes | Packed, root: bytes, level: int) -> tuple[bytes, bytes]:
    """The header (4 bytes) and the ciphertext of a message.

    ``root``: 32 bytes, of an image whose opening is used for this message alone. Raises ValueError
    for a level or a root that is none, and as ``pack`` does.
    """
    packed = message if isinstance(message, Packed) else pack(message)
    _check_length(packed)
    header = Header(packed.deflated, level, packed.length).pack()
    return header, _cipher(root).encrypt(_nonce(header), packed.content, header)


def unseal(header: Header, ciphertext: bytes, root: bytes) -> bytes:
    """The message of a header and a ciphertext, with at most ``MAX_MESSAGE`` bytes.

    Raises NothingThere unless ``seal`` made both with this root (32 bytes), ValueError for a root
    that is none.
    """
    cipher = _cipher(root)
    if len(ciphertext) != header.length:
        raise NothingThere
    packed = header.pack()
    try:
        content = cipher.decrypt(_nonce(packed), ciphertext, packed)
    except InvalidTag:
        raise NothingThere from None
    return _inflate(content) if header.deflated else content


def cost(length: int, level: int) -> int:
    """Bits of the coded body of a ciphertext of ``length`` bytes, tag included.

    Raises ValueError for a length outside [0, ``MAX_CIPHERTEXT``] or a level that is none.
    """
    _check_level(level)
    if not 0 <= length <= MAX_CIPHERTEXT:
        raise ValueError(f"length is {length}, but must be in [0, {MAX_CIPHERTEXT}]")
    return 8 * (length + PARITY[level] * blocks_of(length, PARITY[level]))


def room(bits: int, level: int) -> int:
    """The longest ciphertext, in bytes, whose coded body fits into ``bits``.

    Below ``TAG_BYTES`` there is no room for any message. Raises ValueError for a negative number of
    bits or a level that is none.
    """
    _check_level(level)
    if bits < 0:
        raise ValueError(f"bits is {bits}, but must not be negative")
    parity = PARITY[level]
    whole, rest = divmod(bits // 8, BLOCK)
    return min(whole * (BLOCK - parity) + max(0, rest - parity), MAX_CIPHERTEXT)


def _check_level(level: int) -> None:
    if level not in range(len(PARITY)):
        raise ValueError(f"level is {level}, but must be in [0, {len(PARITY) - 1}]")


def _check_length(packed: Packed) -> None:
    if packed.length > MAX_CIPHERTEXT:
        raise ValueError(
            f"the message has {len(packed.content)} bytes after deflating, but must have "
            f"{MAX_CIPHERTEXT - TAG_BYTES} at most"
        )


def _cipher(root: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(derive(root, "frame"))


def _nonce(header: bytes) -> bytes:
    # one message a root: the header is here to bind it, not to tell messages apart
    return header + bytes(NONCE_BYTES - HEADER_BYTES)


def _inflate(content: bytes) -> bytes:
    """Inflate in chunks and stop above ``MAX_MESSAGE``, so that a bomb takes no more memory."""
    inflate = zlib.decompressobj(RAW)
    chunks, total, rest = [], 0, content
    try:
        while not inflate.eof:
            chunk = inflate.decompress(rest, CHUNK)
            rest = inflate.unconsumed_tail
            total += len(chunk)
            # neither input nor output: the stream was cut off
            if total > MAX_MESSAGE or not (chunk or rest or inflate.eof):
                raise NothingThere
            chunks.append(chunk)
    except zlib.error:
        raise NothingThere from None
    if inflate.unused_data:
        raise NothingThere
    return b"".join(chunks)

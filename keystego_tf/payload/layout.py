"""The bit layout: one flat string of coded bits an image (docs/format.md, sections 5 and 6).

The coded header, then the coded body, whitened, so that every bit looks like chance. An embedder
places the string, knows nothing of what it says, and gives probabilities back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import correction
from .correction import BLOCK, Correction, Spent, Uncorrectable, blocks_of
from .derivation import stream
from .frame import (
    HEADER_BYTES,
    MAX_SEALED,
    TAG_BYTES,
    Header,
    NothingThere,
    Packed,
    seal,
    unseal,
    xor,
)

Bits = NDArray[np.uint8]
Probabilities = NDArray[np.float32]


def opening_bits(length: int, code: Correction) -> int:
    """Bits of a coded opening of so many bytes."""
    return 8 * (length + code.opening)


def code_opening(opening: bytes, locator: bytes, embedder: str, code: Correction) -> Bits:
    """An opening as it is placed: with its parity, whitened under the locator. uint8 [bits]."""
    coded = correction.encode(opening, code.opening)
    return to_bits(xor(coded, stream(locator, f"{embedder} opening", 0, len(coded))))


def read_opening(
    probabilities: Probabilities, locator: bytes, embedder: str, code: Correction
) -> tuple[bytes, Spent]:
    """The opening, and what correcting it took; NothingThere if it cannot be corrected.

    ``probabilities``: float32 [bits of the coded opening] in [0, 1], of each bit being 1.
    """
    mask = stream(locator, f"{embedder} opening", 0, len(probabilities) // 8)
    return _decoded(probabilities, mask, code.opening)


def header_bits(code: Correction) -> int:
    """Bits of the coded header."""
    return 8 * (HEADER_BYTES + code.header)


def body_bits(length: int, level: int, code: Correction) -> int:
    """Bits of the coded body of a sealed body of ``length`` bytes, tag included."""
    parity = _parity(level, code)
    return 8 * (length + parity * blocks_of(length, parity))


def room(bits: int, level: int, code: Correction) -> int:
    """The longest message, in bytes as packed, whose coded body fits into ``bits``; or below 0."""
    parity = _parity(level, code)
    whole, rest = divmod(max(bits, 0) // 8, BLOCK)
    return min(whole * (BLOCK - parity) + max(0, rest - parity), MAX_SEALED) - TAG_BYTES


def compose(packed: Packed, root: bytes, level: int, code: Correction) -> Bits:
    """The flat string of a message: uint8 [header_bits + body_bits] of 0 and 1.

    ``root``: 32 bytes, used for this message alone; ``level``: of error correction. Raises
    ValueError for a level that is none.
    """
    parity = _parity(level, code)
    header, sealed = seal(packed, root, level)
    coded = correction.encode(header, code.header) + correction.encode(sealed, parity)
    return to_bits(xor(coded, stream(root, "whitening", 0, len(coded))))


def read_header(probabilities: Probabilities, root: bytes, code: Correction) -> Header:
    """The header, from the first ``header_bits`` of the flat string.

    ``probabilities``: float32 [bits] in [0, 1], of each bit being 1; NaN is read as not knowing.
    Raises NothingThere unless there is a header.
    """
    mask = stream(root, "whitening", 0, len(probabilities) // 8)
    header = Header.unpack(_decoded(probabilities, mask, code.header)[0])
    if header.level >= len(code.body):
        raise NothingThere
    return header


def read_body(
    probabilities: Probabilities, header: Header, root: bytes, code: Correction
) -> tuple[bytes, Spent]:
    """The message, and what correcting it took, from the rest of the flat string.

    ``probabilities``: float32 [body_bits], as in ``read_header``. Raises NothingThere unless there
    is a message of this root.
    """
    start = header_bits(code) // 8
    mask = stream(root, "whitening", 0, start + len(probabilities) // 8)[start:]
    sealed, spent = _decoded(probabilities, mask, code.body[header.level])
    return unseal(header, sealed, root), spent


def to_bits(content: bytes) -> Bits:
    """uint8 [8 * bytes] of 0 and 1, the highest bit of a byte first."""
    return np.unpackbits(np.frombuffer(content, np.uint8))


def _parity(level: int, code: Correction) -> int:
    if level not in range(len(code.body)):
        raise ValueError(f"level is {level}, but must be in [0, {len(code.body) - 1}]")
    return code.body[level]


def _decoded(probabilities: Probabilities, mask: bytes, parity: int) -> tuple[bytes, Spent]:
    """The data of whitened coded bits; a byte is as doubtful as the least certain of its bits."""
    coded = xor(np.packbits(probabilities > 0.5).tobytes(), mask)
    certain = np.nan_to_num(np.abs(probabilities - np.float32(0.5)) * 2, nan=0.0)
    try:
        return correction.decode(coded, parity, 1 - certain.reshape(-1, 8).min(axis=1))
    except Uncorrectable:
        raise NothingThere from None

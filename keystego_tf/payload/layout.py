"""Lay out an image's bits as one flat string (docs/format.md, sections 5 and 6).

The coded header, then the coded body, whitened, so that every bit looks like chance. An embedder
places the string, knows nothing of what it says, and gives probabilities back.
"""

from __future__ import annotations

import numpy as np

from .code import Bits, Code, Probabilities, Spent, Uncorrectable, to_bits
from .correction import Correction
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
)


def opening_bits(length: int, code: Correction) -> int:
    """Bits of a coded opening of so many bytes."""
    return code.opening.coded(length)


def code_opening(opening: bytes, locator: bytes, embedder: str, code: Correction) -> Bits:
    """An opening as it is placed: coded, whitened under the locator. uint8 [bits]."""
    coded = code.opening.encode(opening)
    return coded ^ _mask(locator, f"{embedder} opening", 0, len(coded))


def read_opening(
    probabilities: Probabilities, locator: bytes, embedder: str, code: Correction, length: int
) -> tuple[bytes, Spent]:
    """The opening, and what correcting it took; NothingThere if it cannot be corrected.

    ``probabilities``: float32 [bits of the coded opening] in [0, 1], of each bit being 1;
    ``length``: of the opening in bytes.
    """
    mask = _mask(locator, f"{embedder} opening", 0, len(probabilities))
    return _decoded(probabilities, mask, code.opening, length)


def header_bits(code: Correction) -> int:
    """Bits of the coded header."""
    return code.header.coded(HEADER_BYTES)


def body_bits(length: int, level: int, code: Correction) -> int:
    """Bits of the coded body of a sealed body of ``length`` bytes, tag included."""
    return _body(level, code).coded(length)


def room(bits: int, level: int, code: Correction) -> int:
    """The longest message, in bytes as packed, whose coded body fits into ``bits``; or below 0."""
    return min(_body(level, code).room(bits), MAX_SEALED) - TAG_BYTES


def compose(packed: Packed, root: bytes, level: int, code: Correction) -> Bits:
    """The flat string of a message: uint8 [header_bits + body_bits] of 0 and 1.

    ``root``: 32 bytes, used for this message alone; ``level``: of error correction. Raises
    ValueError for a level that is none.
    """
    body = _body(level, code)
    header, sealed = seal(packed, root, level)
    coded = np.concatenate([code.header.encode(header), body.encode(sealed)])
    return coded ^ _mask(root, "whitening", 0, len(coded))


def read_header(probabilities: Probabilities, root: bytes, code: Correction) -> Header:
    """The header, from the first ``header_bits`` of the flat string.

    ``probabilities``: float32 [bits] in [0, 1], of each bit being 1; NaN is read as not knowing.
    Raises NothingThere unless there is a header.
    """
    mask = _mask(root, "whitening", 0, len(probabilities))
    header = Header.unpack(_decoded(probabilities, mask, code.header, HEADER_BYTES)[0])
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
    mask = _mask(root, "whitening", header_bits(code), len(probabilities))
    sealed, spent = _decoded(probabilities, mask, code.body[header.level], header.length)
    return unseal(header, sealed, root), spent


def _body(level: int, code: Correction) -> Code:
    if level not in range(len(code.body)):
        raise ValueError(f"level is {level}, but must be in [0, {len(code.body) - 1}]")
    return code.body[level]


def _mask(secret: bytes, label: str, first: int, count: int) -> Bits:
    """``count`` bits of a stream from the bit ``first`` on."""
    return to_bits(stream(secret, label, 0, -(-(first + count) // 8)))[first : first + count]


def _decoded(
    probabilities: Probabilities, mask: Bits, code: Code, length: int
) -> tuple[bytes, Spent]:
    """The data of whitened coded bits."""
    try:
        return code.decode(np.where(mask, 1 - probabilities, probabilities), length)
    except Uncorrectable:
        raise NothingThere from None

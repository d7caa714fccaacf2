"""Lay out an image's bits as one flat string (docs/format.md, sections 5 and 6).

The string is the coded header and the coded body. It is whitened, so that every bit looks random.
An embedder places the string without knowing what it says, and returns probabilities.
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
from .ldpc import Ldpc


def code_opening(opening: bytes, locator: bytes, embedder: str, code: Correction) -> Bits:
    """Code an opening for placing, whitened under the locator: uint8 [bits]."""
    coded = code.opening.encode(opening)
    return coded ^ _mask(locator, f"{embedder} opening", 0, len(coded))


def read_opening(
    probabilities: Probabilities, locator: bytes, embedder: str, code: Correction, length: int
) -> tuple[bytes, Spent]:
    """Decode the opening, and say what correcting it took; NothingThere if that fails.

    ``probabilities``: float32 [bits of the coded opening] in [0, 1], the probability that each bit
    is 1; ``length``: of the opening in bytes.
    """
    mask = _mask(locator, f"{embedder} opening", 0, len(probabilities))
    return _decoded(probabilities, mask, code.opening, length)


def opening_doubt(
    probabilities: Probabilities, locator: bytes, embedder: str, code: Ldpc, length: int
) -> float:
    """Return the share of the opening's checks that are not met: about a half if it is none.

    The arguments are those of ``read_opening``, which takes far longer.
    """
    mask = _mask(locator, f"{embedder} opening", 0, len(probabilities))
    return code.unmet(np.where(mask, 1 - probabilities, probabilities), length)


def header_bits(code: Correction) -> int:
    """Return the number of bits of the coded header."""
    return code.header.coded(HEADER_BYTES)


def body_bits(length: int, level: int, code: Correction) -> int:
    """Return the number of bits of a coded body; ``length`` is in bytes, tag included."""
    return _body(level, code).coded(length)


def room(bits: int, level: int, code: Correction) -> int:
    """Return the longest message, in packed bytes, whose coded body fits; below 0 if none fits."""
    return min(_body(level, code).room(bits), MAX_SEALED) - TAG_BYTES


def compose(packed: Packed, root: bytes, level: int, code: Correction) -> Bits:
    """Build the flat string of a message: uint8 [header_bits + body_bits], 0 or 1.

    ``root``: 32 bytes, used for this message alone; ``level``: of error correction. Raises
    ValueError for an invalid level.
    """
    body = _body(level, code)
    header, sealed = seal(packed, root, level)
    coded = np.concatenate([code.header.encode(header), body.encode(sealed)])
    return coded ^ _mask(root, "whitening", 0, len(coded))


def read_header(probabilities: Probabilities, root: bytes, code: Correction) -> Header:
    """Decode the header from the first ``header_bits`` of the flat string.

    ``probabilities``: float32 [bits] in [0, 1], the probability that each bit is 1; NaN means
    unknown. Raises NothingThere if there is no header.
    """
    mask = _mask(root, "whitening", 0, len(probabilities))
    header = Header.unpack(_decoded(probabilities, mask, code.header, HEADER_BYTES)[0])
    if header.level >= len(code.body):
        raise NothingThere
    return header


def read_body(
    probabilities: Probabilities, header: Header, root: bytes, code: Correction
) -> tuple[bytes, Spent]:
    """Decode the message from the rest of the flat string, and say what correcting it took.

    ``probabilities``: float32 [body_bits], as in ``read_header``. Raises NothingThere if there is
    no message under this root.
    """
    mask = _mask(root, "whitening", header_bits(code), len(probabilities))
    sealed, spent = _decoded(probabilities, mask, code.body[header.level], header.length)
    return unseal(header, sealed, root), spent


def _body(level: int, code: Correction) -> Code:
    if level not in range(len(code.body)):
        raise ValueError(f"level is {level}, but must be in [0, {len(code.body) - 1}]")
    return code.body[level]


def _mask(secret: bytes, label: str, first: int, count: int) -> Bits:
    """Return ``count`` bits of a stream, starting at the bit ``first``."""
    return to_bits(stream(secret, label, 0, -(-(first + count) // 8)))[first : first + count]


def _decoded(
    probabilities: Probabilities, mask: Bits, code: Code, length: int
) -> tuple[bytes, Spent]:
    """Decode whitened bits to data."""
    try:
        return code.decode(np.where(mask, 1 - probabilities, probabilities), length)
    except Uncorrectable:
        raise NothingThere from None

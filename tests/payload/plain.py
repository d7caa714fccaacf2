"""Section 5 of docs/format.md by plain loops and reedsolo, to hold the package to."""

from __future__ import annotations

import reedsolo


def blocks(data: bytes, parity: int) -> list[bytes]:
    """The data of every block."""
    count = 0
    while count * (255 - parity) < len(data):
        count += 1
    cut, start = [], 0
    for index in range(count):
        longer = index < len(data) - count * (len(data) // count)
        end = start + len(data) // count + (1 if longer else 0)
        cut.append(data[start:end])
        start = end
    return cut


def encode(data: bytes, parity: int) -> bytes:
    if parity == 0:
        return data
    codec = reedsolo.RSCodec(parity, fcr=0, prim=0x11D, generator=2)
    return b"".join(bytes(codec.encode(block)) for block in blocks(data, parity))


def bits(content: bytes) -> list[int]:
    return [byte >> place & 1 for byte in content for place in range(7, -1, -1)]

"""Turn the items of a scan into its bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .huffman import Table
from .items import RAW, RESTART, Items

#: Number of items packed at once, which bounds memory.
_CHUNK = 1 << 20


def encode(items: Items, tables: dict[int, Table]) -> bytes:
    """Encode items as entropy-coded data, with stuffed bytes, padded with ones.

    ``tables`` are by slot (0 to 7).

    Raises:
        ValueError: a symbol has no code in its table.
    """
    codes, lengths = np.zeros((8, 256), np.uint32), np.zeros((8, 256), np.uint8)
    for slot, table in tables.items():
        codes[slot], lengths[slot] = table.codes()
    missing = np.argwhere((items.frequencies() > 0) & (lengths == 0))
    if missing.size:
        slot, symbol = missing[0]
        raise ValueError(f"symbol {symbol:02x} has no code in the Huffman table of slot {slot}")
    restarts = np.flatnonzero(items.symbols == RESTART)
    borders = [0, *(restarts + 1).tolist(), items.symbols.size]
    return b"".join(
        _interval(items, slice(start, end), codes, lengths)
        for start, end in zip(borders, borders[1:])
    )


def _interval(items: Items, chosen: slice, codes: NDArray, lengths: NDArray) -> bytes:
    """Return the bytes up to a restart marker, which is the last item, or to the scan's end."""
    symbols, bits, sizes = (each[chosen] for each in items)
    tail = b""
    if symbols.size and symbols[-1] == RESTART:
        tail = bytes([0xFF, 0xD0 + int(bits[-1])])
        symbols, bits, sizes = symbols[:-1], bits[:-1], sizes[:-1]
    packed, rest = [], np.empty(0, np.uint8)  # bits that do not fill a byte yet
    for start in range(0, symbols.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        coded = symbols[part] < RAW
        index = np.where(coded, symbols[part], 0)
        code = np.where(coded, codes.reshape(-1)[index], 0).astype(np.uint32)
        length = np.where(coded, lengths.reshape(-1)[index], 0) + sizes[part].astype(np.int64)
        made = np.concatenate([rest, _bits(code << sizes[part] | bits[part], length)])
        whole = made.size // 8 * 8
        packed.append(np.packbits(made[:whole]))
        rest = made[whole:]
    if rest.size:
        packed.append(np.packbits(np.append(rest, np.ones(8 - rest.size, np.uint8))))
    return _stuffed(np.concatenate(packed)) + tail if packed else tail


def _bits(values: NDArray, lengths: NDArray) -> NDArray[np.uint8]:
    """Join the lower ``lengths`` bits of the values (uint32), the highest bit first."""
    last = np.cumsum(lengths, dtype=np.uint32) - 1
    place: NDArray = np.repeat(last, lengths) - np.arange(lengths.sum(), dtype=np.uint32)
    return np.bitwise_and(np.repeat(values, lengths) >> place, 1).astype(np.uint8)


def _stuffed(data: NDArray[np.uint8]) -> bytes:
    """Insert a zero byte after each byte of ones."""
    return data.tobytes().replace(b"\xff", b"\xff\x00")

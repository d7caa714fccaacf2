"""From the items of a scan to its bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .huffman import Table
from .items import RAW, RESTART, Items

#: Items packed at once; bounds the memory.
_CHUNK = 1 << 20


def encode(items: Items, tables: dict[int, Table]) -> bytes:
    """Entropy-coded data, bytes stuffed, padded with ones; tables: by slot (0 to 7).

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
    """The bytes up to a restart marker, which is the last item, or to the scan's end."""
    symbols, bits, sizes = (each[chosen] for each in (items.symbols, items.bits, items.sizes))
    tail = b""
    if symbols.size and symbols[-1] == RESTART:
        tail = bytes([0xFF, 0xD0 + int(bits[-1])])
        symbols, bits, sizes = symbols[:-1], bits[:-1], sizes[:-1]
    packed, rest, held = [], 0, 0  # bits that do not fill a byte yet, and how many they are
    for start in range(0, symbols.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        coded = symbols[part] < RAW
        index = np.where(coded, symbols[part], 0)
        code = np.where(coded, codes.reshape(-1)[index], 0).astype(np.uint64)
        length = np.where(coded, lengths.reshape(-1)[index], 0).astype(np.int64)
        values = code << sizes[part].astype(np.uint64) | bits[part]
        whole, total = _packed(values, length + sizes[part], rest, held)
        used, held = total // 8, total % 8
        packed.append(whole[:used])
        rest = int(whole[used]) >> (8 - held) if held else 0
    if held:
        packed.append(np.array([rest << (8 - held) | 0xFF >> held], np.uint8))
    return _stuffed(np.concatenate(packed)) + tail if packed else tail


def _packed(values: NDArray, lengths: NDArray, rest: int, held: int) -> tuple[NDArray, int]:
    """Bytes of all values one after the other behind ``held`` bits; how many bits they are.

    Words of 64 bits: an item of at most 32 bits starts in each, and lies in it or in the next too.
    """
    values = np.concatenate([[np.uint64(rest)], values])
    lengths = np.concatenate([[held], lengths])
    ends = np.cumsum(lengths)
    total = int(ends[-1])
    starts = ends - lengths
    word = starts >> 6
    room = 64 - (starts & 63) - lengths  # bits left in the word; negative if it runs over
    over = np.maximum(-room, 0).astype(np.uint64)
    inside = np.where(room > 0, values << np.maximum(room, 0).astype(np.uint64), values >> over)
    words = np.zeros((total >> 6) + 2, np.uint64)
    first = np.flatnonzero(np.diff(word, prepend=-1))
    words[word[first]] = np.bitwise_or.reduceat(inside, first)
    running = np.flatnonzero(room < 0)
    words[word[running] + 1] |= values[running] << (64 - over[running])
    return words.astype(">u8").view(np.uint8), total


def _stuffed(data: NDArray[np.uint8]) -> bytes:
    """A zero byte behind each byte of ones."""
    return data.tobytes().replace(b"\xff", b"\xff\x00")

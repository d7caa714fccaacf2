"""Huffman tables of JPEG: those in a file, and those that libjpeg makes from symbol counts.

Source: ITU-T T.81, annex C (codes from lengths), annex K.2 (lengths from counts, figures K.1 to
K.4) and K.3.3 (tables of encoders that do not count).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Table:
    """A Huffman table: how many codes have 1 to 16 bits, and their symbols in order of code."""

    counts: tuple[int, ...]
    symbols: bytes

    def to_bytes(self) -> bytes:
        return bytes(self.counts) + self.symbols

    def codes(self) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """Return each symbol's code, uint32 [256], and length, uint8 [256]; 0 if it has none."""
        codes, lengths = np.zeros(256, np.uint32), np.zeros(256, np.uint8)
        code = position = 0
        for length, count in enumerate(self.counts, start=1):
            for symbol in self.symbols[position : position + count]:
                codes[symbol], lengths[symbol] = code, length
                code += 1
            position += count
            code <<= 1
        return codes, lengths


def parse(payload: bytes) -> list[tuple[int, Table]]:
    """Parse a DHT segment's tables with class and destination (0x00 to 0x13), in order.

    Raises:
        ValueError: the segment is cut off, has too many codes, or has a symbol twice.
    """
    tables = []
    while payload:
        where, counts = payload[0], tuple(payload[1:17])
        symbols = payload[17 : 17 + sum(counts)]
        used = sum(count << (16 - length) for length, count in enumerate(counts, start=1))
        sound = len(counts) == 16 and len(symbols) == sum(counts) <= 256 and used <= 1 << 16
        if not sound or where & 15 > 3 or where >> 4 > 1 or len(set(symbols)) < len(symbols):
            raise ValueError(f"Huffman table {where:02x} is cut off or has impossible codes")
        tables.append((where, Table(counts, symbols)))
        payload = payload[17 + len(symbols) :]
    return tables


def optimal(frequencies: NDArray[np.int64], by_count: bool = False) -> Table:
    """Make the table that an encoder makes for these counts of symbols.

    An unused symbol reserves the code of all ones. Lengths above 16 are reduced as in figure K.3.
    Ties go to the larger symbol.

    Args:
        frequencies: int64 [256].
        by_count: assign codes by falling count, as libjpeg from 9d on does. Otherwise assign them
            by the lengths before reduction, as libjpeg up to 9c, libjpeg-turbo and mozjpeg do.
    """
    weights = {symbol: int(count) for symbol, count in enumerate(frequencies) if count}
    weights[256] = 1
    lengths = dict.fromkeys(weights, 0)
    trees = {symbol: [symbol] for symbol in weights}
    while len(weights) > 1:
        low = min(weights, key=lambda symbol: (weights[symbol], -symbol))
        least = weights.pop(low)
        other = min(weights, key=lambda symbol: (weights[symbol], -symbol))
        # libjpeg keeps the joined tree under the first of the two
        weights[low] = least + weights.pop(other)
        trees[low] += trees.pop(other)
        for symbol in trees[low]:
            lengths[symbol] += 1
    counts = _at_most_16_bits(lengths)
    del lengths[256]
    order = sorted((-frequencies[s] if by_count else lengths[s], s) for s in lengths)
    return Table(counts, bytes(symbol for _, symbol in order))


def _at_most_16_bits(lengths: dict[int, int]) -> tuple[int, ...]:
    """Count the codes of each length after figure K.3, without the reserved one."""
    counts = [0] * (max(16, *lengths.values()) + 1)
    for length in lengths.values():
        counts[length] += 1
    for length in range(len(counts) - 1, 16, -1):
        while counts[length]:
            shorter = length - 2
            while not counts[shorter]:
                shorter -= 1
            counts[length] -= 2
            counts[length - 1] += 1
            counts[shorter + 1] += 2
            counts[shorter] -= 1
    longest = max(length for length in range(17) if counts[length])
    counts[longest] -= 1
    return tuple(counts[1:17])


def _table(counts: str, symbols: str) -> Table:
    return Table(tuple(map(int, counts.split())), bytes.fromhex(symbols))


#: Tables K.3 to K.6 by class and destination: luma DC, luma AC, chroma DC, chroma AC.
STANDARD = {
    0x00: _table("0 1 5 1 1 1 1 1 1 0 0 0 0 0 0 0", "000102030405060708090a0b"),
    0x10: _table(
        "0 2 1 3 3 2 4 3 5 5 4 4 0 0 1 125",
        "0102030004110512213141061351610722711432 8191a1082342b1c11552d1f024"
        "33627282090a161718191a25262728292a3435363738393a434445464748494a53"
        "5455565758595a636465666768696a737475767778797a838485868788898a9293"
        "9495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9"
        "cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
    ),
    0x01: _table("0 3 1 1 1 1 1 1 1 1 1 0 0 0 0 0", "000102030405060708090a0b"),
    0x11: _table(
        "0 2 1 2 4 4 3 4 7 5 4 4 0 1 2 119",
        "00010203110405213106124151076171132232810814 4291a1b1c109233352f015"
        "6272d10a162434e125f11718191a262728292a35363738393a434445464748494a"
        "535455565758595a636465666768696a737475767778797a82838485868788898a"
        "92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7"
        "c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa",
    ),
}

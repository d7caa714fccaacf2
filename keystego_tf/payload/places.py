"""Where the bits of a payload lie: whitening and places (docs/format.md, sections 5 and 6).

Composing and reading of everything but the opening. A *slot* is the place of one bit; the body
slots of a tile are counted from 0 in the order of its message map, which in the opening tile
begins below the opening's key rows. What this module calls *flat* counts the body slots of the
opening tile first, then those of the further tiles that are taken, in their secret order.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import correction
from .correction import Spent, Uncorrectable
from .frame import HEADER_BYTES, PARITY, Header, NothingThere, Packed, cost, pack, seal, unseal
from .root import order, stream

#: Parity bytes of the header, and the bits that it takes with them.
HEADER_PARITY = 8
HEADER_BITS = 8 * (HEADER_BYTES + HEADER_PARITY)

Bits = NDArray[np.uint8]
Places = NDArray[np.int64]
Probabilities = NDArray[np.float32]


@dataclass(frozen=True)
class Layout:
    """The slots of an image.

    ``opening_slots``: body slots of the opening tile, at least 96; ``tile_slots``: of any other
    tile; ``tiles``: how many the image has; ``opening_tile``: the number of the opening tile.
    """

    opening_slots: int
    tile_slots: int
    tiles: int
    opening_tile: int

    def __post_init__(self) -> None:
        for name, least in (("opening_slots", HEADER_BITS), ("tile_slots", 1), ("tiles", 1)):
            value = getattr(self, name)
            if value < least:
                raise ValueError(f"{name} is {value}, but must be at least {least}")
        if not 0 <= self.opening_tile < self.tiles:
            raise ValueError(
                f"opening_tile is {self.opening_tile}, but must be in [0, {self.tiles - 1}]"
            )

    @property
    def body_bits(self) -> int:
        """Bits of the longest coded body that the image can hold."""
        return self.opening_slots - HEADER_BITS + (self.tiles - 1) * self.tile_slots

    def tiles_needed(self, bits: int) -> int:
        """How many tiles, besides the opening tile, a coded body of ``bits`` takes.

        Raises ValueError if the image has not so many.
        """
        if not 0 <= bits <= self.body_bits:
            raise ValueError(
                f"the payload takes {bits} bits, but the image has room for {self.body_bits}"
            )
        return max(0, -(-(bits - self.opening_slots + HEADER_BITS) // self.tile_slots))

    def slots(self, further: int) -> int:
        """Body slots of the opening tile and so many further tiles."""
        return self.opening_slots + further * self.tile_slots


def further_tiles(root: bytes, layout: Layout, bits: int) -> Places:
    """The numbers of the further tiles that a coded body of ``bits`` takes, in their order.

    Raises ValueError if the image has not so many.
    """
    numbers = order(root, "tiles", layout.tiles)
    return numbers[numbers != layout.opening_tile][: layout.tiles_needed(bits)]


def header_places(root: bytes, layout: Layout) -> Places:
    """The slot, in the opening tile, of each bit of the coded header: int64 [96]."""
    return order(root, "header places", layout.opening_slots)[:HEADER_BITS]


def body_places(root: bytes, layout: Layout, bits: int) -> Places:
    """The flat slot of each bit of the coded body: int64 [bits].

    Raises ValueError if the image has not so many slots.
    """
    slots = layout.slots(layout.tiles_needed(bits))
    free = np.ones(slots, bool)
    free[header_places(root, layout)] = False
    return np.flatnonzero(free)[order(root, "body places", slots - HEADER_BITS)[:bits]]


def compose(
    message: bytes | Packed,
    root: bytes,
    level: int,
    layout: Layout,
    chance: Callable[[int], bytes] = os.urandom,
) -> list[tuple[int, Bits]]:
    """The bits of every tile that is used: (tile number, uint8 [slots] of 0 and 1).

    The opening tile is the first, the others follow in their order. ``root``: 32 bytes, used for
    this message alone; ``level``: of error correction, 0 to 7; ``chance(n)`` gives n random bytes,
    for the slots that are left over. Raises ValueError for a message that does not fit, or that
    ``frame.pack`` refuses, and for a level that is none.
    """
    packed = message if isinstance(message, Packed) else pack(message)
    bits = cost(packed.length, level)
    numbers = further_tiles(root, layout, bits)
    header, ciphertext = seal(packed, root, level)
    slots = layout.slots(len(numbers))
    flat = _bits(chance(-(-slots // 8)))[:slots]  # [flat slots]
    coded_header = correction.encode(header, HEADER_PARITY)
    flat[header_places(root, layout)] = _bits(_whitened(coded_header, root, "header"))
    coded_body = correction.encode(ciphertext, PARITY[level])
    flat[body_places(root, layout, bits)] = _bits(_whitened(coded_body, root, "body"))
    opening, further = np.split(flat, [layout.opening_slots])
    maps = further.reshape(len(numbers), layout.tile_slots)  # [further tiles, slots]
    return [(layout.opening_tile, opening), *zip(numbers.tolist(), maps)]


def needed(root: bytes, layout: Layout, bits: int) -> list[NDArray[np.bool_]]:
    """Which slots of each tile that is used carry the header or the body: bool [slots] each.

    In ``compose``'s order, for a coded body of ``bits``; the other slots may carry anything.
    """
    further = layout.tiles_needed(bits)
    flat = np.zeros(layout.slots(further), bool)
    flat[header_places(root, layout)] = True
    flat[body_places(root, layout, bits)] = True
    return np.split(flat, layout.opening_slots + layout.tile_slots * np.arange(further))


def read_header(probabilities: Probabilities, root: bytes, layout: Layout) -> Header:
    """The header, from the opening tile.

    ``probabilities``: float32 [opening slots] in [0, 1], of each bit being 1; NaN is read as not
    knowing. Raises NothingThere unless there is a header whose body fits the image, ValueError for
    another number of probabilities.
    """
    _check_shape(probabilities, layout.opening_slots)
    coded, doubt = _read(probabilities[header_places(root, layout)], root, "header")
    try:
        content, _ = correction.decode(coded, HEADER_PARITY, doubt)
    except Uncorrectable:
        raise NothingThere from None
    header = Header.unpack(content)
    if cost(header.length, header.level) > layout.body_bits:
        raise NothingThere
    return header


def read_body(
    probabilities: Probabilities, header: Header, root: bytes, layout: Layout
) -> tuple[bytes, Spent]:
    """The message, and what correcting it took.

    ``probabilities``: float32 [flat slots], as in ``read_header``, of the opening tile and then of
    each of ``further_tiles(root, layout, cost(header.length, header.level))``. Raises NothingThere
    unless there is a message of this root, ValueError for another number of probabilities and for a
    header whose body does not fit the image.
    """
    bits = cost(header.length, header.level)
    _check_shape(probabilities, layout.slots(layout.tiles_needed(bits)))
    coded, doubt = _read(probabilities[body_places(root, layout, bits)], root, "body")
    try:
        ciphertext, spent = correction.decode(coded, PARITY[header.level], doubt)
    except Uncorrectable:
        raise NothingThere from None
    return unseal(header, ciphertext, root), spent


def _check_shape(probabilities: Probabilities, count: int) -> None:
    if probabilities.shape != (count,):
        raise ValueError(
            f"the probabilities have shape {probabilities.shape}, but must have ({count},)"
        )


def _bits(content: bytes) -> Bits:
    return np.unpackbits(np.frombuffer(content, np.uint8))


def _whitened(coded: bytes, root: bytes, label: str) -> bytes:
    """Coded bytes XOR a stream, so that they look like chance; the same again takes it off."""
    mask = np.frombuffer(stream(root, label, 0, len(coded)), np.uint8)
    return (np.frombuffer(coded, np.uint8) ^ mask).tobytes()


def _read(placed: Probabilities, root: bytes, label: str) -> tuple[bytes, NDArray[np.float32]]:
    """Coded bytes and the doubt of each, in [0, 1], from the probabilities of their bits."""
    coded = _whitened(np.packbits(placed > 0.5).tobytes(), root, label)
    certain = np.nan_to_num(np.abs(placed - np.float32(0.5)) * 2, nan=0.0)
    # a byte is as doubtful as the least certain of its bits
    return coded, 1 - certain.reshape(-1, 8).min(axis=1)

"""The scans of a progressive file that refine or that code a band.

Source: ITU-T T.81, annex G.1.2. If the standard leaves a choice (the end of a run of ended bands,
correction bits), this follows libjpeg's jcphuff.c.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .items import (
    DC_PLACE,
    RAW,
    SIZES,
    Collector,
    Items,
    add_restarts,
    add_zero_runs,
    magnitudes,
    starts_of,
)
from .segments import ScanHeader

#: Longest run of ended bands, and the most correction bits that libjpeg holds back.
_LONGEST_RUN, _MOST_CORRECTIONS = 0x7FFF, 937


def refined_dc(bits: NDArray, restart: int) -> Items:
    found = Collector()
    found.add((np.arange(bits.size) << 16) + DC_PLACE, RAW, bits, 1)
    add_restarts(found, bits.size, restart, 1, 0)
    return found.items()


def first_band(band: NDArray[np.int16], header: ScanHeader, slot: int, restart: int) -> Items:
    """Code the first scan of a band: like a sequential one, but ended bands run over blocks."""
    found = Collector()
    blocks, width = band.shape
    # towards zero, unlike DC
    values = np.sign(band).astype(np.int32) * (np.abs(band.astype(np.int32)) >> header.low)
    place = np.flatnonzero(values)
    values = values.reshape(-1)[place]
    block, k = place // width, place % width
    starts = starts_of(block)
    runs = k - np.where(starts, -1, np.roll(k, 1)) - 1
    keys = (block << 16) + (k + 1 << 8)
    add_zero_runs(found, keys, runs >> 4, np.full(runs.size, slot * 256))
    sizes, bits = magnitudes(values)
    found.add(keys + 8, slot * 256 + ((runs & 15) << 4) + sizes, bits, sizes)
    ended = np.ones(blocks, bool)
    ended[block[k == width - 1]] = False
    filled = np.zeros(blocks, bool)
    filled[block] = True
    _add_ended_runs(found, ended, filled, np.zeros(blocks, np.int64), slot, restart)
    add_restarts(found, blocks, restart, 1, 0)
    return found.items()


def _add_ended_runs(
    found: Collector,
    ended: NDArray[np.bool_],
    filled: NDArray[np.bool_],
    corrections: NDArray[np.int64],
    slot: int,
    restart: int,
) -> NDArray[np.int64]:
    """Add EOBn: the number of consecutive blocks that end here in this band.

    ``ended``: the block has nothing after its last symbol; ``filled``: it has symbols before that,
    so an earlier run ends; ``corrections``: bits that a run holds back for this block. Returns the
    key, int64 [blocks], where the bits held back for a block belong.
    """
    blocks = ended.size
    borders = filled.copy()
    borders[0] = True
    if restart:
        borders[::restart] = True
    first = np.flatnonzero(borders)
    last = np.append(first[1:], blocks) - 1
    # the first block of a group may not take part, all others do
    lengths = last - first + ended[first]
    held = np.add.reduceat(np.where(ended, corrections, 0), first)
    long = np.flatnonzero((lengths >= _LONGEST_RUN) | (held > _MOST_CORRECTIONS))
    if long.size:
        first, last = _split_runs(first, last, long, ended, corrections)
        lengths = last - first + ended[first]
    keys = np.repeat((last + 1) << 16, last - first + 1)  # [blocks]
    used = lengths > 0
    sizes = SIZES[lengths[used]] - 1
    symbols = slot * 256 + (sizes.astype(np.int64) << 4)
    found.add((last[used] + 1) << 16, symbols, lengths[used] - (1 << sizes.astype(np.int64)), sizes)
    return keys + 1


def _split_runs(
    first: NDArray, last: NDArray, long: NDArray, ended: NDArray, corrections: NDArray
) -> tuple[NDArray, NDArray]:
    """Split runs where libjpeg's counter is full or it holds too many correction bits."""
    borders = set(first.tolist())
    for run in long:
        length = held = 0
        for block in range(int(first[run]), int(last[run]) + 1):
            length += bool(ended[block])
            held += int(corrections[block]) if ended[block] else 0
            if length == _LONGEST_RUN or held > _MOST_CORRECTIONS:
                borders.add(block + 1)
                length = held = 0
    starts = np.array(sorted(border for border in borders if border < ended.size))
    return starts, np.append(starts[1:], ended.size) - 1


def refined_band(band: NDArray[np.int16], header: ScanHeader, slot: int, restart: int) -> Items:
    """Code one more bit of a band: new values as symbols, a correction bit for each older one."""
    found = Collector()
    blocks, width = band.shape
    sizes = np.abs(band.astype(np.int32)) >> header.low
    place = np.flatnonzero(sizes)
    size, block, k = sizes.reshape(-1)[place], place // width, place % width
    fresh = size == 1
    end = np.full(blocks, -1)  # the last new value of each block
    end[block[fresh]] = k[fresh]
    inside = k <= end[block]
    numbers = _zero_runs(place, block, k, fresh, width)
    emitted = np.where(inside, (numbers >> 4), 0)
    emitted[1:] -= np.where(starts_of(block)[1:] | fresh[:-1], 0, emitted[:-1])
    keys = (block << 16) + (k + 1 << 8)
    add_zero_runs(found, keys, emitted, np.full(keys.size, slot * 256))
    chosen = np.flatnonzero(fresh)
    symbols = slot * 256 + ((numbers[chosen] & 15) << 4) + 1
    positive = band.reshape(-1)[place[chosen]] > 0
    found.add(keys[chosen] + 2 * emitted[chosen], symbols, positive, 1)
    older = ~fresh
    trailing = np.bincount(block[older & ~inside], minlength=blocks)
    filled = end >= 0
    ended = end < width - 1
    held = _add_ended_runs(found, ended, filled, trailing, slot, restart)
    # correction bits follow the next symbol of their block, or else that of the run that ends it
    emits = (emitted > 0) | fresh
    following = np.append(np.flatnonzero(emits), 0)[np.cumsum(emits)]
    where = np.where(inside, keys[following] + 1, held[block])[older]
    found.add(where, RAW, size[older] & 1, 1)
    add_restarts(found, blocks, restart, 1, 0)
    return found.items()


def _zero_runs(
    place: NDArray, block: NDArray, k: NDArray, fresh: NDArray, width: int
) -> NDArray[np.int64]:
    """Count zeros between each value and the new one before it, or its band's start."""
    number = np.arange(place.size)
    starts = starts_of(block)
    # since the last border: index of the first value after it, and its position
    after = starts.copy()
    after[1:] |= fresh[:-1]
    border = np.maximum.accumulate(np.where(after, number, 0))
    begin = np.where(starts[border], block[border] * width, place[border - 1] + 1)
    return place - begin - (number - border)

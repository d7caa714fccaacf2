"""Make the items of a scan; this module codes sequential scans and DC scans itself.

Source: ITU-T T.81, annex F.1.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import progressive
from .items import (
    AC_SLOT,
    DC_PLACE,
    END_PLACE,
    Collector,
    Items,
    add_restarts,
    add_zero_runs,
    joined,
    magnitudes,
    starts_of,
)
from .segments import ZIGZAG, ScanHeader

#: Number of blocks processed at once, which bounds memory.
_CHUNK = 1 << 16


def items(header: ScanHeader, blocks: list[NDArray[np.int16]], restart: int) -> Items:
    """Make the items of a scan.

    Args:
        header: the scan's header.
        blocks: row-major coefficients in the order of coding, int16 [MCUs, blocks of an MCU, 64],
            one array for each component of the scan.
        restart: MCUs between two restart markers, 0 for none.
    """
    per_mcu = sum(each.shape[1] for each in blocks)
    if header.first:
        band = blocks[0].reshape(-1, 64)[:, ZIGZAG[header.first : header.last + 1]]
        slot = AC_SLOT + header.ac_tables[0]
        scan = progressive.refined_band if header.high else progressive.first_band
        return scan(band, header, slot, restart)
    component = np.concatenate(
        [np.full(each.shape[1], i) for i, each in enumerate(blocks)]
    )  # [blocks of an MCU]
    mcus = blocks[0].shape[0]
    dc = [each[..., 0].astype(np.int32) >> header.low for each in blocks]
    if header.high:
        return progressive.refined_dc(np.concatenate(dc, axis=1).reshape(-1) & 1, restart * per_mcu)
    differences = np.concatenate([_differences(each, restart) for each in dc], axis=1)
    slots = np.array(header.dc_tables)[component], AC_SLOT + np.array(header.ac_tables)[component]
    parts = []
    step = max(1, _CHUNK // per_mcu)
    for start in range(0, mcus, step):
        chunk = slice(start, min(start + step, mcus))
        found = Collector()
        count = chunk.stop - chunk.start
        _add_dc(found, differences[chunk].reshape(-1), np.tile(slots[0], count))
        if header.last:
            zigzag = np.concatenate([each[chunk] for each in blocks], axis=1).reshape(-1, 64)
            _add_ac(found, zigzag[:, ZIGZAG], np.tile(slots[1], count))
        add_restarts(found, count, restart, per_mcu, start)
        parts.append(found.items())
    return joined(parts)


def _differences(dc: NDArray[np.int32], restart: int) -> NDArray[np.int32]:
    """Subtract the previously coded DC from each, 0 after a restart: [MCUs, blocks]."""
    before = np.concatenate([[0], dc.reshape(-1)[:-1]]).reshape(dc.shape)
    if restart:
        before[::restart, 0] = 0
    return dc - before


def _add_dc(found: Collector, differences: NDArray, slots: NDArray) -> None:
    sizes, bits = magnitudes(differences)
    keys = (np.arange(differences.size) << 16) + DC_PLACE
    found.add(keys, slots * 256 + sizes, bits, sizes)


def _add_ac(found: Collector, zigzag: NDArray[np.int16], slots: NDArray) -> None:
    """Add runs of zeros, values and ends of blocks; ``zigzag`` is [blocks, 64] with DC ignored."""
    zigzag[:, 0] = 0
    place = np.flatnonzero(zigzag)
    values = zigzag.reshape(-1)[place].astype(np.int32)
    block, k = place >> 6, place & 63
    runs = k - np.where(starts_of(block), 0, np.roll(k, 1)) - 1
    keys = (block << 16) + (k << 8)
    add_zero_runs(found, keys, runs >> 4, slots[block] * 256)
    sizes, bits = magnitudes(values)
    found.add(keys + 8, slots[block] * 256 + ((runs & 15) << 4) + sizes, bits, sizes)
    ended = np.ones(zigzag.shape[0], bool)
    ended[block[k == 63]] = False
    open_blocks = np.flatnonzero(ended)
    found.add((open_blocks << 16) + END_PLACE, slots[open_blocks] * 256)

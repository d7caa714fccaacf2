"""Write segments and coefficients as bytes, coding each scan anew under the file's structure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import coding, huffman, scans
from .huffman import Table
from .items import AC_SLOT, Items
from .segments import DHT, DRI, SOS, Frame, ScanHeader, Segment, scan_header

Coefficients = NDArray[np.int16]


class Definition(NamedTuple):
    """Where a Huffman table is defined: index of the segment, and of the table in it."""

    segment: int
    number: int


class _Scan(NamedTuple):
    """A scan, the restart interval in force, and the definition for each slot it uses."""

    header: ScanHeader
    restart: int
    tables: dict[int, Definition]


def counted(
    frame: Frame, segments: Sequence[Segment], components: Sequence[Coefficients]
) -> dict[Definition, bool]:
    """Find the tables that an encoder makes by counting the symbols of these coefficients.

    ``components``: int16 [rows, columns, 8, 8], including blocks that fill the last units. The
    standard tables count as given, whatever the symbols. Returns for each table whether the encoder
    assigns codes by count (``huffman.optimal``).
    """
    plan, tables = _plan(frame, segments), _tables(segments)
    given = {name for name, table in tables.items() if table in huffman.STANDARD.values()}
    frequencies: dict[Definition, NDArray[np.int64]] = {}
    for scan in plan.values():
        if set(scan.tables.values()) <= given:
            continue
        found = scans.items(scan.header, _units(scan.header, frame, components), scan.restart)
        _count(frequencies, scan, found)
    return {
        name: by_count
        for name, counts in frequencies.items()
        for by_count in (True, False)
        if name not in given and huffman.optimal(counts, by_count) == tables[name]
    }


def write(
    frame: Frame,
    segments: Sequence[Segment],
    components: Sequence[Coefficients],
    counted_tables: dict[Definition, bool],
) -> bytes:
    """Write the file, remaking tables in ``counted_tables`` and those that lack a symbol."""
    plan, tables = _plan(frame, segments), _tables(segments)
    frequencies: dict[Definition, NDArray[np.int64]] = {}
    found = {}
    for index, scan in plan.items():
        found[index] = scans.items(
            scan.header, _units(scan.header, frame, components), scan.restart
        )
        _count(frequencies, scan, found[index])
    for name, counts in frequencies.items():
        if name in counted_tables or not set(np.flatnonzero(counts)) <= set(tables[name].symbols):
            tables[name] = huffman.optimal(counts, counted_tables.get(name, False))
    parts = [b"\xff\xd8"]
    for index, segment in enumerate(segments):
        if segment.marker == DHT:
            segment = _redefined(segment, index, tables)
        elif segment.marker == SOS:
            used = {slot: tables[name] for slot, name in plan[index].tables.items()}
            data = coding.encode(found.pop(index), used)
            segment = Segment(segment.marker, segment.payload, data)
        parts.append(segment.to_bytes())
    return b"".join(parts) + b"\xff\xd9"


def _plan(frame: Frame, segments: Sequence[Segment]) -> dict[int, _Scan]:
    """Map each scan's segment number to the scan; ValueError if a Huffman table is missing."""
    plan, restart, defined = {}, 0, {}
    for index, segment in enumerate(segments):
        if segment.marker == DRI:
            restart = int.from_bytes(segment.payload, "big")
        elif segment.marker == DHT:
            for number, (where, _) in enumerate(huffman.parse(segment.payload)):
                defined[_slot(where)] = Definition(index, number)
        elif segment.marker == SOS:
            header = scan_header(segment.payload, frame)
            slots = list(_slots(header))
            missing = [slot for slot in slots if slot not in defined]
            if missing:
                raise ValueError(
                    f"a scan uses Huffman table {missing[0]}, which is not in the file"
                )
            plan[index] = _Scan(header, restart, {slot: defined[slot] for slot in slots})
    return plan


def _slot(where: int) -> int:
    return (where >> 4) * AC_SLOT + (where & 15)


def _slots(header: ScanHeader) -> Iterator[int]:
    """Yield the slots of the tables that a scan uses; a refinement of DC uses none."""
    if header.first == 0 and not header.high:
        yield from header.dc_tables
    if header.last:
        yield from (AC_SLOT + each for each in header.ac_tables)


def _tables(segments: Sequence[Segment]) -> dict[Definition, Table]:
    return {
        Definition(index, number): table
        for index, segment in enumerate(segments)
        if segment.marker == DHT
        for number, (_, table) in enumerate(huffman.parse(segment.payload))
    }


def _redefined(segment: Segment, index: int, tables: dict[Definition, Table]) -> Segment:
    parts = [
        bytes([where]) + tables[Definition(index, number)].to_bytes()
        for number, (where, _) in enumerate(huffman.parse(segment.payload))
    ]
    return Segment(segment.marker, b"".join(parts))


def _count(frequencies: dict[Definition, NDArray[np.int64]], scan: _Scan, found: Items) -> None:
    counts = found.frequencies()
    for slot, name in scan.tables.items():
        frequencies[name] = frequencies.get(name, 0) + counts[slot]


def _units(
    header: ScanHeader, frame: Frame, components: Sequence[Coefficients]
) -> list[Coefficients]:
    """Order blocks for coding: [units, blocks a unit, 64] for each component of a scan."""
    if len(header.components) == 1:  # every block is a unit, except those that only fill up
        index = header.components[0]
        rows, columns = frame.blocks(frame.components[index])
        return [components[index][:rows, :columns].reshape(-1, 1, 64)]
    mcu_rows, mcu_columns = frame.mcus()
    units = []
    for index in header.components:
        vertical, horizontal = frame.components[index].vertical, frame.components[index].horizontal
        blocks = components[index].reshape(mcu_rows, vertical, mcu_columns, horizontal, 64)
        blocks = blocks.transpose(0, 2, 1, 3, 4)
        units.append(blocks.reshape(mcu_rows * mcu_columns, vertical * horizontal, 64))
    return units

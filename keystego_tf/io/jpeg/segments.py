"""The marker segments of a JPEG file, as they are stored in it.

Source: ITU-T T.81, annex B (syntax of markers, frames, scans and tables).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SOI, EOI, SOS, DQT, DHT, DRI, DNL, COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xDC, 0xFE
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2
APP = 0xE0

#: Markers that are refused, and why. 0xCC, of tables, is the only one that is not a frame's.
_REFUSED = {
    0xC3: "lossless",
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical"),
    **dict.fromkeys((0xC9, 0xCA, 0xCB, 0xCC), "arithmetic coding"),
}

#: More scans than any encoder writes. Without a limit, a few bytes could cause hours of decoding.
MAX_SCANS = 100

#: Row-major index of each coefficient in zigzag order (T.81, figure A.6).
ZIGZAG = np.array(
    sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8 if (i // 8 + i % 8) % 2 else i % 8)))
)

# the end of entropy-coded data: a marker that is neither a stuffed byte nor a restart
_AFTER_DATA = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")


@dataclass(frozen=True)
class Segment:
    """A marker with its payload (without the length), and the coded data after a scan header."""

    marker: int
    payload: bytes = b""
    data: bytes = b""

    def to_bytes(self) -> bytes:
        length = (len(self.payload) + 2).to_bytes(2, "big")
        return bytes([0xFF, self.marker]) + length + self.payload + self.data


@dataclass(frozen=True)
class FrameComponent:
    """A component as the frame header declares it: sampling factors and quantisation table."""

    identifier: int
    horizontal: int
    vertical: int
    table: int


@dataclass(frozen=True)
class Frame:
    """A frame header: size in pixels, and the components in order."""

    marker: int
    height: int
    width: int
    components: tuple[FrameComponent, ...]

    @property
    def progressive(self) -> bool:
        return self.marker == PROGRESSIVE

    @property
    def most(self) -> tuple[int, int]:
        """Return the largest vertical and horizontal sampling factor."""
        vertical = max(each.vertical for each in self.components)
        return vertical, max(each.horizontal for each in self.components)

    def mcus(self) -> tuple[int, int]:
        """Return rows and columns of minimum coded units in a scan of several components."""
        vertical, horizontal = self.most
        return -(-self.height // (8 * vertical)), -(-self.width // (8 * horizontal))

    def blocks(self, component: FrameComponent) -> tuple[int, int]:
        """Return rows and columns of the blocks that hold samples of the image."""
        vertical, horizontal = self.most
        rows = -(-self.height * component.vertical // (8 * vertical))
        return rows, -(-self.width * component.horizontal // (8 * horizontal))


@dataclass(frozen=True)
class ScanHeader:
    """A scan header: components by position in the frame with their tables, and the band.

    ``dc_tables``, ``ac_tables``: destinations (0 to 3) for each component; ``first``, ``last``:
    coefficients in zigzag order; ``high``, ``low``: successive approximation, Ah and Al.
    """

    components: tuple[int, ...]
    dc_tables: tuple[int, ...]
    ac_tables: tuple[int, ...]
    first: int
    last: int
    high: int
    low: int


def split(content: bytes) -> tuple[list[Segment], bytes]:
    """Split a file into the segments between SOI and EOI, and the bytes after EOI.

    Raises:
        ValueError: the file is not a JPEG or is cut off, or segments overlap.
    """
    if content[:3] != b"\xff\xd8\xff":
        raise ValueError(f"the file starts with {content[:3].hex()!r}, but a JPEG with 'ffd8ff'")
    segments: list[Segment] = []
    position, scans = 2, 0
    while True:
        position, marker = _marker(content, position)
        if marker == EOI:
            break
        end = position + int.from_bytes(content[position : position + 2], "big")
        if end < position + 2 or end > len(content):
            raise ValueError(
                f"segment {marker:02x} at byte {position} ends at byte {end}, "
                f"but must end within the file's {len(content)} bytes"
            )
        payload, data, position = content[position + 2 : end], b"", end
        if marker == SOS:
            scans += 1
            if scans > MAX_SCANS:
                raise ValueError(f"the file has more than {MAX_SCANS} scans, which are refused")
            after = _AFTER_DATA.search(content, end)
            if after is None:
                raise ValueError("the file is cut off: no marker follows its last scan")
            position = after.start()
            data = content[end:position]
        segments.append(Segment(marker, payload, data))
    if not scans:
        raise ValueError("the file has no scan, but must have at least one")
    return segments, content[position:]


def _marker(content: bytes, position: int) -> tuple[int, int]:
    """Find the next marker after fill bytes; return the position after it, and its code."""
    start = position
    while position < len(content) and content[position] == 0xFF:
        position += 1
    if position == len(content) or position == start:
        found = content[start : start + 2].hex() or "its end"
        raise ValueError(f"the file has {found} at byte {start}, but must have a marker there")
    marker = content[position]
    if marker in (0x00, 0x01, SOI) or 0xD0 <= marker <= 0xD7:
        raise ValueError(f"marker ff{marker:02x} at byte {start} does not belong there")
    return position + 1, marker


def frame(segments: list[Segment]) -> Frame:
    """Read the frame header; ValueError for kinds of frame that are not supported."""
    _check_kinds(segments)
    headers = [each for each in segments if each.marker in (BASELINE, EXTENDED, PROGRESSIVE)]
    if len(headers) != 1:
        raise ValueError(f"the file has {len(headers)} frame headers, but must have one")
    payload = headers[0].payload
    if len(payload) < 6 or len(payload) != 6 + 3 * payload[5]:
        raise ValueError(f"the frame header has {len(payload)} bytes, which do not add up")
    if payload[0] != 8:
        raise ValueError(f"the file has {payload[0]} bits a sample, but must have 8")
    if payload[5] not in (1, 3):
        kind = " (CMYK?)" if payload[5] == 4 else ""
        raise ValueError(f"the file has {payload[5]} components{kind}, but must have 1 or 3")
    components = tuple(
        FrameComponent(payload[i], payload[i + 1] >> 4, payload[i + 1] & 15, payload[i + 2])
        for i in range(6, len(payload), 3)
    )
    for each in components:
        if not (1 <= each.horizontal <= 4 and 1 <= each.vertical <= 4 and each.table <= 3):
            raise ValueError(f"{each} has sampling factors or a table outside 1 to 4 and 0 to 3")
    height, width = (int.from_bytes(payload[i : i + 2], "big") for i in (1, 3))
    if not (height and width):
        raise ValueError(f"the image has {width} x {height} pixels, but must have 1 or more")
    return Frame(headers[0].marker, height, width, components)


def _check_kinds(segments: list[Segment]) -> None:
    for each in segments:
        kind = _REFUSED.get(each.marker)
        if kind:
            rule = "only baseline and progressive Huffman coding are supported"
            raise ValueError(f"the file uses {kind} (marker ff{each.marker:02x}), but {rule}")
        if each.marker == DNL:
            raise ValueError("the file tells its height after the scan (DNL): not supported")


def scan_header(payload: bytes, frame: Frame) -> ScanHeader:
    """Read a scan header's fields; ValueError if they contradict the frame."""
    count = payload[0] if payload else 0
    if not 1 <= count <= len(frame.components) or len(payload) != 4 + 2 * count:
        raise ValueError(f"a scan header of {len(payload)} bytes has {count} components")
    known = [each.identifier for each in frame.components]
    chosen = [payload[1 + 2 * i] for i in range(count)]
    if len(set(known)) < len(known) or not set(chosen) <= set(known):
        raise ValueError(f"a scan has components {chosen}, but the frame has {known}")
    tables = [payload[2 + 2 * i] for i in range(count)]
    first, last, approximation = payload[-3:]
    high, low = approximation >> 4, approximation & 15
    if not frame.progressive:
        fits = (first, last, high, low) == (0, 63, 0, 0)
    elif first == 0:
        fits = last == 0
    else:
        fits = first <= last <= 63 and count == 1
    if not fits or low > 13 or (high and high != low + 1):
        raise ValueError(f"a scan has the band {first} to {last} and bits {high}, {low}")
    return ScanHeader(
        tuple(known.index(each) for each in chosen),
        tuple(each >> 4 & 3 for each in tables),
        tuple(each & 3 for each in tables),
        first,
        last,
        high,
        low,
    )


def quantisation_tables(segments: list[Segment]) -> dict[int, NDArray[np.uint16]]:
    """Read the tables by destination, uint16 [8, 8] in row-major order; ValueError if damaged."""
    tables: dict[int, NDArray[np.uint16]] = {}
    scans = 0
    for segment in segments:
        scans += segment.marker == SOS
        if segment.marker != DQT:
            continue
        if scans:
            raise ValueError("a quantisation table follows a scan, which is not supported")
        rest = segment.payload
        while rest:
            wide, destination = rest[0] >> 4, rest[0] & 15
            size = 64 * (2 if wide else 1)
            values = np.frombuffer(rest[1 : 1 + size], ">u2" if wide else np.uint8)
            if wide > 1 or destination > 3 or values.size != 64 or not values.all():
                raise ValueError("a quantisation table is cut off or holds a zero")
            table = np.empty(64, np.uint16)
            table[ZIGZAG] = values
            tables[destination] = table.reshape(8, 8)
            rest = rest[1 + size :]
    return tables

"""A JPEG file as its quantised coefficients, and the same file with other coefficients.

``jpeglib`` decodes; this package writes. A file with changed coefficients keeps the structure of
its source: the same markers in the same order, scans and restart intervals. Fixed Huffman tables
(the standard ones, a camera's own) stay. Tables that the source's encoder made from the symbols are
made anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..quiet import quiet_stderr
from . import metadata, segments, writing
from .segments import SOS, Frame, ScanHeader, Segment

Coefficients = NDArray[np.int16]

#: The build of jpeglib that decodes.
_BUILD = "turbo210"

#: Larger images are refused before anything is decoded.
MAX_PIXELS = 64_000_000


@dataclass(frozen=True)
class Component:
    """A component of an image.

    ``coefficients``: int16 [rows, columns, 8, 8], quantised, row-major, of the blocks that hold
    samples; ``table``: uint16 [8, 8], quantisation steps; ``vertical``, ``horizontal``: sampling
    factors; ``padded``: the coefficients with the blocks that only fill the last units;
    ``as_libjpeg``: whether those are filled as libjpeg does.
    """

    coefficients: Coefficients
    table: NDArray[np.uint16]
    vertical: int
    horizontal: int
    padded: Coefficients = field(repr=False)
    as_libjpeg: bool


@dataclass(frozen=True)
class JpegFile:
    """A JPEG file: components (1: gray, 3: YCbCr or, with ``rgb``, RGB) and its structure.

    ``segments``: the segments to write, in order; ``source``: the file that it was read from. Bytes
    after the image, such as a phone's second picture, are not written.
    """

    height: int
    width: int
    components: tuple[Component, ...]
    frame: Frame
    segments: tuple[Segment, ...]
    rgb: bool
    source: bytes = field(repr=False)

    @property
    def progressive(self) -> bool:
        return self.frame.progressive

    def to_bytes(self, coefficients: Sequence[Coefficients] | None = None) -> bytes:
        """Write the file with other coefficients, or as a plain rewrite with its own.

        ``coefficients``: int16, one array for each component, of its shape. Raises ValueError for
        other shapes or types, and if a symbol is missing from a Huffman table that was not made by
        counting.
        """
        own = [each.coefficients for each in self.components]
        changed = own if coefficients is None else list(coefficients)
        for index, (new, old) in enumerate(zip(changed, own)):
            if new.shape != old.shape or new.dtype != np.int16:
                rule = f"must be int16 {old.shape}"
                raise ValueError(f"component {index} is {new.dtype} {new.shape}, but {rule}")
        if len(changed) != len(own):
            raise ValueError(f"{len(changed)} components are given, but must be {len(own)}")
        whole = [self._padded(index, new) for index, new in enumerate(changed)]
        return writing.write(self.frame, self.segments, whole, self.counted_tables)

    @cached_property
    def counted_tables(self) -> dict[writing.Definition, bool]:
        """Find the Huffman tables that the encoder made by counting (``writing.counted``)."""
        padded = [each.padded for each in self.components]
        return writing.counted(self.frame, self.segments, padded)

    def _padded(self, index: int, blocks: Coefficients) -> Coefficients:
        """Extend a component's new blocks by those that fill the last units."""
        old = self.components[index]
        if old.as_libjpeg:
            return _filled(blocks, self.frame, old.vertical, old.horizontal)
        whole = old.padded.copy()
        whole[: blocks.shape[0], : blocks.shape[1]] = blocks
        return whole


def read(content: bytes, keep_metadata: bool = False) -> JpegFile:
    """Read a JPEG file.

    Args:
        content: the file's bytes.
        keep_metadata: keep EXIF, comments and the like. Otherwise only JFIF, Adobe and ICC segments
            and the orientation stay.
    Raises:
        ValueError: the file is damaged, has more than MAX_PIXELS pixels, or is not a JPEG file with
            8 bits a sample, one or three components and Huffman coding.
    """
    found, _ = segments.split(content)
    frame = segments.frame(found)
    if frame.height * frame.width > MAX_PIXELS:
        size = f"{frame.width} x {frame.height} pixels"
        raise ValueError(f"the file has {size}, but must have at most {MAX_PIXELS} in all")
    headers = [segments.scan_header(e.payload, frame) for e in found if e.marker == SOS]
    tables = segments.quantisation_tables(found)
    missing = [each.table for each in frame.components if each.table not in tables]
    if missing:
        raise ValueError(f"quantisation table {missing[0]} is used, but not in the file")
    _check_complete(headers, frame)
    whole_units = _whole_units(headers, frame)
    planes = _decoded(found, frame, whole_units)
    components = []
    for spec, plane in zip(frame.components, planes):
        rows, columns = frame.blocks(spec)
        sound = plane[:rows, :columns]
        filled = _filled(sound, frame, spec.vertical, spec.horizontal)
        padded = plane if whole_units else filled
        components.append(
            Component(
                padded[:rows, :columns],
                tables[spec.table],
                spec.vertical,
                spec.horizontal,
                padded,
                padded is filled or bool(np.array_equal(padded, filled)),
            )
        )
    rgb = _is_rgb(found, frame)
    return JpegFile(
        frame.height,
        frame.width,
        tuple(components),
        frame,
        tuple(found if keep_metadata else metadata.kept(found, rgb)),
        rgb,
        content,
    )


def _check_complete(headers: list[ScanHeader], frame: Frame) -> None:
    coded = {each for header in headers for each in header.components}
    if len(coded) < len(frame.components):
        raise ValueError(f"scans code {len(coded)} components of {len(frame.components)}")
    if not frame.progressive and len(headers) > len(coded):
        raise ValueError("a component is coded by two scans")


def _whole_units(headers: list[ScanHeader], frame: Frame) -> bool:
    """Whether the file contains the complete blocks that only fill the last units."""
    together = not frame.progressive and len(headers) == 1 and len(frame.components) > 1
    (rows, columns), (vertical, horizontal) = frame.mcus(), frame.most
    return together and max(rows * vertical, columns * horizontal) * 8 < 1 << 16


def _decoded(found: list[Segment], frame: Frame, whole_units: bool) -> list[Coefficients]:
    """Decode the coefficients of each component, int16 [rows, columns, 8, 8].

    With ``whole_units``, the decoder is told the size of whole units, so it returns every block.
    """
    content = b"".join(
        _with_size(each, frame) if whole_units and each.marker == frame.marker else each.to_bytes()
        for each in found
        if each.marker < segments.APP  # decoders use APP markers only for colours
    )
    content = b"\xff\xd8" + content + b"\xff\xd9"
    import jpeglib

    # the version belongs to the process: quiet_stderr lets one thread in at a time
    with _named(content) as name, quiet_stderr(), jpeglib.version(_BUILD):
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # it prints file names there
                jpeg = jpeglib.read_dct(name)
                jpeg.load()
        except OSError as error:
            raise ValueError("the JPEG file is damaged and cannot be decoded") from error
    planes = [jpeg.Y] if len(frame.components) == 1 else [jpeg.Y, jpeg.Cb, jpeg.Cr]
    return [np.ascontiguousarray(each, np.int16) for each in planes]


@contextlib.contextmanager
def _named(content: bytes) -> Iterator[str]:
    """Name a file with this content, for a decoder that takes only names.

    On Linux it is in memory, so that no copy of a cover is left on the disk.
    """
    if os.path.isdir("/proc/self/fd") and hasattr(os, "memfd_create"):
        with open(os.memfd_create("image"), "w+b") as file:
            file.write(content)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "image.jpg"
            path.write_bytes(content)
            yield str(path)


def _with_size(header: Segment, frame: Frame) -> bytes:
    (rows, columns), (vertical, horizontal) = frame.mcus(), frame.most
    size = b"".join((8 * n).to_bytes(2, "big") for n in (rows * vertical, columns * horizontal))
    payload = header.payload[:1] + size + header.payload[5:]
    return Segment(header.marker, payload).to_bytes()


def _is_rgb(found: list[Segment], frame: Frame) -> bool:
    """Decide as libjpeg does: by Adobe's transform, or else by the names of the components."""
    if len(frame.components) < 3:
        return False
    for each in found:
        if each.marker == segments.APP + 14 and each.payload[:5] == b"Adobe":
            return each.payload[11:12] == b"\0"
        if each.marker == segments.APP and each.payload[:5] == b"JFIF\0":
            return False
    return bytes(each.identifier for each in frame.components) == b"RGB"


def _filled(blocks: Coefficients, frame: Frame, vertical: int, horizontal: int) -> Coefficients:
    """Fill up to whole units as libjpeg does: the DC of the block coded before, no AC."""
    mcu_rows, mcu_columns = frame.mcus()
    if len(frame.components) == 1:  # a single component's units are blocks
        return blocks
    rows, columns = mcu_rows * vertical, mcu_columns * horizontal
    have_rows, have_columns = blocks.shape[:2]
    if (rows, columns) == (have_rows, have_columns):
        return blocks
    whole = np.zeros((rows, columns, 8, 8), np.int16)
    whole[:have_rows, :have_columns] = blocks
    whole[:have_rows, have_columns:, 0, 0] = blocks[:, -1:, 0, 0]
    for row in range(have_rows, rows):
        last = whole[row - 1, horizontal - 1 :: horizontal, 0, 0]
        whole[row, :, 0, 0] = np.repeat(last, horizontal)
    return whole

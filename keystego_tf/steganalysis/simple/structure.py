"""Find markers, tables and metadata in a JPEG file's structure that do not fit together."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from ...io import jpeg
from ...io.jpeg import huffman, segments
from ...io.jpeg.segments import APP, DHT, SOS

#: Above this mean difference of 8-bit samples, a thumbnail shows another picture.
DIFFERENT = 24.0


def oddities(content: bytes) -> list[str]:
    """Return the traces that no usual encoder leaves in a file, a line each.

    Args:
        content: the bytes of a JPEG file.

    Raises:
        ValueError: ``io.jpeg.read`` refuses the file.
    """
    found, trailing = segments.split(content)
    file = jpeg.read(content, keep_metadata=True)
    lines = []
    if file.to_bytes() + trailing != content:
        lines.append("coded data differ from what libjpeg writes for these coefficients")
    given = [t for e in found if e.marker == DHT for _, t in huffman.parse(e.payload)]
    fixed = sum(table in huffman.STANDARD.values() for table in given)
    own = len(given) - fixed - len(file.counted_tables)
    if own:
        lines.append(f"{own} Huffman tables are neither standard nor made by counting")
    names = bytes(each.identifier for each in file.frame.components)
    if names not in (b"\1", b"\1\2\3", b"RGB"):
        lines.append(f"components are named {list(names)}, not 1, 2, 3")
    markers = [each.marker for each in found]
    if not {APP, APP + 1, APP + 14}.intersection(markers):
        lines.append("neither JFIF nor EXIF nor Adobe is there")
    if any(marker >= APP for marker in markers[markers.index(SOS) + 1 :]):
        lines.append("metadata follow the first scan")
    if trailing and not trailing.startswith(b"\xff\xd8"):
        lines.append(f"{len(trailing)} bytes follow the image")
    if thumbnail_difference(content) > DIFFERENT:
        lines.append("the thumbnail in EXIF shows another picture")
    return lines


def score(content: bytes) -> float:
    """Number of traces that no usual encoder leaves in a JPEG file."""
    return float(len(oddities(content)))


def thumbnail_difference(content: bytes) -> float:
    """Return the mean difference between the thumbnail in EXIF and the image at its size.

    The unit is 8-bit steps of gray. The result is 0 without a thumbnail. A thumbnail of another
    shape (cropped, turned) is not compared.
    """
    with Image.open(BytesIO(content)) as image:
        payload = image.info.get("exif", b"")
        start = payload.find(b"\xff\xd8\xff")
        if start < 0:
            return 0.0
        try:
            small = Image.open(BytesIO(payload[start:])).convert("L")
        except Exception:  # Pillow raises nearly anything on damaged files
            return 0.0
        shape, other = image.width / image.height, small.width / small.height
        if abs(shape / other - 1) > 0.05:
            return 0.0
        whole = image.convert("L").resize(small.size, Image.Resampling.BOX)
    away = np.asarray(whole, np.float64) - np.asarray(small, np.float64)
    return float(np.abs(away).mean())

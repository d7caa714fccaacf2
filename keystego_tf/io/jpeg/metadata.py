"""Keep only the metadata that a viewer needs to show the same picture."""

from __future__ import annotations

from PIL import Image

from .segments import APP, COM, Segment

_JFIF, _EXIF, _PROFILE, _ADOBE = b"JFIF\0", b"Exif\0\0", b"ICC_PROFILE\0", b"Adobe"
_ORIENTATION = 0x0112


#: JFIF 1.01 as libjpeg writes it: pixels are square, and there is no thumbnail.
_PLAIN_JFIF = Segment(APP, _JFIF + bytes([1, 1, 0, 0, 1, 0, 1, 0, 0]))


def kept(segments: list[Segment], rgb: bool = False) -> list[Segment]:
    """Remove metadata: only JFIF, Adobe, ICC and the orientation of EXIF stay.

    A thumbnail in JFIF is removed. So is an EXIF segment with the usual orientation. Every usual
    encoder writes JFIF, EXIF or Adobe, so a file that has lost its only one gets JFIF, as from
    libjpeg; but for ``rgb``, whose samples would then be taken for YCbCr.
    """
    chosen = []
    for segment in segments:
        payload = segment.payload
        if segment.marker == COM or APP <= segment.marker < APP + 16:
            number = segment.marker - APP
            if number == 0 and payload.startswith(_JFIF) and len(payload) >= 14:
                segment = Segment(segment.marker, payload[:12] + b"\0\0")
            elif number == 1 and payload.startswith(_EXIF):
                exif = _only_orientation(payload)
                if not exif:
                    continue
                segment = Segment(segment.marker, exif)
            elif not (
                (number == 2 and payload.startswith(_PROFILE))
                or (number == 14 and payload.startswith(_ADOBE))
            ):
                continue
        chosen.append(segment)
    plain = not {APP, APP + 1, APP + 14}.intersection(each.marker for each in chosen)
    return [_PLAIN_JFIF, *chosen] if plain and not rgb else chosen


def _only_orientation(payload: bytes) -> bytes:
    """Make an EXIF segment with Pillow for this orientation alone; empty for the usual one."""
    exif = Image.Exif()
    try:
        exif.load(payload)
        value = int(exif.get(_ORIENTATION, 1))
    except Exception:  # on damaged EXIF, Pillow raises nearly anything
        return b""
    if not 2 <= value <= 8:
        return b""
    exif = Image.Exif()
    exif[_ORIENTATION] = value
    return exif.tobytes()

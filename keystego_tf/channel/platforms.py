"""What messengers and social networks do to photos, as data, simulated with Pillow.

This project has tried none of it on a phone. Each entry says where its figures come from, and
``assumed`` says what no source states. If a platform's chroma table is not published, its luma
table is scaled entry by entry by the ratio of Annex K's chroma table to its luma table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from .jpeg_codec import CHROMINANCE, LUMINANCE, Table, encode, tables_of_quality

_MEASURED = "github.com/shwetadinkar/Stegstr, CHANGES.md and calibration/ at c9e348f"
_SIGNAL = "github.com/signalapp/Signal-Android, PushMediaConstraints.java"
_TELEGRAM = "github.com/telegramdesktop/tdesktop, ComputePhotoJpegBytes"


@dataclass(frozen=True, eq=False)
class Platform:
    """How a platform sends a photo.

    ``name``: as the command line takes it; ``long_edge``: in pixels, to which larger photos are
    scaled down; ``square``: whether photos are cropped to a centred square of ``long_edge`` and, if
    smaller, enlarged; ``luma``, ``chroma``: quantisation steps, [8, 8], row by row, with 4:2:0;
    ``sharpening``: percent of an unsharp mask of radius 1 on photos that it has scaled, 0 for none;
    ``source``, ``date``: where the figures come from, and when they were measured or looked up
    (ISO); ``assumed``: what the source does not say.
    """

    name: str
    title: str
    long_edge: int
    luma: Table
    chroma: Table
    source: str
    date: str
    assumed: str = ""
    square: bool = False
    sharpening: int = 0

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height, in pixels, at which a photo of this size arrives.

        A photo that already has such a size is not resampled. Raises ValueError for an empty photo.
        """
        if min(width, height) < 1:
            raise ValueError(f"the photo is {width} x {height}, but must have pixels")
        if self.square:
            return self.long_edge, self.long_edge
        factor = min(1.0, self.long_edge / max(width, height))
        return max(1, round(width * factor)), max(1, round(height * factor))

    def prepare(self, photo: Image.Image) -> Image.Image:
        """Scale a photo (and crop it, if the platform does) to mode L or RGB, unsharpened.

        Sending it afterwards keeps its size. ``photo`` is upright, mode L or RGB; others are
        converted.
        """
        photo = photo if photo.mode in ("L", "RGB") else photo.convert("RGB")
        size = self.size(*photo.size)
        if photo.size == size:
            return photo
        box = None
        if self.square:
            side = min(photo.size)
            left, top = (photo.width - side) // 2, (photo.height - side) // 2
            box = (left, top, left + side, top + side)
        return photo.resize(size, Image.Resampling.LANCZOS, box=box)

    def send(self, photo: Image.Image) -> bytes:
        """Simulate the JPEG file that the receiver gets; ``photo`` is as in ``prepare``."""
        scaled = self.prepare(photo)
        if self.sharpening and scaled.size != photo.size:
            scaled = scaled.filter(ImageFilter.UnsharpMask(1, self.sharpening, 0))
        return encode(scaled, self.luma, self.chroma)


def scaled_chroma(luma: Table) -> Table:
    """Scale a luma table, entry by entry, by the ratio of Annex K's chroma and luma tables."""
    return np.clip(np.rint(luma * CHROMINANCE / LUMINANCE), 1, 255).astype(np.float32)


#: WhatsApp's table, the same for luma and chroma in the six files that the source measured.
WHATSAPP = np.array(
    [
        [6, 6, 6, 7, 10, 15, 22, 34],
        [6, 7, 8, 11, 14, 16, 21, 30],
        [6, 8, 10, 12, 17, 25, 36, 54],
        [7, 11, 12, 16, 21, 30, 42, 62],
        [10, 14, 17, 21, 28, 38, 52, 76],
        [15, 16, 25, 30, 38, 50, 68, 95],
        [22, 21, 36, 42, 52, 68, 90, 124],
        [34, 30, 54, 62, 76, 95, 124, 167],
    ],
    np.float32,
)
#: Luma table of Instagram and Facebook.
META = np.array(
    [
        [5, 6, 11, 11, 13, 14, 15, 16],
        [6, 8, 11, 11, 14, 13, 16, 16],
        [11, 11, 11, 13, 14, 16, 15, 17],
        [11, 11, 13, 14, 17, 19, 19, 19],
        [13, 14, 14, 17, 18, 20, 22, 22],
        [14, 13, 16, 19, 20, 22, 21, 25],
        [15, 16, 15, 19, 22, 21, 22, 22],
        [16, 16, 17, 19, 22, 25, 22, 18],
    ],
    np.float32,
)

_NO_CHROMA = "chroma table: not published, scaled from the luma table"


def _by_quality(
    name: str, title: str, long_edge: int, quality: int, source: str, date: str, assumed: str = ""
) -> Platform:
    return Platform(name, title, long_edge, *tables_of_quality(quality), source, date, assumed)


#: Platforms by name.
PLATFORMS: dict[str, Platform] = {
    each.name: each
    for each in (
        Platform("whatsapp", "WhatsApp", 1600, WHATSAPP, WHATSAPP, _MEASURED, "2026-08-09"),
        Platform(
            "whatsapp-hd",
            "WhatsApp HD",
            4096,
            WHATSAPP,
            WHATSAPP,
            _MEASURED,
            "2026-08",
            "tables: those of a standard send; sides beyond 4096: scaled to it",
        ),
        Platform(
            "instagram",
            "Instagram feed",
            1440,
            META,
            scaled_chroma(META),
            _MEASURED,
            "2026-08",
            f"{_NO_CHROMA}; sharpening: reported without an amount, 25 % taken, and only where the "
            "photo is scaled, since files of the right size and table came back unharmed",
            square=True,
            sharpening=25,
        ),
        Platform(
            "facebook",
            "Facebook",
            2048,
            META,
            scaled_chroma(META),
            _MEASURED,
            "2026-08",
            f"{_NO_CHROMA}; sides beyond 2048: scaled to it",
        ),
        _by_quality(
            "x",
            "X",
            4096,
            85,
            _MEASURED,
            "2026-08",
            "tables: of the luma table only zigzag 1 to 6 are published, 3 4 4 4 3 5, which among "
            "libjpeg's qualities only 85 has; 4:2:0",
        ),
        _by_quality("signal", "Signal", 1600, 70, _SIGNAL, "2026-11", "encoder: libjpeg's tables"),
        _by_quality(
            "signal-75", "Signal, larger", 2048, 75, _SIGNAL, "2026-11", "encoder: libjpeg's tables"
        ),
        _by_quality(
            "signal-high", "Signal, high", 4096, 75, _SIGNAL, "2026-11", "encoder: libjpeg's tables"
        ),
        _by_quality(
            "telegram",
            "Telegram as a photo, desktop",
            1280,
            87,
            _TELEGRAM,
            "2026-11",
            "a photo that is not 4:3 is scaled to 1280 on its long edge; 4:2:0",
        ),
        _by_quality(
            "telegram-phone",
            "Telegram as a photo, phone",
            1280,
            80,
            _MEASURED,
            "2026-08",
            "tables: phone apps were seen at 80 to 87, the lowest taken; size as for the desktop",
        ),
    )
}


#: Qualities that ``jpeg:Q`` takes.
LEAST_QUALITY, MOST_QUALITY = 50, 95


def destinations(names: str) -> list[Platform]:
    """Return the platforms of a list such as ``whatsapp,signal`` or ``jpeg:70``, in its order.

    Raises ValueError for an unknown name, and for a quality out of range.
    """
    return [_destination(name.strip()) for name in names.split(",")]


def _destination(name: str) -> Platform:
    if name in PLATFORMS:
        return PLATFORMS[name]
    if name.startswith("jpeg:"):
        quality = int(name[5:]) if name[5:].isdecimal() else 0
        if not LEAST_QUALITY <= quality <= MOST_QUALITY:
            rule = f"jpeg:Q takes a quality from {LEAST_QUALITY} to {MOST_QUALITY}"
            raise ValueError(f"the destination is {name!r}, but {rule}")
        return _of_quality(quality)
    known = ", ".join([*PLATFORMS, "jpeg:Q"])
    raise ValueError(f"the destination is {name!r}, but must be one of {known}")


def _of_quality(quality: int) -> Platform:
    """Make a destination that recompresses at a quality and keeps the size."""
    name, title = f"jpeg:{quality}", f"JPEG quality {quality}"
    return _by_quality(name, title, 65500, quality, "", "")  # libjpeg's largest side


def ways(chosen: Sequence[Platform]) -> list[tuple[Platform, ...]]:
    """List what a photo for these destinations has to survive: each of them twice, and any two.

    A quality stands for all qualities from it upwards, so the best and one midway are included.
    """
    found: list[tuple[Platform, ...]] = [(one, other) for one in chosen for other in chosen]
    for each in chosen:
        if each.name.startswith("jpeg:"):
            quality = int(each.name[5:])
            better = {(quality + MOST_QUALITY) // 2, MOST_QUALITY} - {quality}
            found += [(_of_quality(one),) for one in sorted(better)]
    return found


def prepared(photo: Image.Image, chosen: Sequence[Platform]) -> Image.Image:
    """Scale (and crop) a photo for all these destinations; none changes its size again.

    Raises ValueError if there is no such size, as for a square that one enlarges and one shrinks.
    """
    for _ in chosen:
        for each in chosen:
            photo = each.prepare(photo)
    for each in chosen:
        size = each.size(*photo.size)
        if size != photo.size:
            names = ",".join(one.name for one in chosen)
            rule = f"{size[0]} x {size[1]} pixels of {photo.width} x {photo.height}"
            raise ValueError(
                f"{names} have no size in common: {each.name} would make {rule}; hide for one at a "
                "time"
            )
    return photo


def coarsest(chosen: Sequence[Platform]) -> Platform:
    """Return the destination whose luma table has the largest steps at low frequencies."""
    return max(chosen, key=lambda each: float(each.luma[:3, :3].sum()))

"""Draw covers for the campaign: random pieces of real photos."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

SUFFIXES = (".jpeg", ".jpg", ".png")

#: Least and greatest side of covers in pixels, and the largest factor that enlarges a photo.
LEAST, MOST, ENLARGED = 128, 640, 1.5

#: Modes of covers and how often each is drawn.
MODES = {"RGB": 0.8, "L": 0.1, "RGBA": 0.1}


#: Range of qualities, and samplings, of covers that are saved as JPEG.
QUALITIES, SAMPLINGS = (50, 98), ("4:4:4", "4:2:2", "4:2:0")


def photos_in(folder: Path) -> list[Path]:
    """Return every photo below a folder; ValueError if there is none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise ValueError(f"{folder} must hold photos ({', '.join(SUFFIXES)}), but there are none")
    return found


def random_cover(
    rng: np.random.Generator,
    photos: list[Path],
    most: int = MOST,
    least: int = LEAST,
    modes: dict[str, float] = MODES,
) -> tuple[str, Image.Image]:
    """Return a photo's name, and a piece of it: a random crop, resized by up to 1.5.

    The folder is drawn before the photo, so that a few large photos are not lost among many small
    ones. Sides are uniform from ``least`` up to ``most``, or up to what the photo gives.
    ValueError if no photo is large enough.
    """
    folders: dict[Path, list[Path]] = {}
    for photo_path in photos:
        folders.setdefault(photo_path.parent, []).append(photo_path)
    choices = [*folders.values()]
    for _ in range(1000):
        inside = choices[rng.integers(len(choices))]
        path = inside[rng.integers(len(inside))]
        with Image.open(path) as file:
            photo = file.convert("RGB")
        factor = rng.uniform(0.5, ENLARGED)
        if min(photo.size) * factor < least:
            factor = ENLARGED
        limits = [min(most, int(side * factor)) for side in photo.size]
        if min(limits) < least:
            continue
        size = [int(rng.integers(least, limit + 1)) for limit in limits]
        inner = [min(side, round(part / factor)) for side, part in zip(photo.size, size)]
        left, top = (int(rng.integers(0, s - i + 1)) for s, i in zip(photo.size, inner))
        box = (left, top, left + inner[0], top + inner[1])
        piece = photo.crop(box).resize((size[0], size[1]), Image.Resampling.BICUBIC)
        mode = str(rng.choice([*modes], p=[*modes.values()]))
        if mode == "RGBA":
            alpha = Image.fromarray(rng.integers(0, 256, (size[1], size[0]), dtype=np.uint8))
            piece.putalpha(alpha)
            return path.name, piece
        return path.name, piece.convert(mode)
    raise ValueError(f"no photo is large enough for covers of {least} x {least} pixels")


def random_jpeg(rng: np.random.Generator, photos: list[Path]) -> tuple[str, bytes]:
    """Return a photo's name and a JPEG file: the photo's own, if any, or a random piece's."""
    own = [path for path in photos if path.suffix.lower() != ".png"]
    if own and rng.random() < 0.3:
        path = own[rng.integers(len(own))]
        return path.name, path.read_bytes()
    name, piece = random_cover(rng, photos, modes={"RGB": 0.9, "L": 0.1})
    file = BytesIO()
    piece.save(
        file,
        "JPEG",
        quality=int(rng.integers(*QUALITIES)),
        subsampling=str(rng.choice(SAMPLINGS)) if piece.mode == "RGB" else -1,
        progressive=bool(rng.random() < 0.3),
        optimize=bool(rng.random() < 0.5),
    )
    return name, file.getvalue()

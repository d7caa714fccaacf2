"""Makes the documents' pictures, from photos that are in scikit-image's wheel.

    python docs/make_picture.py [--out docs/assets]

comparison.png: a cover, its stego image, and their difference.
messenger.png: a photo for a messenger, without a message and with one, at its worst: a
clear sky, the coarsest table, as many bytes as fit.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from skimage import data

import keystego_tf
from keystego_tf.channel.platforms import destinations
from keystego_tf.codec.messenger import capacity_for, scaled_for
from keystego_tf.io.comparison import comparison

MODEL, SIDE, MAGNIFIED = "keyed-symmetric-0.0625", 256, 50
#: Bytes of the message of the first picture. They are random, so that they cannot be deflated.
BYTES = 300
#: Destination of the second, and the corner, size and magnification of the part that it shows.
WORST, CORNER, PART, CLOSE = "jpeg:50", (250, 60), 224, 4
KEY = keystego_tf.SharedKey(bytes(32))


def trio() -> Image.Image:
    """The middle of a photo, its stego image by nets, and their difference."""
    photo = data.chelsea()
    top, left = (photo.shape[0] - SIDE) // 2, (photo.shape[1] - SIDE) // 2
    cover = np.ascontiguousarray(photo[top : top + SIDE, left : left + SIDE])
    message = np.random.default_rng(11).bytes(BYTES)
    stego = keystego_tf.hide(Image.fromarray(cover), message, key=KEY, model=MODEL)
    if keystego_tf.reveal(stego.file, key=KEY, model=MODEL) != message:
        raise RuntimeError("the stego image does not read")
    print(f"comparison: {BYTES} bytes, {stego.psnr:.1f} dB ({stego.embedder})")
    return comparison(cover, stego.picture.rgb_u8, MAGNIFIED, scale=1)


def worst() -> Image.Image:
    """Parts of a photo for a messenger, and a corner of each part magnified."""
    photo, platforms = Image.fromarray(data.rocket()), destinations(WORST)
    scaled = scaled_for(photo, platforms)
    most = capacity_for(scaled.pixels.shape, platforms).message or 0
    message = np.random.default_rng(1).bytes(most)
    stego = keystego_tf.hide(photo, message, key=KEY, destination=WORST)
    print(f"messenger: {WORST}, {most} bytes, {stego.psnr:.1f} dB")
    sheet = Image.new("RGB", (4 * PART + 24, PART), "white")
    for number, file in enumerate((scaled.plain, stego.file)):
        part = _part(file)
        close = part.crop((0, 0, PART // CLOSE, PART // CLOSE))
        sheet.paste(part, (number * (PART + 8), 0))
        magnified = close.resize((PART, PART), Image.Resampling.NEAREST)
        sheet.paste(magnified, ((2 + number) * (PART + 8), 0))
    return sheet


def _part(file: bytes) -> Any:
    left, top = CORNER
    return Image.open(io.BytesIO(file)).convert("RGB").crop((left, top, left + PART, top + PART))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "assets")
    folder = parser.parse_args().out
    trio().save(folder / "comparison.png", optimize=True)
    worst().save(folder / "messenger.png", optimize=True)


if __name__ == "__main__":
    main()

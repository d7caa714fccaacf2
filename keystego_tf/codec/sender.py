"""Hide a message: draw an opening, embed the bits, then verify the result."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from ..embedders.embedder import DoesNotFit, Embedder
from ..embedders.syndrome.jpeg_costs import nonzero_ac
from ..io.images import Picture, psnr
from ..io.jpeg import JpegFile
from ..payload.code import Spent
from ..payload.frame import NothingThere, Packed
from ..payload.layout import compose
from ..payload.schedule import Key, begin
from .carriers import Opened, carrier, pixels_of, reopened, written
from .reader import read_message

#: Largest shares of the correction that a new stego image may use: the wanted one, which leaves the
#: rest for processors that read slightly differently, and the one accepted if no more correction
#: fits.
WANTED_SHARE, MOST_SHARE = 0.5, 0.8

#: Number of openings that are tried if too many bits are misread.
OPENINGS = 3


@dataclass(frozen=True)
class Stego:
    """A stego image, and how it was made.

    ``picture``: what a viewer shows; ``file``: the bytes of its file; ``embedder``: its name;
    ``bits``: the number of placed bits without the opening; ``changed``: how many of the
    ``samples``, or of the coefficients of a JPEG file's luma, differ from the cover; ``psnr``: in
    dB against the cover, or for a destination that recompresses, against the file that it makes
    from the cover; ``level``: of error correction, from 0 for the least; ``spent``: the share of
    the correction that reading back used; ``rate``: bits for each nonzero AC coefficient of a JPEG
    file's luma, or None.
    """

    picture: Picture = field(repr=False)  # both are megabytes, which would flood a prompt
    file: bytes = field(repr=False)
    embedder: str
    bits: int
    changed: int
    samples: int
    psnr: float
    level: int
    spent: float
    rate: float | None = None


def hide_with(
    embedder: Embedder, key: Key, opened: Opened, packed: Packed, message: bytes, format: str
) -> Stego:
    """Hide a message and read it back from the encoded file, with as little correction as needed.

    ``packed`` is made from ``message``. Openings are drawn at random, and nets misread some more
    than others. Raises DoesNotFit if too many bits are misread under each of several openings.
    """
    for _ in range(OPENINGS - 1):
        with suppress(DoesNotFit):
            return _hidden(embedder, key, opened, packed, message, format)
    return _hidden(embedder, key, opened, packed, message, format)


def _hidden(
    embedder: Embedder, key: Key, opened: Opened, packed: Packed, message: bytes, format: str
) -> Stego:
    """Do what ``hide_with`` does, with one opening."""
    cover, code = carrier(opened, embedder), embedder.correction
    locator, opening, root = begin(key, embedder.identity)
    best: Stego | None = None
    for level in range(len(code.body)):
        bits = compose(packed, root, level, code)
        if len(bits) > embedder.holds(cover.shape, len(opening)):
            break
        changed = embedder.embed(cover, opening, locator, root, bits)
        file = written(opened, changed, format)
        found = reopened(file, format)
        read, spent = read_back(embedder, found, opening, locator, root)
        if read == message and (best is None or spent.share < best.spent):
            picture, rate = pixels_of(found), None
            if isinstance(opened, JpegFile):
                rate = (len(bits) + 8 * len(opening)) / nonzero_ac(cover)
            best = Stego(
                picture,
                file,
                embedder.name,
                len(bits),
                int(np.count_nonzero(cover != carrier(found, embedder))),
                cover.size,
                psnr(pixels_of(opened), picture),
                level,
                spent.share,
                rate,
            )
            if spent.share <= WANTED_SHARE:
                break
    if best is None or best.spent > MOST_SHARE:
        raise DoesNotFit(
            f"the image cannot carry this message with {embedder.name}: too many bits are read "
            "wrong in it; try a shorter message, another image or another model"
        )
    return best


def read_back(
    embedder: Embedder, opened: Opened, opening: bytes, locator: bytes, root: bytes
) -> tuple[bytes | None, Spent]:
    """Read the message as the receiver does, but with a known root; None if there is none."""
    image = carrier(opened, embedder)
    for found in embedder.openings(image, locator, len(opening)):
        if found.content == opening:
            with suppress(NothingThere):
                return read_message(embedder, image, found, locator, root)
    return None, Spent(1.0, 0)

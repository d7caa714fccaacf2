"""Hiding for what recompresses: prepare the photo as a platform would, embed, play the platform.

The stego image is a JPEG file with the platform's size, tables and sampling. It differs from the
same photo saved without a message in those coefficients alone that carry bits.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..channel.jpeg_codec import encode
from ..channel.platforms import Platform, coarsest, prepared, ways
from ..embedders.blocks import BlockEmbedder
from ..embedders.embedder import DoesNotFit
from ..embedders.qim import LATTICES, MULTIPLES, Qim, table_for
from ..io import images, jpeg
from ..io.images import Picture, Pixels, Source
from ..payload.frame import NothingThere, Packed
from ..payload.layout import body_bits, compose, header_bits, room
from ..payload.ldpc import RATES
from ..payload.schedule import OPENING_BYTES, Key, begin, locator_of, scheme_of
from .reader import read_message
from .selection import Capacity
from .sender import Stego, psnr

#: Level of error correction that capacities are told for, and that a message at least gets.
PROMISED = RATES.index((1, 2))

#: Shares of an image's bits: the strongest correction is taken that keeps a body within the first,
#: or else within the next.
SHARES = (0.3, 0.6, 1.0)

#: Share of the correction's power that the worst way may take: the rest is for encoders that do
#: otherwise than the one that is played here.
MOST_SPENT = 0.5


@dataclass(frozen=True, eq=False)
class Scaled:
    """A photo as its destinations have it, and the file that it makes without a message."""

    destinations: Sequence[Platform]
    pixels: Pixels  # uint8 [H, W, 1 or 3]
    plain: bytes

    @property
    def size(self) -> str:
        height, width = self.pixels.shape[:2]
        return f"{width} x {height} pixels"

    @property
    def names(self) -> str:
        return ",".join(each.name for each in self.destinations)


def scaled_for(source: Source, destinations: Sequence[Platform]) -> Scaled:
    """The photo upright, in sRGB, without metadata and transparency, scaled (and cropped)."""
    picture = images.read(source)
    photo = prepared(_image(picture), destinations)
    pixels = np.asarray(photo)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    tables = coarsest(destinations)
    return Scaled(destinations, pixels, encode(photo, tables.luma, tables.chroma))


def modulators(destinations: Sequence[Platform]) -> Iterator[Qim]:
    """What may carry the message, the weakest first."""
    table = table_for([each.luma for each in destinations])
    for multiple in MULTIPLES:
        yield Qim(LATTICES[table, multiple])


def capacity_for(scaled: Scaled, opening: int = OPENING_BYTES["asymmetric"]) -> Capacity:
    """What fits, whatever the key."""
    embedder = BlockEmbedder(next(modulators(scaled.destinations)))
    message = room(_bits(scaled, embedder, opening), PROMISED, embedder.correction)
    return Capacity(embedder.name, message if message >= 0 else None, scaled.names)


def hide_for(key: Key, scaled: Scaled, packed: Packed, message: bytes) -> Stego:
    """Hide a message, and read it back from the file and from what every way makes of it.

    message: what ``packed`` was made of. Raises DoesNotFit, with what would fit.
    """
    locator, length = locator_of(key), OPENING_BYTES[scheme_of(key)]
    most = capacity_for(scaled, length).message
    if most is None or len(packed.content) > most:
        fits = "no message" if most is None else f"{most:,} bytes"
        raise DoesNotFit(
            f"the message takes {len(packed.content):,} bytes, but the photo holds {fits} for "
            f"{scaled.names} ({scaled.size}); take a larger photo or a shorter message"
        )
    best: tuple[float, Stego] | None = None
    for modulator in modulators(scaled.destinations):
        embedder = BlockEmbedder(modulator)
        level = _level(packed.length, _bits(scaled, embedder, length), embedder)
        opening, root = begin(key, embedder.identity)
        bits = compose(packed, root, level, embedder.correction)
        samples = embedder.place(scaled.pixels, opening, locator, root, bits)
        file = jpeg.with_samples(jpeg.read(scaled.plain), scaled.pixels, samples)
        spent = _spent(embedder, file, scaled, (message, opening, locator, root))
        if spent < (best[0] if best else 1.0):
            best = spent, _stego(scaled, file, embedder, len(bits), level, spent)
        if spent <= MOST_SPENT:
            break
    if best is None:
        raise DoesNotFit(
            f"the photo ({scaled.size}) does not keep this message for {scaled.names}: too many "
            "bits are read wrong on the way; take a shorter message or a larger photo"
        )
    return best[1]


def _image(picture: Picture) -> Image.Image:
    """As Pillow has it, on white where it is transparent."""
    image = Image.fromarray(picture.rgb_u8[..., 0] if picture.gray else picture.rgb_u8)
    if picture.alpha_u8 is None:
        return image
    white = Image.new(image.mode, image.size, "white")
    white.paste(image, mask=Image.fromarray(picture.alpha_u8))
    return white


def _bits(scaled: Scaled, embedder: BlockEmbedder, opening: int) -> int:
    """Bits that a body may have."""
    return embedder.holds(scaled.pixels.shape, opening) - header_bits(embedder.correction)


def _level(length: int, bits: int, embedder: BlockEmbedder) -> int:
    """The strongest correction for a body that takes little of the image, or else that fits."""
    sizes = [body_bits(length, level, embedder.correction) for level in range(PROMISED, len(RATES))]
    for share in SHARES:
        fitting = [level for level, size in enumerate(sizes, PROMISED) if size <= share * bits]
        if fitting:
            return fitting[-1]
    raise AssertionError("more than the capacity")


def _spent(
    embedder: BlockEmbedder,
    file: bytes,
    scaled: Scaled,
    expected: tuple[bytes, bytes, bytes, bytes],
) -> float:
    """The share of the correction that the worst of all ways takes; 1 where one does not arrive."""
    worst = 0.0
    for way in ((), *ways(scaled.destinations)):
        arrived = file
        for platform in way:
            arrived = platform.send(Image.open(io.BytesIO(arrived)))
        worst = max(worst, _spent_on(embedder, arrived, *expected))
        if worst == 1.0:
            break
    return worst


def _spent_on(
    embedder: BlockEmbedder,
    file: bytes,
    message: bytes,
    opening: bytes,
    locator: bytes,
    root: bytes,
) -> float:
    found = images.read_exact(file)
    pixels = found.rgb_u8[..., :1] if found.gray else found.rgb_u8
    reader = BlockEmbedder(Qim())
    for each in reader.openings(pixels, locator, len(opening)):
        if each.content == opening:
            try:
                read, spent = read_message(reader, pixels, each, locator, root)
            except NothingThere:
                continue
            return spent.share if read == message else 1.0
    return 1.0


def _stego(
    scaled: Scaled, file: bytes, embedder: BlockEmbedder, bits: int, level: int, spent: float
) -> Stego:
    before, after = jpeg.read(scaled.plain).components[0], jpeg.read(file).components[0]
    changed = int(np.count_nonzero(before.coefficients != after.coefficients))
    old, new = (images.read_exact(each) for each in (scaled.plain, file))
    total = before.coefficients.size
    return Stego(new, file, embedder.name, bits, changed, total, psnr(old, new), level, spent)

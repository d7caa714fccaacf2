"""Hide for a platform: prepare the photo as the platform would, embed, and simulate the platform.

The stego image is a JPEG file with the platform's size, tables and sampling. It differs from the
same photo saved without a message only in the coefficients that carry bits.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..channel.jpeg_codec import encode
from ..channel.platforms import Platform, coarsest, prepared, ways
from ..embedders.blocks import BlockEmbedder, Modulator
from ..embedders.embedder import DoesNotFit
from ..embedders.qim import LATTICES, MULTIPLES, Qim, table_for
from ..embedders.syndrome.jpeg_costs import nonzero_ac
from ..io import images, jpeg
from ..io.images import Picture, Pixels, Source, psnr
from ..io.jpeg import JpegFile
from ..io.profiles import to_srgb
from ..payload.frame import Packed
from ..payload.layout import body_bits, compose, header_bits, room
from ..payload.ldpc import RATES
from ..payload.schedule import OPENING_BYTES, Key, begin, scheme_of
from .selection import Capacity
from .sender import Stego, read_back

#: Level of error correction that capacities assume. A longer message may get less correction.
PROMISED = RATES.index((1, 2))

#: Shares of an image's bits. The body gets the strongest correction that keeps it within the first
#: share, or else within the next.
SHARES = (0.3, 0.6, 1.0)

#: Largest share of the correction that the worst way may use. The rest is for encoders that differ
#: from the simulated one.
MOST_SPENT = 0.5


@dataclass(frozen=True, eq=False)
class Scaled:
    """A photo as its destinations receive it, and the JPEG file that it makes without a message."""

    destinations: Sequence[Platform]
    pixels: Pixels  # uint8 [H, W, 1 or 3]
    plain: bytes

    @property
    def size(self) -> str:
        height, width = self.pixels.shape[:2]
        return f"{width} x {height} pixels for {_names(self.destinations)}"


def scaled_for(source: Source, destinations: Sequence[Platform]) -> Scaled:
    """Prepare a photo: upright, in sRGB, without metadata or transparency, scaled (and cropped).

    Raises ValueError if the destinations have no size in common, or the photo remains too large.
    """
    picture = images.read(source)
    photo = prepared(_image(picture), destinations)
    if photo.width * photo.height > jpeg.MAX_PIXELS:
        size = f"{photo.width} x {photo.height} pixels for {_names(destinations)}"
        raise ValueError(f"the photo has {size}, but must have at most {jpeg.MAX_PIXELS:,} in all")
    pixels = np.asarray(photo)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    tables = coarsest(destinations)
    return Scaled(destinations, pixels, encode(photo, tables.luma, tables.chroma))


def modulators(destinations: Sequence[Platform]) -> list[Modulator]:
    """Return QIM for the destinations' table, weakest first.

    Nets that learned to survive JPEG (method ``lattice``) are no better (docs/results.md).
    """
    table = table_for([each.luma for each in destinations])
    return [Qim(LATTICES[table, multiple]) for multiple in MULTIPLES]


def capacity_for(
    shape: Sequence[int],
    destinations: Sequence[Platform],
    opening: int = OPENING_BYTES["asymmetric"],
) -> Capacity:
    """Compute what a photo holds; ``shape`` is [H, W, ...] after scaling for its destinations."""
    embedder = BlockEmbedder(modulators(destinations)[0])
    message = room(_bits(shape, embedder, opening), PROMISED, embedder.correction)
    return Capacity(embedder.name, message if message >= 0 else None, _names(destinations))


def hide_for(
    key: Key,
    source: Source | JpegFile,
    destinations: Sequence[Platform],
    packed: Packed,
    message: bytes,
) -> Stego:
    """Hide a message, and read it back from the file and from the output of every way.

    ``packed`` is made from ``message``. Raises DoesNotFit, which says what would fit.
    """
    scaled = scaled_for(source.source if isinstance(source, JpegFile) else source, destinations)
    length = OPENING_BYTES[scheme_of(key)]
    best: tuple[float, Stego] | None = None
    for modulator in modulators(destinations):
        embedder = BlockEmbedder(modulator)
        level = _level(packed.length, _bits(scaled.pixels.shape, embedder, length), embedder)
        if level is None:
            break
        locator, opening, root = begin(key, embedder.identity)
        bits = compose(packed, root, level, embedder.correction)
        samples = embedder.place(scaled.pixels, opening, locator, root, bits)
        file = jpeg.with_samples(jpeg.read(scaled.plain), scaled.pixels, samples)
        spent = _spent(embedder, file, scaled, (message, opening, locator, root))
        if spent < (best[0] if best else 1.0):
            best = spent, _stego(scaled, file, embedder, (len(bits), level), spent)
        if spent <= MOST_SPENT:
            break
    if best is None:
        raise DoesNotFit(_refusal(scaled, len(packed.content), length))
    return best[1]


def _refusal(scaled: Scaled, content: int, opening: int) -> str:
    most = capacity_for(scaled.pixels.shape, scaled.destinations, opening).message
    if most is None:
        return f"the photo has too few pixels for any message ({scaled.size}); take a larger one"
    takes = f"the message takes {content:,} bytes"
    if content > most:
        rule = f"the photo is only sure to hold {most:,} ({scaled.size})"
    else:
        rule = f"too many of its bits are read wrong on the way ({scaled.size})"
    return f"{takes}, but {rule}; take a larger photo or a shorter message"


def _image(picture: Picture) -> Image.Image:
    """Convert to a Pillow image in sRGB, with white behind transparent pixels."""
    image = Image.fromarray(picture.rgb_u8[..., 0] if picture.stored_gray else picture.rgb_u8)
    if picture.profile:
        image = to_srgb(image, picture.profile)
    if picture.alpha_u8 is not None:
        white = Image.new(image.mode, image.size, "white")
        white.paste(image, mask=Image.fromarray(picture.alpha_u8))
        image = white
    return image.convert("L") if picture.gray else image


def _names(destinations: Sequence[Platform]) -> str:
    return ",".join(each.name for each in destinations)


def _bits(shape: Sequence[int], embedder: BlockEmbedder, opening: int) -> int:
    """Compute how many bits the body may have."""
    return embedder.holds(tuple(shape), opening) - header_bits(embedder.correction)


def _level(length: int, bits: int, embedder: BlockEmbedder) -> int | None:
    """Choose the strongest correction that takes little of the image, or else one that fits."""
    levels = range(len(embedder.correction.body))
    sizes = [body_bits(length, level, embedder.correction) for level in levels]
    for share in SHARES:
        fitting = [level for level in levels[PROMISED:] if sizes[level] <= share * bits]
        if fitting:
            return fitting[-1]
    # beyond the promised capacity, use as much correction as there is room for
    return max((level for level in levels if sizes[level] <= bits), default=None)


def _spent(
    embedder: BlockEmbedder,
    file: bytes,
    scaled: Scaled,
    expected: tuple[bytes, bytes, bytes, bytes],
) -> float:
    """Compute the share of the correction that the worst way uses; 1 if one loses the message.

    expected: message, opening, locator and root.
    """
    message, *secrets = expected
    reader, worst = BlockEmbedder(Qim()), 0.0
    for way in ((), *ways(scaled.destinations)):
        arrived = file
        for platform in way:
            arrived = platform.send(Image.open(io.BytesIO(arrived)))
        read, spent = read_back(reader, jpeg.read(arrived), *secrets)
        worst = max(worst, spent.share if read == message else 1.0)
        if worst == 1.0:
            break
    return worst


def _stego(
    scaled: Scaled, file: bytes, embedder: BlockEmbedder, placed: tuple[int, int], spent: float
) -> Stego:
    """Collect the result; ``placed`` is the bits of the flat string and the level of correction."""
    before, after = (jpeg.read(each).components[0].coefficients for each in (scaled.plain, file))
    old, new = (images.read_exact(each) for each in (scaled.plain, file))
    return Stego(
        new,
        file,
        embedder.name,
        placed[0],
        int(np.count_nonzero(before != after)),
        before.size,
        psnr(old, new),
        placed[1],
        spent,
        placed[0] / max(1, nonzero_ac(before)),
    )

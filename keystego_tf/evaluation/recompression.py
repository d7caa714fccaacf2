"""Does the message survive being saved as JPEG again, once or twice, by a program or a platform?"""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..baselines.method import Method, Readable
from ..channel.jpeg_codec import encode, tables_of_quality
from ..channel.platforms import PLATFORMS, Platform
from ..io import jpeg
from ..io.pillow import decoded, to_pillow
from ..metrics import statistics
from ..metrics.statistics import Estimate
from .context import Context
from .covers import Integers, Tiles
from .results import Column, Plot, Section, Series, Table, Value
from .stegos import Group, bits_read, embedded, groups

#: Qualities of the curves.
QUALITIES = (95, 90, 85, 80, 75, 70, 65, 60, 55, 50)

PASSES = {1: "once", 2: "twice"}

#: Luma and chroma tables of a way to save.
Tables = tuple[NDArray[np.float32], NDArray[np.float32]]

#: Shares of bits by way and number of passes; ("", 0) is the file as it was written.
Read = dict[tuple[str, int], Estimate]

NOTES = [
    "Bits are counted before error correction; 50 % is chance. hide corrects errors: it needs "
    "some 99 % for short messages, and never writes an image that does not survive its platform.",
    "Pillow (libjpeg-turbo) saves each image with 4:2:0, once, or decodes and saves it a second "
    "time. QIM and lattices read the last file's coefficients, others its samples. Platforms are "
    "their tables alone, as published (`keystego_tf/channel/platforms.py`): a tile is smaller than "
    "their largest size, so none scales it. Scaling after hiding destroys every message here.",
]


def run(context: Context) -> Section:
    """Plot the bits right over quality, and list them by platform, for each payload."""
    tables, plots = [], []
    for group in groups(context, baseline=False):  # training it would load TensorFlow
        pool = context.covers.of(group.channels).pool(context.sizes.sent_images)
        methods = [each for each in group.methods if isinstance(each, Readable)]
        shares = context.each(partial(_read, pool), methods, f"JPEG and platforms, {group.title}")
        read = {method.name: share for method, share in zip(methods, shares)}
        tables.append(_table(group, read))
        plots += [_plot(group, read, passes) for passes in PASSES]
    settings = {"images": context.sizes.sent_images, "seed": context.seed}
    return Section(settings=settings, tables=tables, plots=plots, notes=NOTES)


def ways() -> dict[str, Tables]:
    """Return the tables by qualities and platforms; those with equal tables go together."""
    found = {str(quality): tables_of_quality(quality) for quality in QUALITIES}
    same: dict[bytes, list[Platform]] = {}
    for each in PLATFORMS.values():
        same.setdefault(each.luma.tobytes() + each.chroma.tobytes(), []).append(each)
    titled = {", ".join(each.title for each in own): own[0] for own in same.values()}
    return {**found, **{title: (each.luma, each.chroma) for title, each in titled.items()}}


def sent(image_u8: Tiles, tables: Tables, passes: int, coefficients: bool = False) -> NDArray[Any]:
    """Save an image as JPEG and open it again, ``passes`` times; return uint8 [H, W, C] as decoders
    show it, or float32 as in the last file's coefficients."""
    for left in reversed(range(passes)):
        file = encode(to_pillow(image_u8), *tables)
        if coefficients and not left:
            return jpeg.unclipped(jpeg.read(file))
        image_u8 = decoded(file)
    return image_u8


def _read(pool: tuple[Tiles, Integers], context: Context, method: Method) -> Read:
    tiles, sources = pool

    def make() -> Read:
        stego = embedded(context, method, tiles)
        exact = getattr(method, "reads_coefficients", False)
        kinds = {("", 0): stego}
        for (name, tables), passes in itertools.product(ways().items(), PASSES):
            kinds[name, passes] = np.stack([sent(image, tables, passes, exact) for image in stego])
        shares: Any = {kind: bits_read(context, method, own) for kind, own in kinds.items()}
        return {kind: statistics.mean_share(share, sources) for kind, share in shares.items()}

    return context.kept("sent", make, method, *pool)


def _table(group: Group, read: dict[str, Read]) -> Table:
    """Make a row for each platform and number of passes, with a column for each method."""
    names = [name for name in ways() if not name.isdigit()]
    kinds = {("", 0): "PNG, not saved again"}
    kinds.update({(name, p): f"{name}: {text}" for name in names for p, text in PASSES.items()})
    columns = [Column("what", "Saved by"), *(Column(name, name, "%", 1) for name in read)]
    rows: list[dict[str, Value]] = [
        {"what": text, **{name: own[kind] for name, own in read.items()}}
        for kind, text in kinds.items()
    ]
    title = f"Message bits right after a platform, {group.title}"
    return Table(f"platforms-{group.key}", title, columns, rows)


def _plot(group: Group, read: dict[str, Read], passes: int) -> Plot:
    curves = {name: {q: own[str(q), passes] for q in QUALITIES} for name, own in read.items()}
    series = [Series.of_shares(name, own) for name, own in curves.items()]
    title = f"Message bits right after JPEG, saved {PASSES[passes]}, {group.title}"
    name, labels = f"jpeg-{PASSES[passes]}-{group.key}", ("JPEG quality", "bits right, %")
    return Plot(name, title, *labels, series)

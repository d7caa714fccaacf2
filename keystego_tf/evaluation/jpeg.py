"""Can hiding in a JPEG file's coefficients be found? Try attackers with DCTR and with a net."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..baselines.coefficients import CoefficientMatching, Coefficients, JUniward, Syndrome
from ..io.jpeg.transform import blocks, decoded, standard_tables, transformed
from . import attackers
from .attackers import BEST, EXPLAINED, POWER
from .context import Context
from .covers import Tiles
from .detection import NET
from .results import Section, Table, Value

#: Qualities of the covers: one from the literature, and about that of a camera.
QUALITIES = (75, 95)

#: Bits for each AC coefficient that is not 0: the payload of the literature, and a short one. After
#: so short a training the net sees nothing of the short one.
NET_RATE = 0.4
RATES = (NET_RATE, 0.1)

NOTES = [
    "Covers are tiles of the test and the attackers' photos in grayscale, saved as JPEG once at "
    "each quality. Payload is counted in bits for each AC coefficient that is not 0 (bpnzAC).",
    "DCTR: Holub and Fridrich (2015), 8,000 features, with the FLD ensemble. XuNet sees the "
    "decoded samples, at the larger payload only. Both are retrained for each row, and never saw "
    "the photos that they judge.",
    EXPLAINED + " Here the control is the matching of coefficients.",
    "That file, tables and headers look like any encoder's is another question: see the tests "
    "that need no training.",
]


def run(context: Context) -> Section:
    """Test syndrome coding and J-UNIWARD by quality and payload; name the best attacker of each."""
    tables = []
    for quality in QUALITIES:
        for rate in RATES:
            rows = _attacked(context, quality, rate)
            key, title = f"jpeg-{quality}-{rate:g}", f"quality {quality}, {rate:g} bpnzAC"
            best = attackers.best(rows)
            tables.append(Table(f"best-{key}", f"The best attacker, {title}", BEST, best))
            tables.append(Table(key, f"Every attacker, {title}", POWER, rows))
    sizes = context.sizes
    settings = {"images, DCTR": sizes.dctr_images, "XuNet": sizes.net, "folds": sizes.folds}
    settings["seed"] = context.seed
    return Section(settings=settings, tables=tables, notes=NOTES)


def _attacked(context: Context, quality: int, rate: float) -> list[dict[str, Value]]:
    methods: list[Any] = [Syndrome(quality, rate), JUniward(quality, rate)]
    control: Any = CoefficientMatching(quality, 2 * rate)

    def pool(count: int) -> attackers.Pool:
        tiles, sources = context.covers.of(1).pool(count)
        return quantised(tiles, quality), sources

    of_features, of_net = pool(context.sizes.dctr_images), pool(context.sizes.cnn_images)
    learned = partial(attackers.trained, pool=of_features, name=f"dctr-{quality}")
    seen = partial(attackers.net, pool=of_net, shown=partial(samples, quality=quality))
    rows = attackers.rows(context, "DCTR", learned, methods, control)
    if rate != NET_RATE:
        return rows
    return rows + attackers.rows(context, NET, seen, methods, control)


def quantised(tiles: Tiles, quality: int) -> Coefficients:
    """Return luma coefficients at a quality, int16 [tiles, rows, columns, 8, 8]; tiles: gray."""
    table = standard_tables(quality)[0]
    planes = (transformed(blocks(tile[..., 0].astype(np.float32) - 128)) for tile in tiles)
    return np.stack([np.rint(plane / table).astype(np.int16) for plane in planes])


def samples(coefficients: Coefficients, quality: int) -> Tiles:
    """Decode the images, uint8 [images, H, W, 1]."""
    table = standard_tables(quality)[0]
    images = [decoded(each, table).astype(np.uint8) for each in coefficients]
    return np.stack(images)[..., np.newaxis]

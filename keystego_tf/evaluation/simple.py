"""Do tests of a few lines, without training or key, tell what ``hide`` writes from its covers?

Every simple detector against every default way of hiding, on the files that ``hide`` writes; and
against what each of them must find, as the first version of this package made it.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from ..codec import DoesNotFit
from ..io import jpeg
from ..steganalysis import roc, simple
from ..steganalysis.scores import scores
from .attackers import result
from .context import Context
from .covers import Tiles
from .parallel import mapped
from .results import CONTROL, Claim, Column, Section, Table, Value
from .ways import SHORT, WAYS, Photo, saved

#: What a detector that must find a way scores at least: area under the ROC curve.
FOUND = 0.9

#: The share of its size that a tile keeps, so that its JPEG past is gone (benchmarks/scale.py).
FACTOR = 0.75

COLUMNS = [
    Column("way", "Way"),
    Column("detector", "Detector"),
    Column("images", "Covers", digits=0),
    Column("area", "AUC", digits=3),
]

NOTES = [
    "Each score is that of one test in keystego_tf/steganalysis/simple, with no threshold learned: "
    "the area under the ROC curve says what the best threshold would give. Covers of lossless "
    f"files are tiles scaled to {FACTOR} of their size, which ends their JPEG past.",
    "No power: the same test does not find its control, either.",
]


def run(context: Context) -> Section:
    """Areas for the ways of ``hide``, then for the controls, which are claims."""
    tiles, sources = context.covers.pool(context.sizes.simple_images)
    work, numbered = partial(_of_tile, context.seed), list(enumerate(tiles))
    make = partial(mapped, work, numbered, "simple detectors", context.quiet)
    found = context.kept("simple", make, tiles)
    rows = areas(found, sources)
    controls: list[dict[str, Any]] = [r for r in rows if r["detector"] in _finds(r["way"])]
    known = {row["detector"]: row["area"] for row in controls}
    hidden: list[dict[str, Any]] = [row for row in rows if not _finds(row["way"])]
    for row in hidden:
        if row["detector"] in known:
            row["result"] = result(row["area"], known[row["detector"]])
    title = "Area under the ROC curve of each test"
    columns = [*COLUMNS, Column("result", "Result")]
    tables = [
        Table("simple", f"{title}, for what hide writes", columns, hidden),
        Table("simple-controls", f"{title}, for its control", COLUMNS, controls),
    ]
    goal, paper = (FOUND, 1.0), f"{FOUND} at least"
    claims = [
        Claim(row["way"], f"known answer, {row['detector']}", CONTROL, paper, row["area"], goal, "")
        for row in controls
    ]
    settings = {"images": len(tiles), "message, bytes": SHORT, "seed": context.seed}
    return Section(settings=settings, tables=tables, claims=claims, notes=NOTES)


def _finds(way: Value) -> tuple[str, ...]:
    return next(each.finds for each in WAYS if each.name == way)


def _of_tile(seed: int, numbered: tuple[int, Tiles]) -> dict[tuple[str, str], tuple[float, float]]:
    number, tile = numbered
    image = Image.fromarray(tile[..., 0] if tile.shape[-1] == 1 else tile).convert("RGB")
    size = round(FACTOR * image.width), round(FACTOR * image.height)
    smaller = np.asarray(image.resize(size, Image.Resampling.LANCZOS))
    return tried(Photo(smaller, saved(image, "JPEG", quality=75, subsampling=2)), seed, number)


def tried(photo: Photo, seed: int, number: int) -> dict[tuple[str, str], tuple[float, float]]:
    """Scores of cover and stego image by way and detector; number: of the photo, for chance.

    A way is missing where the message does not fit, a detector where it needs an extra that is not
    installed. Scores are nan where a detector has nothing to say.
    """
    found = {}
    for place, way in enumerate(WAYS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the detectors are to say
            try:
                sides = way.make(photo, np.random.default_rng([seed, number, place]))
            except DoesNotFit:
                continue
        for detector in simple.reading(*way.reads):
            opened = [jpeg.read(each) if detector.reads == simple.JPEG else each for each in sides]
            cover, stego = (detector.score(each) for each in opened)
            found[way.name, detector.name] = cover, stego
    return found


def areas(
    found: list[dict[tuple[str, str], tuple[float, float]]], sources: Any
) -> list[dict[str, Value]]:
    """A row for each way and detector: images, and the area under the ROC curve."""
    rows: list[dict[str, Value]] = []
    for way in WAYS:
        for detector in simple.reading(*way.reads):
            key = way.name, detector.name
            pairs = [(*each[key], source) for each, source in zip(found, sources) if key in each]
            if pairs:
                covers, stegos, own = map(list, zip(*pairs))
                area = roc.area(scores(covers, stegos, own, own))
                rows.append({"way": key[0], "detector": key[1], "images": len(own), "area": area})
    return rows

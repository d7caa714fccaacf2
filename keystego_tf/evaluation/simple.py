"""Can tests of a few lines, without training or key, tell what ``hide`` writes from its covers?

Every simple detector is run on the files that ``hide`` writes in its default ways, and on what that
detector must find, such as plain changes by one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .. import codec
from ..baselines.lsb import LsbMatching, LsbReplacement
from ..channel.platforms import destinations
from ..codec import messenger
from ..io import jpeg
from ..io.pillow import saved, to_pillow
from ..payload.keys import SecretKey, SharedKey
from ..steganalysis import roc, simple
from ..steganalysis.scores import scores
from ..steganalysis.simple import BYTES, JPEG, JPEG_BYTES, SAMPLES
from .context import Context
from .covers import Tiles
from .parallel import mapped
from .results import CONTROL, Claim, Column, Section, Table, Value
from .stegexpose import LOWER, verdict

#: Least area under the ROC curve of a detector that must find a way.
FOUND = 0.9

#: Factor that scales a tile down, so that its JPEG past is gone (benchmarks/scale.py).
FACTOR = 0.75

#: Scores of cover and stego image, by way and detector.
Found = dict[tuple[str, str], tuple[float, float]]

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
    "No power: the same test does not find its control, either. "
    f"{LOWER.capitalize()}: stego images score lower than covers, and a stranger can turn the "
    "answer round. One row in twenty lies on either side of 0.5 by luck.",
]


def run(context: Context) -> Section:
    """Measure areas for the ways of ``hide``, then for the controls, which are claims."""
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
            row["result"] = verdict(row["area"], known[row["detector"]])
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


def _of_tile(seed: int, numbered: tuple[int, Tiles]) -> Found:
    number, tile = numbered
    image = to_pillow(tile).convert("RGB")
    size = round(FACTOR * image.width), round(FACTOR * image.height)
    smaller = np.asarray(image.resize(size, Image.Resampling.LANCZOS))
    return tried(Photo(smaller, saved(image, "JPEG", quality=75, subsampling=2)), seed, number)


def tried(photo: Photo, seed: int, number: int, among: tuple[str, ...] = ("",)) -> Found:
    """Score cover and stego image by way and detector; number: of the photo, for chance.

    ``among``: words, one of which is in the names of the ways that are tried; their controls are
    tried as well, and scored by the detectors that must find them. A way is missing where the
    message does not fit, a detector where its extra is not installed. Scores are nan where it has
    nothing to say.
    """
    found: Found = {}
    hiding = [way for way in WAYS if not way.finds and any(word in way.name for word in among)]
    kinds = {kind for way in hiding for kind in way.reads}
    for place, way in enumerate(WAYS):
        if way not in hiding and not (way.finds and kinds.intersection(way.reads)):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the detectors should say it
            try:
                sides = way.make(photo, np.random.default_rng([seed, number, place]))
            except codec.DoesNotFit:
                continue
        for detector in simple.reading(*way.reads):
            if way.finds and detector.name not in way.finds:
                continue
            opened = [jpeg.read(each) if detector.reads == JPEG else each for each in sides]
            cover, stego = (detector.score(each) for each in opened)
            found[way.name, detector.name] = cover, stego
    return found


def areas(found: list[Found], sources: Any) -> list[dict[str, Value]]:
    """Return a row for each way and detector: images, and the area under the ROC curve."""
    rows: list[dict[str, Value]] = []
    for key in [(way.name, each.name) for way in WAYS for each in simple.reading(*way.reads)]:
        pairs = [(*each[key], source) for each, source in zip(found, sources) if key in each]
        if pairs:
            covers, stegos, own = map(list, zip(*pairs))
            area = roc.area(scores(covers, stegos, own, own))
            rows.append({"way": key[0], "detector": key[1], "images": len(own), "area": area})
    return rows


Pixels = NDArray[np.uint8]
Rng = np.random.Generator
Values = NDArray[np.int64]

#: Cover and stego image: samples, files or strings of bytes.
Sides = tuple[Any, Any]

#: Bytes of a message that a tile holds.
SHORT = 16


@dataclass(frozen=True)
class Photo:
    """A photo as two covers, samples without a JPEG past (uint8 [H, W, 3]) and a JPEG file, and the
    bytes of a message that is short in it."""

    pixels: Pixels
    jpeg: bytes
    short: int = SHORT


@dataclass(frozen=True)
class Way:
    """A way of hiding: the evidence it leaves, and how cover and stego image are made; ``finds``:
    the detectors that must find it, none for what ``hide`` does."""

    name: str
    reads: tuple[str, ...]
    make: Callable[[Photo, Rng], Sides]
    finds: tuple[str, ...] = ()


def _in_samples(photo: Photo, rng: Rng, mode: str, full: bool) -> Sides:
    cover = saved(Image.fromarray(photo.pixels).convert(mode), "PNG")
    stego = _hidden(cover, photo.short, rng, full)
    return _decoded(cover), _decoded(stego)


def _in_jpeg(photo: Photo, rng: Rng, full: bool) -> Sides:
    return photo.jpeg, _hidden(photo.jpeg, photo.short, rng, full)


def _for_messenger(photo: Photo, rng: Rng) -> Sides:
    """Return the photo as a messenger delivers it, without a message and with one."""
    to, key = "whatsapp", SharedKey(rng.bytes(32))
    plain = messenger.scaled_for(photo.jpeg, destinations(to)).plain
    return plain, codec.hide(photo.jpeg, rng.bytes(photo.short), key=key, destination=to).file


def _hidden(cover: bytes, short: int, rng: Rng, full: bool) -> bytes:
    """Return a stego file with a message of ``short`` bytes, or of as many as fit."""
    most = codec.capacity(cover, "syndrome")[0].message or 0
    message = rng.bytes(max(1, most - 1) if full else short)
    return codec.hide(cover, message, key=SharedKey(rng.bytes(32)), anyway=True).file


def _decoded(content: bytes) -> Pixels:
    """Return the samples of a file as it stores them, uint8 [H, W, C]."""
    samples = np.asarray(Image.open(BytesIO(content)))
    return samples.reshape(*samples.shape[:2], -1)


def _opening(photo: Photo, rng: Rng) -> Sides:
    """Return what a holder of the public key reads where the opening is."""
    secret, cover = SecretKey.generate(), saved(Image.fromarray(photo.pixels), "PNG")
    stego = codec.hide(cover, rng.bytes(photo.short), to=secret.public, anyway=True).file
    # the first opening is syndrome coding's
    one, other = (next(codec.openings(each, secret.public))[1] for each in (cover, stego))
    return one, other


def _matched(photo: Photo, rng: Rng, of: Callable[[Photo], Pixels]) -> Sides:
    """Change about 300 samples by one."""
    cover = of(photo)
    return cover, LsbMatching(600 / cover[..., 0].size).embed(cover, rng)


def _decoded_jpeg(photo: Photo) -> Pixels:
    return np.asarray(Image.open(BytesIO(photo.jpeg)).convert("RGB"))


def _gray(photo: Photo) -> Pixels:
    return np.asarray(Image.fromarray(photo.pixels).convert("L").convert("RGB"))


def _overexposed(photo: Photo) -> Pixels:
    """Clip a fifth of each channel at most, and leave no other sample above 250."""
    limit = min(250.0, float(np.quantile(photo.pixels, 0.8)))
    return np.where(photo.pixels > limit, 255, np.minimum(photo.pixels, 250)).astype(np.uint8)


def _replaced(photo: Photo, rng: Rng) -> Sides:
    return photo.pixels, LsbReplacement(3).embed(photo.pixels, rng)


def _changed_coefficients(photo: Photo, rng: Rng, change: Callable[[Values, Rng], Values]) -> Sides:
    """Change luma's AC coefficients."""
    file = jpeg.read(photo.jpeg)
    planes = [each.coefficients.copy() for each in file.components]
    dc = planes[0][..., 0, 0].copy()
    planes[0] = change(planes[0].astype(np.int64), rng).astype(np.int16)
    planes[0][..., 0, 0] = dc
    return photo.jpeg, file.to_bytes(planes)


def _jsteg(values: Values, rng: Rng) -> Values:
    bits = rng.integers(0, 2, values.shape)
    return np.where((values == 0) | (values == 1), values, values & ~1 | bits)


def _shrunk(values: Values, rng: Rng) -> Values:
    """Move a fifth of the coefficients nearer to zero by one, as F5 does."""
    return np.asarray(values - np.sign(values) * (rng.random(values.shape) < 0.2))


_FILE = (JPEG, JPEG_BYTES)

WAYS = (
    Way("lossless, short", (SAMPLES,), partial(_in_samples, mode="RGB", full=False)),
    Way("lossless, gray, short", (SAMPLES,), partial(_in_samples, mode="L", full=False)),
    Way("lossless, full", (SAMPLES,), partial(_in_samples, mode="RGB", full=True)),
    Way("JPEG, short", _FILE, partial(_in_jpeg, full=False)),
    Way("JPEG, full (0.4 bpnzAC)", _FILE, partial(_in_jpeg, full=True)),
    Way("JPEG for WhatsApp, short", _FILE, _for_messenger),
    Way("opening, under the public key", (BYTES,), _opening),
    Way("control: samples of a JPEG", (SAMPLES,), partial(_matched, of=_decoded_jpeg),
        ("jpeg-compatibility",)),
    Way("control: samples of a gray photo", (SAMPLES,), partial(_matched, of=_gray),
        ("gray-exceptions",)),
    Way("control: samples of a clipped photo", (SAMPLES,), partial(_matched, of=_overexposed),
        ("range-ends", "lone-samples")),
    Way("control: LSB replacement", (SAMPLES,), _replaced,
        ("rs", "primary-sets", "sample-pairs", "chi-square")),
    Way("control: Jsteg", _FILE, partial(_changed_coefficients, change=_jsteg),
        ("equal-pairs", "asymmetry")),
    Way("control: a fifth shrunk", _FILE, partial(_changed_coefficients, change=_shrunk),
        ("calibration", "calibrated-zeros")),
    Way("control: appended bytes", (JPEG_BYTES,),
        lambda photo, rng: (photo.jpeg, photo.jpeg + rng.bytes(photo.short)), ("structure",)),
    Way("control: X25519 in the open", (BYTES,),
        lambda _, rng: (rng.bytes(32), SecretKey.generate().public.x25519), ("x25519",)),
)  # fmt: skip

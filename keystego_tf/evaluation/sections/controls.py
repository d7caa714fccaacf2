"""Do the tools of this evaluation tell the truth? Methods whose detection is known beforehand."""

from __future__ import annotations

import math

import numpy as np

from ...baselines.adaptive import Adaptive
from ...baselines.controls import Sham, Watermark
from ...baselines.lsb import LsbReplacement
from ...metrics import statistics
from ...metrics.statistics import Estimate, Z
from ...steganalysis import fusion, roc
from ...steganalysis.attack import ensemble, figures, trained
from ...steganalysis.classifier import cross_validate
from ...steganalysis.cnn import Schedule
from ...steganalysis.features import extract
from ...steganalysis.scores import Scores, scores
from ..covers import Integers, Tiles
from ..results import Claim, Column, Section, Table, Value
from ..stegos import embedded
from ..suite import Context
from .ats import COLUMNS
from .cnn import steganalyse
from .stegexpose import NAMES, rates

#: Rate of LSB replacement, message bits a sample.
LSB_RATE = 0.5

#: Estimators that have to see it, and the least area.
SEES_LSB, AREA = ("sample_pairs", "rs"), 0.95

#: Payload, in grayscale, of the comparison with the literature.
RATE = 0.4

#: Accuracy in the literature: S-UNIWARD at 0.4 bits per pixel, SRM and an FLD ensemble, BOSSbase
#: at 512 x 512 with 9,000 images to learn from (Aletheia, models/README.md, model
#: e4s_srm_bossbase_uniw0.40_gs).
LITERATURE = "77 % at 512 x 512"

#: The same for 128 x 128. By the square-root law (Ker, Pevny, Kodovsky and Fridrich, 2008) the
#: deflection of a detector grows with the square root of the samples at a fixed rate, so a quarter
#: of the side has a quarter of it: Phi(z(0.77) / 4) = 0.573. Ten points to either side are for
#: other photos, SRMQ1 instead of SRM, and far fewer images to learn from.
EXPECTED = 0.573
TOLERANCE = 0.1

RATES = [Column("method", "Method"), Column("images", "Images", digits=0)]


def run(context: Context) -> Section:
    """Sham and watermark, LSB replacement, innocent images, and S-UNIWARD as in the literature."""
    attackers, claims = _attackers(context)
    estimators, more = _estimators(context)
    return Section(
        "controls",
        "Known answers",
        "Do the tools of this evaluation tell the truth?",
        settings={
            "images": context.sizes.control_images,
            "images, SRMQ1": context.sizes.srmq1(context.covers.channels),
            f"images, S-UNIWARD at {RATE:g}": context.sizes.spam_images,
            "folds": context.sizes.folds,
            "seed": context.seed,
        },
        tables=[attackers, *estimators, _alarms(context)],
        claims=[*claims, *more],
        notes=[
            "Sham changes nothing: who beats 50 % on it fools himself. As cover and stego image "
            "are the same there, it stands once more with other photos in the place of stego "
            "images, which an attacker could only tell by a leak. The watermark is a "
            "gray square in a corner, a chessboard of 127 and 128: who misses it is blind.",
            f"LSB replacement has {LSB_RATE:g} message bits a sample: {LSB_RATE:g} bits per pixel "
            f"in grayscale, {3 * LSB_RATE:g} in colour.",
            f"S-UNIWARD at {RATE:g} bits per pixel: SRM and an FLD ensemble are right {LITERATURE} "
            "(BOSSbase, 9,000 images to learn from; Aletheia, models/README.md). An image of "
            f"128 x 128 has a sixteenth of the samples, which by the square-root law leaves "
            f"{100 * EXPECTED:.1f} %. Ours is expected within {100 * TOLERANCE:.0f} points of it.",
        ],
    )


def _pool(context: Context, channels: int, count: int) -> tuple[Tiles, Integers]:
    tiles, sources = context.covers.of(channels).pool
    return tiles[:count], sources[:count]


def _attackers(context: Context) -> tuple[Table, list[Claim]]:
    sizes, channels = context.sizes, context.covers.channels
    many = _pool(context, channels, sizes.control_images)
    few = _pool(context, channels, min(sizes.srmq1(channels), sizes.control_images))
    gray = _pool(context, 1, sizes.control_images)
    adaptive, most = Adaptive("s-uniward", RATE), _pool(context, 1, sizes.spam_images)
    # Whole images: a crop may miss the corner.
    plan = Schedule(
        sizes.control_steps,
        pairs=8,
        learning_rate=0.005,
        interval=max(5, sizes.control_steps // 6),
    )
    tries: list[tuple[str, str, Scores]] = [
        ("sham", "SPAM", trained(context, Sham(), *many, "spam")),
        ("sham", "SRMQ1", trained(context, Sham(), *few, "srmq1")),
        ("sham, other photos", "SPAM", strangers(context, *many)),
        ("watermark", "SPAM", trained(context, Watermark(), *many, "spam")),
        ("watermark", "SRMQ1", trained(context, Watermark(), *few, "srmq1")),
        ("watermark", "XuNet, grayscale", steganalyse(context, Watermark(), *gray, plan)),
        (adaptive.name, "SRMQ1, grayscale", trained(context, adaptive, *most, "srmq1")),
    ]
    rows: list[dict[str, Value]] = []
    claims = []
    for method, name, found in tries:
        each = figures(found)
        rows.append({"method": method, "features": name, "images": len(found.covers), **each})
        claims.append(_claim(method, name, found, each))
    return Table("controls-attackers", "Attackers that learn", COLUMNS, rows), claims


def _claim(method: str, name: str, found: Scores, each: dict[str, Estimate]) -> Claim:
    what = f"known answer: {method}, {name}"
    if method.startswith("sham"):
        half = Z / (2 * math.sqrt(len(found.covers) + len(found.stegos)))
        expected, goal = "50 %", (0.5 - half, 0.5 + half)
    elif method == "watermark":
        expected, goal = "100 %", (1.0, 1.0)
    else:
        expected = f"{100 * EXPECTED:.1f} %, scaled"
        goal = (EXPECTED - TOLERANCE, EXPECTED + TOLERANCE)
    return Claim(what, "control", expected, each["accuracy"], goal)


def strangers(context: Context, tiles: Tiles, sources: Integers) -> Scores:
    """Covers of some photos against covers of others: there is nothing to learn but the photos.

    A leak between training and test would show here; where cover and stego image are the same, as
    of a sham, both get the same answer and any attacker is at 50 %.
    """
    photos = np.sort(np.unique(sources, return_index=True)[1])
    half = len(photos) // 2
    first, second = (extract(tiles[photos[start : start + half]], "spam") for start in (0, half))
    order = np.random.default_rng(context.seed).permutation(2 * half)
    mixed = np.concatenate([first, second])[order]
    fit = ensemble(half)
    return cross_validate(mixed[:half], mixed[half:], fit, context.sizes.folds, context.seed)


def _estimators(context: Context) -> tuple[list[Table], list[Claim]]:
    """LSB replacement by the four estimators, in grayscale and colour."""
    columns = [*RATES, *(Column(name, title, digits=3) for name, title in NAMES.items())]
    rows: list[dict[str, Value]] = []
    claims = []
    for channels in dict.fromkeys((1, context.covers.channels)):
        tiles, sources = _pool(context, channels, context.sizes.control_images)
        method = LsbReplacement(LSB_RATE * channels)
        innocent = rates(context, tiles)
        stego = rates(context, embedded(context, method, tiles), method)
        kind = "grayscale" if channels == 1 else "colour"
        areas = {
            name: roc.area(scores(innocent[name], stego[name], sources, sources)) for name in NAMES
        }
        means = {name: statistics.mean(stego[name][np.isfinite(stego[name])]) for name in NAMES}
        rows.append({"method": f"area, {kind}", "images": len(tiles), **areas})
        rows.append({"method": f"estimated rate, {kind}", "images": len(tiles), **means})
        claims += [
            Claim(
                f"known answer: LSB replacement, {kind}, area of {NAMES[name]}",
                "control",
                f"{AREA} at least",
                areas[name],
                (AREA, 1.0),
                "",
            )
            for name in SEES_LSB
        ]
    title = f"LSB replacement, {LSB_RATE:g} message bits a sample"
    note = f"Area under the ROC curve, and the mean estimated rate: the true one is {LSB_RATE:g}."
    return [Table("controls-lsb", title, columns, rows, "", note)], claims


def _alarms(context: Context) -> Table:
    """How often innocent images are called suspicious."""
    columns = [*RATES, *(Column(name, title, "%", 1) for name, title in NAMES.items())]
    rows: list[dict[str, Value]] = []
    for channels in dict.fromkeys((1, context.covers.channels)):
        tiles, _ = _pool(context, channels, context.sizes.control_images)
        innocent = rates(context, tiles)
        called = {
            name: statistics.share(int(np.sum(innocent[name] > fusion.THRESHOLD)), len(tiles))
            for name in NAMES
        }
        kind = "grayscale" if channels == 1 else "colour"
        rows.append({"method": f"covers, {kind}", "images": len(tiles), **called})
    title = f"False alarms: innocent images with an estimated rate above {fusion.THRESHOLD}"
    return Table("controls-alarms", title, columns, rows)

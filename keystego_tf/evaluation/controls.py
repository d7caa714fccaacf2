"""Do the tools tell the truth? Run them on methods whose detectability is known."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from ..baselines.adaptive import Adaptive
from ..baselines.controls import Sham, Watermark
from ..baselines.lsb import LsbReplacement
from ..metrics import statistics
from ..metrics.statistics import Z
from ..steganalysis import roc
from ..steganalysis.scores import Scores
from . import attackers
from .attackers import POWER
from .context import Context
from .results import CONTROL, Claim, Column, Section, Table, Value
from .stegexpose import NAMES, compared, suspicious
from .stegos import KINDS

#: Rate of LSB replacement, in message bits a sample.
LSB_RATE = 0.5

#: Estimators that must detect it, and their least area; a watermark's, too.
SEES_LSB, AREA = ("sample_pairs", "rs"), 0.95

#: Payload of the comparison with the literature, in grayscale.
RATE = 0.4

#: Accuracy in the literature: S-UNIWARD at 0.4 bits per pixel, SRM and an FLD ensemble, BOSSbase
#: at 512 x 512 with 9,000 images to learn from (Aletheia, models/README.md, model
#: e4s_srm_bossbase_uniw0.40_gs).
LITERATURE = "77 % at 512 x 512"

#: The same for 128 x 128. By the square-root law (Ker, Pevny, Kodovsky and Fridrich, 2008), the
#: deflection of a detector grows with the square root of the samples at a fixed rate. A quarter of
#: the side has a quarter of it: Phi(z(0.77) / 4) = 0.573. This does not correct for other photos,
#: SRMQ1 instead of SRM, and far fewer images to learn from.
EXPECTED = 0.573
TOLERANCE = 0.03

COLUMNS = POWER[:6]  # these are controls themselves

NOTES = [
    "Sham changes nothing: who beats 50 % on it fools himself. As cover and stego image are the "
    "same there, it stands once more with other photos in the place of stego images, which an "
    "attacker could only tell by a leak. The watermark is a gray square in a corner, a chessboard "
    "of 127 and 128: who misses it is blind.",
    f"LSB replacement has {LSB_RATE:g} message bits a sample: {LSB_RATE:g} bits per pixel in "
    f"grayscale, {3 * LSB_RATE:g} in colour.",
    f"S-UNIWARD at {RATE:g} bits per pixel: SRM and an FLD ensemble are right {LITERATURE} "
    "(BOSSbase, 9,000 images to learn from; Aletheia, models/README.md). An image of 128 x 128 has "
    f"a sixteenth of the samples, which by the square-root law leaves {100 * EXPECTED:.1f} %. Ours "
    f"is expected within {100 * TOLERANCE:.0f} points of it.",
]


def run(context: Context) -> Section:
    """Test sham, watermark, LSB replacement and innocent images; S-UNIWARD as in the literature."""
    table, claims = _attackers(context)
    estimators, more = _estimators(context)
    sizes = context.sizes
    settings = {
        "images": sizes.control_images,
        "images, SRMQ1": sizes.images("srmq1", context.covers.channels),
        f"images, S-UNIWARD at {RATE:g}": sizes.spam_images,
        "folds": sizes.folds,
        "seed": context.seed,
    }
    claims += more
    return Section(settings=settings, tables=[table, estimators], claims=claims, notes=NOTES)


def _attackers(context: Context) -> tuple[Table, list[Claim]]:
    sizes, gray = context.sizes, context.covers.of(1)
    many, trained = context.covers.pool(sizes.control_images), partial(attackers.trained, context)
    srmq1 = min(sizes.images("srmq1", context.covers.channels), sizes.control_images)
    few, mark, adaptive = context.covers.pool(srmq1), Watermark(), Adaptive("s-uniward", RATE)
    # Whole images: a crop may miss the corner.
    whole: Any = {"pairs": 8, "learning_rate": 0.005, "side": 0, "steps": sizes.control_steps}
    seen = attackers.net(context, mark, gray.pool(sizes.control_images), **whole)
    tries: list[tuple[str, str, Scores]] = [
        ("sham", "SPAM", trained(Sham(), many, "spam")),
        ("sham", "SRMQ1", trained(Sham(), few, "srmq1")),
        ("sham, other photos", "SPAM", trained(None, many, "spam")),
        ("watermark", "SPAM", trained(mark, many, "spam")),
        ("watermark", "SRMQ1", trained(mark, few, "srmq1")),
        ("watermark", "XuNet, grayscale", seen),
    ]
    own = trained(adaptive, gray.pool(sizes.spam_images), "srmq1")
    tries.append((adaptive.name, "SRMQ1, grayscale", own))
    rows = [attackers.row(method, name, own, own, own) for method, name, own in tries]
    claims = [_claim(*each) for each in tries]
    return Table("controls-attackers", "Attackers that learn", COLUMNS, rows), claims


def _claim(method: str, name: str, own: Scores) -> Claim:
    if method == "watermark":
        # accuracy also depends on a threshold learned from few images
        what, goal = f"known answer, area of {name}", (AREA, 1.0)
        return Claim(method, what, CONTROL, "1", roc.area(own), goal, "")
    if method.startswith("sham"):
        half = Z / (2 * math.sqrt(len(own.covers) + len(own.stegos)))
        known, goal = "50 %", (0.5 - half, 0.5 + half)
    else:
        known = f"{100 * EXPECTED:.1f} %, scaled"
        goal = (EXPECTED - TOLERANCE, EXPECTED + TOLERANCE)
    return Claim(method, f"known answer, {name}", CONTROL, known, roc.accuracy(own), goal)


def _estimators(context: Context) -> tuple[Table, list[Claim]]:
    """Run the four estimators on LSB replacement and on innocent images, in gray and in colour."""
    columns = [Column("method", "Figure"), Column("images", "Images", digits=0)]
    columns += [Column(name, title, digits=3) for name, title in NAMES.items()]
    rows: list[dict[str, Value]] = []
    claims, goal, known = [], (AREA, 1.0), f"{AREA} at least"
    for channels in dict.fromkeys((1, context.covers.channels)):
        tiles, sources = context.covers.of(channels).pool(context.sizes.control_images)
        own = compared(context, LsbReplacement(LSB_RATE * channels), tiles, sources).items()
        area = {name: roc.area(each) for name, each in own}
        figures = {
            "area": area,
            # of the stego images for which an estimator has one
            "estimated rate": {
                name: statistics.mean(
                    each.stegos[each.stegos >= 0], each.stego_sources[each.stegos >= 0]
                )
                for name, each in own
            },
            "false alarms, share": {
                name: suspicious(each.covers, each.cover_sources) for name, each in own
            },
        }
        for figure, values in figures.items():
            what = f"{figure}, {KINDS[channels]}"
            rows.append({"method": what, "images": len(tiles), **values})
        for name in SEES_LSB:
            what = f"known answer, {KINDS[channels]}, area of {NAMES[name]}"
            claims.append(Claim("LSB replacement", what, CONTROL, known, area[name], goal, ""))
    title = f"LSB replacement, {LSB_RATE:g} message bits a sample"
    note = f"The true rate is {LSB_RATE:g}. False alarms: covers called suspicious."
    return Table("controls-lsb", title, columns, rows, "", note), claims

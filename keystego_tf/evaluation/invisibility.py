"""Can it be seen? Measure MSE, PSNR, SSIM and changes (paper, section V, Table I and Fig. 5)."""

from __future__ import annotations

import itertools
import math
from functools import partial
from typing import Any

import numpy as np

from ..baselines.method import Method
from ..baselines.nets import Net
from ..baselines.stegan import Stegan
from ..io.comparison import comparison
from ..metrics import statistics
from ..metrics.figures import Figures, invisibility
from ..metrics.statistics import Estimate
from .context import Context
from .covers import Integers, Tiles
from .results import Claim, Column, Picture, Plot, Section, Series, Table, Value
from .stegos import Group, bits_read, embedded, groups

#: Factors by which differences are magnified: the paper's, and one that shows a step of 1.
MAGNIFIED = (5, 100)

COLUMNS = [
    Column("method", "Method"),
    Column("images", "Images", digits=0),
    Column("mse", "MSE", digits=3),
    Column("psnr", "PSNR", "dB"),
    Column("ssim", "SSIM", digits=5),
    Column("samples_changed", "Samples changed", "%"),
    Column("bits_read", "Bits read right", "%"),
]

NOTES = [
    "Figures are means over images, each of which holds a full message. Stego images have 8 bits a "
    "sample, so that a PNG file keeps them as they are.",
    "Bits read right are the receiver's, who has the key if there is one, before any error "
    "correction; the simulators of the classical methods write no message.",
    "PSNR and SSIM say what an eye would miss, not what a detector would: see the next questions.",
    "A net that hides nothing yet may have a higher PSNR than ste-GAN-ography, too: `keyed` has 41 "
    "to 48 dB before its first step (a bundle's card has this figure, as progress at step 0).",
]


def run(context: Context) -> Section:
    """Measure all methods at equal payload on the same covers: tables, plots and pictures."""
    tables, plots, pictures, claims, notes = [], [], [], [], list(NOTES)
    for group in groups(context):
        covers = context.covers.of(group.channels)
        tiles, sources = covers.pool(context.sizes.invisibility_images)
        hide = partial(_measured, tiles=tiles, sources=sources)
        found = context.each(hide, group.methods, f"invisibility, {group.title}")
        figures = {each.name: own for each, (own, _) in zip(group.methods, found)}
        for method, (_, stego) in zip(group.methods, found):
            pictures += _pictures(context, group, method.name, tiles, stego)
        tables.append(_table(group, figures))
        plots.append(_plot(group, figures))
        claims += _claims(group, figures)
        borrowed = int(np.isin(sources, covers.train_sources).sum())
        if borrowed > 0:
            notes.append(
                f"{group.title}: {borrowed} of the {len(tiles)} images are of the attackers' "
                "photos, which models may have been trained on; the others are test photos."
            )
    settings = {"images": context.sizes.invisibility_images, "seed": context.seed}
    shown: Any = {"tables": tables, "plots": plots, "pictures": pictures}
    return Section(settings=settings, **shown, claims=claims, notes=notes)


def _measured(
    context: Context, method: Method, tiles: Tiles, sources: Integers
) -> tuple[Figures, Tiles]:
    """Return a method's figures, and the first stego images, for pictures."""
    stego = embedded(context, method, tiles)

    def make() -> Figures:
        read = bits_read(context, method, stego)
        own = {} if read is None else {"bits_read": statistics.mean_share(read, sources)}
        return {**invisibility(tiles, stego, sources), **own}

    found = context.kept("invisibility", make, method, tiles, sources, stego)
    return found, stego[: context.sizes.pictures]


def _claims(group: Group, figures: dict[str, Figures]) -> list[Claim]:
    """Make a claim of Fig. 5, which says only that every scheme is better than ste-GAN-ography."""
    claims = []
    stegan = [figures[each.name] for each in group.methods if isinstance(each, Stegan)]
    nets = [each for each in group.methods if isinstance(each, Net) and stegan]
    for net, (name, unit) in itertools.product(nets, (("psnr", "dB"), ("ssim", ""))):
        own, other = figures[net.name][name], stegan[0][name]
        value = own.value - other.value
        half = math.hypot(own.high - own.value, other.high - other.value)
        ours = Estimate(value, value - half, value + half, own.images)
        what, above = f"{name.upper()} less ste-GAN-ography's", (0.0, math.inf)
        given = (net.name, what, "Fig. 5", "higher", ours, above, unit, "above 0")
        claims.append(Claim(*given, net.model.config.method))
    return claims


def _table(group: Group, figures: dict[str, Figures]) -> Table:
    rows: list[dict[str, Value]] = [
        {"method": name, "images": own["mse"].images, **own} for name, own in figures.items()
    ]
    title = f"Distance of stego image and cover, {group.title}"
    note = "MSE in squared 8-bit steps, 0 to 65,025; a sample is one channel of a pixel."
    return Table(f"invisibility-{group.key}", title, COLUMNS, rows, "Fig. 5", note)


def _plot(group: Group, figures: dict[str, Figures]) -> Plot:
    series = []
    for name, own in figures.items():
        changed, psnr = own["samples_changed"], own["psnr"]
        if math.isfinite(psnr.value) and changed.value > 0:
            ends = ([psnr.low], [psnr.high]) if math.isfinite(psnr.low) else ([], [])
            series.append(Series(name, [100 * changed.value], [psnr.value], *ends))
    title = f"How much is changed, and how far, {group.title}"
    labels = ("samples changed, %", "PSNR, dB")
    return Plot(f"psnr-{group.key}", title, *labels, series, "points", "log", "Fig. 5")


def _pictures(
    context: Context, group: Group, name: str, covers: Tiles, stegos: Tiles
) -> list[Picture]:
    """Show cover, stego image and difference: several of a model, one of any other method."""
    count = context.sizes.pictures if name in {model.name for model in context.models} else 1
    title = f"{name}, {group.title}: cover, stego image, difference"
    paper = "Table I" if group.channels == 3 else "Fig. 6"
    made = []
    for place, sides in enumerate(zip(covers[:count], stegos[:count]), start=1):
        pixels = np.asarray(comparison(*sides, MAGNIFIED, scale=1))
        own = f"{name}-{group.key}-{place}".replace(" ", "-")
        made.append(Picture(own, title, pixels, paper))
    return made

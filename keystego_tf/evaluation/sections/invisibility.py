"""Can it be seen? MSE, PSNR, SSIM and changed samples (paper, section V, Table I and Fig. 5)."""

from __future__ import annotations

import math

import numpy as np

from ...io.comparison import comparison
from ...metrics import statistics
from ...metrics.closing import invisibility
from ...metrics.statistics import Estimate
from ..covers import Tiles
from ..results import Column, Picture, Plot, Section, Series, Table, Value
from ..stegos import Group, bits_read, embedded, groups, limit
from ..suite import Context

#: Differences are shown so many times as large as they are, as in the paper.
MAGNIFIED = 5

COLUMNS = [
    Column("method", "Method"),
    Column("images", "Images", digits=0),
    Column("mse", "MSE", digits=3),
    Column("psnr", "PSNR", "dB"),
    Column("ssim", "SSIM", digits=5),
    Column("changed", "Samples changed", "%"),
    Column("read", "Bits read right", "%"),
]


def run(context: Context) -> Section:
    """Every scheme, ste-GAN-ography and the classical methods, at the same payload on the same
    covers; a table, a plot and pictures for each payload."""
    tables, plots, pictures, notes = [], [], [], []
    for group in groups(context):
        covers = context.covers.of(group.channels)
        tiles = covers.pool[0][: context.sizes.invisibility_images]
        found = {}
        for method in group.methods:
            chosen = tiles[: limit(context, method, len(tiles))]
            stego = embedded(context, method, chosen)
            found[method.name] = invisibility(chosen, stego)
            read = bits_read(context, method, stego)
            if read is not None:
                found[method.name]["bits_read"] = statistics.mean(read)
            pictures += _pictures(context, group, method.name, chosen, stego)
        tables.append(_table(group, found))
        plots.append(_plot(group, found))
        borrowed = len(tiles) - len(covers.test)
        if borrowed > 0:
            notes.append(
                f"{group.title}: {borrowed} of the {len(tiles)} images are of the attackers' "
                "photos, which the schemes may have been trained on; the others are test photos."
            )
    notes += [
        "Figures are means over images, each of which holds a full message. Stego images have 8 "
        "bits a sample, so that a PNG file keeps them as they are.",
        "Bits read right are the receiver's, who has the key if there is one, before any error "
        "correction; the simulators of the classical methods write no message.",
        "An effort above 0 changes what the code says at the least cost, whatever the weights: it "
        "stands once for each payload.",
        "PSNR and SSIM say what an eye would miss, not what a detector would: see the next "
        "sections.",
    ]
    return Section(
        "invisibility",
        "Invisibility",
        "Can the change be seen?",
        settings={"images": context.sizes.invisibility_images, "seed": context.seed},
        tables=tables,
        plots=plots,
        pictures=pictures,
        notes=notes,
    )


def _table(group: Group, found: dict[str, dict[str, Estimate]]) -> Table:
    rows: list[dict[str, Value]] = [
        {
            "method": name,
            "images": each["mse"].images,
            "mse": each["mse"],
            "psnr": each["psnr"],
            "ssim": each["ssim"],
            "changed": each["samples_changed"],
            "read": each.get("bits_read"),
        }
        for name, each in found.items()
    ]
    title = f"Distance of stego image and cover, {group.title}"
    note = "MSE in squared 8-bit steps, 0 to 65,025; a sample is one channel of a pixel."
    return Table(f"invisibility-{group.key}", title, COLUMNS, rows, "Fig. 5", note)


def _plot(group: Group, found: dict[str, dict[str, Estimate]]) -> Plot:
    series = []
    for name, each in found.items():
        changed, psnr = each["samples_changed"], each["psnr"]
        if math.isfinite(psnr.value) and changed.value > 0:
            ends = ([psnr.low], [psnr.high]) if math.isfinite(psnr.low) else ([], [])
            series.append(Series(name, [100 * changed.value], [psnr.value], *ends))
    return Plot(
        f"psnr-{group.key}",
        f"How much is changed, and how far, {group.title}",
        "samples changed, %",
        "PSNR, dB",
        series,
        "points",
        x_scale="log",
        paper="Fig. 5",
    )


def _pictures(
    context: Context, group: Group, name: str, covers: Tiles, stegos: Tiles
) -> list[Picture]:
    """Cover, stego image and difference: several of a scheme, one of any other method."""
    schemes = {model.name for model in context.models}
    count = context.sizes.pictures if name in schemes else 1
    return [
        Picture(
            f"{name}-{group.key}-{place}".replace(" ", "-"),
            f"{name}, {group.title}: cover, stego image, difference x {MAGNIFIED}",
            np.asarray(comparison(cover, stego, MAGNIFIED, scale=1)),
            "Table I" if group.channels == 3 else "Fig. 6",
        )
        for place, (cover, stego) in enumerate(zip(covers[:count], stegos[:count]), start=1)
    ]

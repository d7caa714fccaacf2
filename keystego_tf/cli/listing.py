"""The commands capacity and models: list what fits, and which models exist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .batch import is_jpeg
from .options import FILE
from .terminal import say

if TYPE_CHECKING:
    from ..bundles.catalogue import Model


@click.command()
@click.argument("image", type=FILE)
@click.option("--model", metavar="NAME|FOLDER", help="List this model alone, or syndrome.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def capacity(image: Path, model: str | None, as_json: bool) -> None:
    """Print how many bytes IMAGE can hold.

    The list has syndrome coding, the default of hide, then each model that carries bits of its own,
    then each destination of hide --for. For a destination, these are the bytes that surely fit;
    with less correction, hide takes a few more. Text is compressed first, so more of it fits.
    """
    from .. import codec
    from ..codec.selection import is_nets

    rows = codec.capacity(image, model)
    if as_json:
        found = [
            {"destination": row.destination, "embedder": row.embedder, "bytes": row.message}
            for row in rows
        ]
        say(json.dumps(found, indent=2))
        return
    lines = [["for", "embedder", "bytes"]]
    for row in rows:
        size = "none" if row.message is None else f"{row.message:,}"
        lines.append([row.destination, row.embedder, size])
    say(aligned(lines, left=2))
    if is_jpeg(image) and any(is_nets(row.embedder) for row in rows):
        rule = "with hide --scale 0.7, they write a PNG, which holds about half of their bytes"
        say(f"note: nets write no JPEG; {rule}", err=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the models' cards as JSON.")
def models(as_json: bool) -> None:
    """List syndrome coding and the models that come with the package.

    "Right key" and "wrong key" give the share of message bits that Bob reads correctly before error
    correction (50 % is chance). PSNR is measured on tiles full of message bits. The model's card
    says how both were measured (--json). Syndrome coding uses no nets and loses no bits; models of
    method costs choose where it changes an image.
    """
    from ..bundles.catalogue import bundled
    from ..embedders.syndrome.samples import SampleEmbedder

    found = bundled(pricing=True)
    if as_json:
        cards = [{"name": each.name, "bytes": _size(each), **each.card} for each in found]
        say(json.dumps([{"name": SampleEmbedder.name, "bytes": 0}, *cards], indent=2))
        return
    lines = [["model", "scheme", "photos", "bits/pixel", "right key", "wrong key", "PSNR", "size"]]
    lines.append([SampleEmbedder.name, "either", "all", *"-----"])
    for each in found:
        lines.append(
            [
                each.name,
                *_takes(each),
                f"{each.agents.bits_per_pixel:g}",
                _figure(each.card, "right_key", "%"),
                _figure(each.card, "wrong_key", "%"),
                _figure(each.card, "psnr", "dB"),
                f"{_size(each) / 1e6:.1f} MB",
            ]
        )
    say(aligned(lines, left=3))


def _takes(model: Model) -> tuple[str, str]:
    """Return the scheme and the photos that a model is for."""
    if model.prices:  # no keys of nets, and each channel is priced alone
        return "either", "all"
    return model.agents.scheme, "colour" if model.agents.channels == 3 else "gray"


def _figure(card: dict[str, Any], name: str, unit: str) -> str:
    try:
        value = card["figures"][name]["value"]
        # two digits: what 99.95 and 100 are to error correction differs much
        return f"{100 * value:.2f} %" if unit == "%" else f"{value:.1f} {unit}"
    except (KeyError, TypeError, ValueError):  # the card lacks this figure
        return "-"


def _size(model: Model) -> int:
    """Return the bytes of all files of a model."""
    return sum(path.stat().st_size for path in model.folder.iterdir() if path.is_file())


def aligned(lines: list[list[str]], left: int = 1) -> str:
    """Align columns of lines: the first ``left`` to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join(
        "  ".join(
            word.ljust(width) if index < left else word.rjust(width)
            for index, (word, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    )

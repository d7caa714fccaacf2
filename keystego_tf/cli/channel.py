"""The command channel measure: find what an app did to a photo."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import FILE
from .terminal import say

if TYPE_CHECKING:
    from ..channel.measure import Measured


@click.group()
def channel() -> None:
    """Find out what apps do to the photos that they send."""


@channel.command()
@click.argument("sent", type=FILE)
@click.argument("returned", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def measure(sent: Path, returned: Path, as_json: bool) -> None:
    """Compare the photo SENT with the file RETURNED that came out of an app.

    Prints size, sampling and quantisation tables: what an entry of channel/platforms.py needs. Send
    a large photo for the size rule, and one that has the size already for the rest.
    """
    from ..channel import measure as measuring
    from ..io.images import content_of

    found = measuring.measure(content_of(sent), content_of(returned))
    say(json.dumps(asdict(found), indent=2) if as_json else "\n".join(_lines(found)))


def _lines(found: Measured) -> list[str]:
    if found.same_file:
        return ["the file came back byte for byte: hide for a file that arrives as it is"]
    (width, height), (new_width, new_height) = found.sent, found.returned
    size = f"size: {width} x {height} came back as {new_width} x {new_height} pixels"
    if found.cropped:
        size += ", cropped"
    if found.psnr is not None:
        size += f", {found.psnr:.1f} dB from what was sent"
    quality = "none of libjpeg's" if found.quality is None else str(found.quality)
    kind = "progressive" if found.progressive else "baseline"
    return [
        size,
        f"coding: {kind}, {found.sampling}, quality: {quality}",
        f"known platforms with this luma table: {', '.join(found.alike) or 'none'}",
        *_table("luma", found.luma),
        *_table("chroma", found.chroma),
    ]


def _table(name: str, rows: list[list[int]]) -> list[str]:
    return [f"{name}:", *(" ".join(f"{step:4d}" for step in row) for row in rows)] if rows else []

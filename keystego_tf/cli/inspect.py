"""The command inspect: run simple tests on an image before it is sent."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .listing import aligned
from .options import FILE, receivers_key
from .terminal import say

if TYPE_CHECKING:
    from ..payload.keys import PublicKey
    from ..steganalysis.simple.inspection import Findings


@click.command()
@click.argument("image", type=FILE)
@click.option("--key", type=FILE, help="Add what someone with this public key can test (NAME.pub).")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def inspect(image: Path, key: Path | None, as_json: bool) -> None:
    """Run simple tests on IMAGE that any stranger could run, without the key and without training.

    A higher score suggests hidden bits. What counts as high differs from test to test and from
    photo to photo, so compare with other photos of the same camera. A dash means that a test does
    not apply to this image or needs the extra "evaluation". --key adds what a holder of the public
    key can test: x25519 counts, from 0 to 3, what speaks for a key in the open; random bytes score
    3 in one image of 32.
    """
    from ..io.images import content_of
    from ..steganalysis.simple import DETECTORS
    from ..steganalysis.simple.inspection import inspect as run

    content = content_of(image)
    found = run(content)
    if key is not None:
        shared = "to those who do not have it, it tells nothing"
        add_openings(found, content, receivers_key(key, shared))
    if as_json:
        say(json.dumps(asdict(found), indent=2))
        return
    about = {each.name: each.about for each in DETECTORS}
    lines = [
        [name, "-" if score is None else f"{score:.4g}", about[name]]
        for name, score in found.scores.items()
    ]
    width = max(len(line[1]) for line in lines)
    say(aligned([[a, b.rjust(width), c] for a, b, c in lines], left=3))
    for note in found.notes:
        say(f"note: {note}")
    say("Compare with other photos of the same camera.")


def add_openings(found: Findings, content: bytes, key: PublicKey) -> None:
    """Add scores and notes of possible openings of messages to a public key."""
    from .. import codec
    from ..steganalysis.simple import curve

    for name, opening in codec.openings(content, key):
        if name.startswith("syndrome"):
            found.scores["x25519"] = curve.score(opening)
        else:
            found.notes.append(f"{name} reads the opening of a message to this key")

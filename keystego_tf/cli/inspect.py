"""The command inspect: what tests of a few lines see in an image, before it is sent."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from .listing import aligned
from .options import FILE
from .terminal import say


@click.command()
@click.argument("image", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def inspect(image: Path, as_json: bool) -> None:
    """Print what simple tests see in IMAGE, without key or training.

    A stranger can run each of them. A higher score speaks for hidden bits, but what is high differs
    from test to test and from photo to photo: compare with other photos of the same camera. A dash:
    the test has nothing to say of this image, or needs the extra "evaluation".
    """
    from ..io.images import content_of
    from ..steganalysis.simple import DETECTORS
    from ..steganalysis.simple.inspection import inspect as run

    found = run(content_of(image))
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

"""Test the big promises on many real photos: a hidden message is revealed exactly, and only then.

    python tools/campaign.py --photos PHOTOS --round-trips 1000 --jpeg-trips 1000
        --wrong 10000 --fuzz 2000 --kill 100 [--seed 0] [--out FILE]

The syndrome embedder and every model of the package take part. --model, which may be given more
than once, takes other bundles instead of these models.

Covers, messages and damage follow from the seed; keys and openings are random. The summary is
printed as JSON on standard output. The exit code is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from campaign_covers import photos_in
from campaign_fuzz import fuzz
from campaign_kill import kill
from campaign_round_trips import round_trips
from campaign_setting import Setting
from campaign_wrong import wrong
from tqdm import tqdm

from keystego_tf.bundles.catalogue import bundled

PARTS = {
    "round_trips": (round_trips, "images that are hidden in and revealed by fresh processes"),
    "jpeg_trips": (partial(round_trips, jpeg=True), "the same with JPEG files"),
    "wrong": (wrong, "reveals with wrong keys, or of damaged and innocent images"),
    "fuzz": (fuzz, "mutated images, keys and bundles"),
    "kill": (kill, "kill -9 while a process hides"),
}


def run(part: str, count: int, photos: list[Path], models: list[str], seed: int) -> dict[str, Any]:
    """Run one part of the campaign in a folder of its own that is deleted afterwards."""
    rng = np.random.default_rng([seed, [*PARTS].index(part)])
    start = time.monotonic()
    bar = tqdm(total=count, desc=part, file=sys.stderr, mininterval=5)
    with bar, tempfile.TemporaryDirectory() as folder:
        setting = Setting(photos, models, Path(folder), rng, bar.update)
        found = PARTS[part][0](count, setting)
    return {**found, "seconds": round(time.monotonic() - start)}


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos")
    for name, (_, what) in PARTS.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=int, default=0, metavar="N", help=what
        )
    parser.add_argument("--model", action="append", metavar="FOLDER", help="bundle; repeatable")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file for the summary, besides standard output")
    options = parser.parse_args(words)
    photos = photos_in(options.photos)
    models = options.model or [model.name for model in bundled()]
    summary: dict[str, Any] = {"seed": options.seed, "python": platform.python_version()}
    failed = False
    for name in PARTS:
        count = getattr(options, name)
        if count:
            summary[name] = run(name, count, photos, models, options.seed)
            failed = failed or bool(summary[name]["failed"])
            if options.out is not None:
                options.out.write_text(json.dumps(summary, indent=2) + "\n")
    print(json.dumps(summary, indent=2))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

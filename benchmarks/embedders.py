"""What each embedder changes and takes: a full message in a tile, at the same payloads.

The syndrome embedder's code in colour and gray at 0.0625 and 0.5 bits per pixel, and every bundled
model at its own. Time is that of embedding one tile, median, in this process.

    python benchmarks/embedders.py [PHOTOS] [--images 100] [--out benchmarks/results/embedders.json]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from _photos import add_options, tiles
from tqdm import tqdm

from keystego_tf.baselines.method import Readable
from keystego_tf.baselines.nets import Net
from keystego_tf.baselines.syndrome import Syndrome
from keystego_tf.bundles.catalogue import bundled
from keystego_tf.metrics.figures import invisibility


def measure(method: Readable, covers: list[Any], channels: int) -> dict[str, Any]:
    own = [np.ascontiguousarray(cover[..., :channels]) for cover in covers]
    stegos, seconds, right = [], [], []
    for number, cover in enumerate(tqdm(own, desc=method.name, leave=False)):
        start = time.perf_counter()
        stegos.append(method.embed(cover, np.random.default_rng(number)))
        seconds.append(time.perf_counter() - start)
        right.append(method.bits_read(stegos[-1], np.random.default_rng(number)))
    figures = invisibility(np.stack(own), np.stack(stegos))
    return {
        "name": method.name,
        "bits_per_pixel": method.bits_per_pixel,
        "channels": channels,
        "tiles": len(own),
        "samples_changed": figures["samples_changed"].value,
        "psnr": figures["psnr"].value,
        "bits_right": float(np.mean(right)),
        "milliseconds_a_tile": 1000 * float(np.median(seconds)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, images=100)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    covers = tiles(options)
    methods: list[tuple[Readable, int]] = [
        (Syndrome(rate), channels) for channels in (3, 1) for rate in (0.0625, 0.5)
    ]
    methods += [(Net(model), model.agents.channels) for model in bundled()]
    rows = [measure(method, covers, channels) for method, channels in methods]
    for row in rows:
        print(json.dumps(row))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

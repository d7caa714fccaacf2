"""Can someone with the models, but without the key, detect a stego image by Bob's certainty?

Bob reads each cover and its stego image, a tile with a full message, under a random key. The
statistic is his mean certainty (absolute logit). The area under the ROC curve is 0.5 where it tells
nothing and 1 where it tells everything.

    python benchmarks/presence.py [PHOTOS] [--images 100] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from _photos import add_options, tiles

from keystego_tf.bundles.catalogue import Model, bundled
from keystego_tf.bundles.runner import LiteRunner


def certainty(runner: LiteRunner, tile: Any, key: Any) -> float:
    inside = np.clip(runner.read(tile, key, runner.mask(key)).astype(float), 1e-12, 1 - 1e-12)
    return float(np.abs(np.log(inside / (1 - inside))).mean())


def measure(model: Model, tiles: list[Any]) -> dict[str, Any]:
    runner, rng = LiteRunner(model), np.random.default_rng(0)
    key_bits, message_bits = (int(np.prod(s)) for s in (runner.key_shape, runner.message_shape))
    found: dict[str, list[float]] = {"stego": [], "cover": []}
    for colour in tiles:
        tile = np.ascontiguousarray(colour[..., : model.agents.channels])
        message, key, wrong = (
            rng.integers(0, 2, bits, dtype=np.uint8) for bits in (message_bits, key_bits, key_bits)
        )
        stego = runner.hide(tile, message, runner.mask(key))
        found["stego"].append(certainty(runner, stego, wrong))
        found["cover"].append(certainty(runner, tile, wrong))
    stego_values, cover_values = np.array(found["stego"]), np.array(found["cover"])
    difference = stego_values[:, None] - cover_values[None]
    return {
        "model": model.name,
        "images": len(tiles),
        "mean_certainty_stego": float(stego_values.mean()),
        "mean_certainty_cover": float(cover_values.mean()),
        "auc": float(np.mean(difference > 0) + np.mean(difference == 0) / 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, images=100)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    covers = tiles(options)
    rows = [measure(model, covers) for model in bundled()]
    for row in rows:
        print(json.dumps(row))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

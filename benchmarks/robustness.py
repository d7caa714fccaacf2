"""Measure how much damage a message survives, though no format promises any.

Samples of a stego image change by one step, either anywhere or throughout a spot. Then the receiver
reads it.

    python benchmarks/robustness.py [PHOTOS] [--images 40] [--model NAME_OR_FOLDER] [--out FILE]
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from _photos import add_options, tiles
from PIL import Image
from tqdm import tqdm

from keystego_tf import DoesNotFit, NothingThere, SharedKey, hide, reveal
from keystego_tf.bundles.catalogue import TILE, bundled

MESSAGE = b"Noon"  # which fits into a tile of every model

#: Numbers of samples changed anywhere in a tile, and sides of the spots in pixels.
SAMPLES, SPOTS = (1, 2, 4, 16, 64), (2, 4, 8, 16)


def damaged(tile: Any, kind: str, size: int, rng: np.random.Generator) -> Any:
    """Return the tile with samples one step off, up or down at random."""
    chosen = np.zeros(tile.shape, bool)
    if kind == "samples":
        chosen.reshape(-1)[rng.choice(chosen.size, size, replace=False)] = True
    else:
        top, left = rng.integers(TILE - size + 1, size=2)
        chosen[top : top + size, left : left + size] = True
    steps = np.where(tile == 0, 1, np.where(tile == 255, -1, rng.choice((-1, 1), tile.shape)))
    return (tile + chosen * steps).astype(np.uint8)


def survives(tile: Any, key: SharedKey, model: str) -> bool:
    file = io.BytesIO()
    Image.fromarray(tile).save(file, "PNG")
    try:
        return reveal(file.getvalue(), key=key, model=model) == MESSAGE
    except NothingThere:
        return False


def measure(model: str, tiles: list[Any]) -> list[dict[str, Any]]:
    rng, key = np.random.default_rng(0), SharedKey.generate()
    damage = [("samples", size) for size in SAMPLES] + [("spot", size) for size in SPOTS]
    lived: dict[tuple[str, int], list[bool]] = {each: [] for each in damage}
    for tile in tqdm(tiles, desc=model, leave=False):
        try:
            hidden = hide(Image.fromarray(tile), MESSAGE, key=key, model=model, anyway=True)
        except DoesNotFit:
            continue
        stego = np.asarray(Image.open(io.BytesIO(hidden.file)))
        for kind, size in damage:
            lived[kind, size].append(survives(damaged(stego, kind, size, rng), key, model))
    return [
        {
            "embedder": Path(model).name,
            "damage": kind,
            "size": size,
            "images": len(found),
            "share_read": float(np.mean(found)),
        }
        for (kind, size), found in lived.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, images=40)
    parser.add_argument("--model", action="append", help="name or folder, by default all")
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    covers = tiles(options)
    agents = {model.name: model.agents for model in bundled()}
    fitting = [n for n, own in agents.items() if not own.asymmetric and own.channels == 3]
    rows = []
    for name in options.model or ["syndrome", *fitting]:
        rows += measure(name, covers)
        for row in rows[-len(SAMPLES) - len(SPOTS) :]:
            print(json.dumps(row), flush=True)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""What each effort of hiding takes and gives: time a tile, samples changed, PSNR, bits right.

Every tile gets a full message; it is written as a PNG and read again before Bob reads it, with the
secret key.

    python benchmarks/efforts.py [PHOTOS] [--images 100] [--free SHARE] [--out FILE]
"""

from __future__ import annotations

import argparse
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from _photos import add_options, tiles
from PIL import Image
from tqdm import tqdm

from keystego_tf.bundles.catalogue import Model, bundled, find_model
from keystego_tf.bundles.runner import LiteRunner
from keystego_tf.codec.embedding import EFFORTS, effort_for, embed_tile


def through_png(tile: Any) -> Any:
    file = io.BytesIO()
    Image.fromarray(tile if tile.shape[-1] == 3 else tile[..., 0]).save(file, "PNG")
    return np.asarray(Image.open(file)).reshape(tile.shape)


def measure(model: Model, tiles: list[Any], effort: int, free: float) -> dict[str, Any]:
    runner, rng = LiteRunner(model), np.random.default_rng(0)
    key_bits, message_bits = (int(np.prod(s)) for s in (runner.key_shape, runner.message_shape))
    seconds, changed, squares, right = [], [], [], []
    for rgb in tqdm(tiles, desc=f"{model.name}, effort {effort}", leave=False):
        tile = np.ascontiguousarray(rgb[..., : model.agents.channels])
        message, key = (rng.integers(0, 2, n, dtype=np.uint8) for n in (message_bits, key_bits))
        mask = runner.mask(key)
        needed = rng.random(message_bits) >= free
        start = time.perf_counter()
        stego = embed_tile(runner, tile, message, mask, effort, needed, rng)
        seconds.append(time.perf_counter() - start)
        difference = stego.astype(int) - tile
        changed.append(np.mean(difference != 0))
        squares.append(np.mean(difference**2))
        read = runner.read(through_png(stego), key, mask) > 0.5
        right.append(np.mean((read == message)[needed]))
    return {
        "model": model.name,
        "effort": effort,
        "free": free,
        "tiles": len(tiles),
        "seconds_a_tile_median": float(np.median(seconds)),
        "seconds_a_tile_longest": float(np.max(seconds)),
        "samples_changed": float(np.mean(changed)),
        "psnr_mean": float(np.mean(10 * np.log10(255**2 / np.array(squares)))),
        "bits_right": float(np.mean(right)),
        "tiles_without_error": float(np.mean(np.array(right) == 1)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser, images=100)
    parser.add_argument("--model", action="append", help="name or folder, by default all bundled")
    parser.add_argument(
        "--free",
        type=float,
        default=0.0,
        help="share of the bits, of 1, that may become anything, as if left to error correction",
    )
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    covers = tiles(options)
    models = [find_model(name) for name in options.model] if options.model else bundled()
    rows = []
    for model in models:
        for effort in EFFORTS if effort_for(model.agents, None) else (0,):
            rows.append(measure(model, covers, effort, options.free))
            print(json.dumps(rows[-1]), flush=True)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Compare the syndrome embedder with an optimal code's simulator, at equal costs and payload.

    python benchmarks/syndrome.py [PHOTOS] --images 24 > benchmarks/results/syndrome.json

Costs are HILL's; a row's cost is the sum over the samples that it changed. "bound" is the expected
cost of the ternary Gibbs distribution over all samples of a tile; no code has a lower mean cost.
"binary bound" is the same for codes that use the samples' parity. conseal simulates optimal coding;
in colour once over all samples, and once with the payload split evenly over channels. Samples are
handed to the embedder in random order, as in the format.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from typing import Any

import numpy as np
from _machine import describe
from _photos import add_options, tiles
from tqdm import tqdm

from keystego_tf.baselines.adaptive import Adaptive
from keystego_tf.embedders.syndrome.code import extract
from keystego_tf.embedders.syndrome.costs import hill
from keystego_tf.embedders.syndrome.search import embed

#: Channels and bits per pixel, by the name of the row.
PAYLOADS = {"colour 0.0625": (3, 0.0625), "colour 0.5": (3, 0.5), "gray 0.5": (1, 0.5)}


def bound(cost: Any, bits: int, ways: int) -> float:
    """Return the expected cost of the Gibbs distribution with an entropy of ``bits``.

    ways: number of ways to change a sample, 2 for ternary, 1 for binary.
    """
    low, high = 0.0, 1e6 / float(np.median(cost))
    for _ in range(80):
        price = (low + high) / 2
        weights = ways * np.exp(-np.minimum(price * cost, 700))
        share = weights / (1 + weights)
        entropy = (np.log1p(weights) + price * cost * share).sum() / np.log(2)
        low, high = (price, high) if entropy > bits else (low, price)
    return float((cost * share).sum())


def simulated(tile: Any, cost: Any, bits: int, seed: int) -> Any:
    """Return the stego image of conseal's ternary simulator over all samples at once."""
    from conseal.simulate import ternary

    cost = cost.astype(np.float64)
    up, down = np.where(tile == 255, 1e10, cost), np.where(tile == 0, 1e10, cost)
    return tile + ternary(rhos=(up, down), alpha=bits / tile.size, n=tile.size, seed=seed)


def embedded(tile: Any, cost: Any, bits: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Return the stego image of the syndrome embedder, and seconds: wall, processor."""
    order = rng.permutation(tile.size)
    values, costs = tile.reshape(-1)[order], cost.reshape(-1)[order]
    began = time.perf_counter(), time.process_time()
    stego = embed(values, costs, bits, rng=rng)
    took = time.perf_counter() - began[0], time.process_time() - began[1]
    if not np.array_equal(extract(stego, bits.size), bits):
        raise SystemExit("bits did not come back")
    result = np.empty_like(values)
    result[order] = stego
    return result.reshape(tile.shape), took


def prepared(name: str, cover: Any) -> tuple[Any, int]:
    """Return a payload's tile of a cover, and its number of bits."""
    channels, bpp = PAYLOADS[name]
    tile = cover if channels == 3 else cover.mean(axis=-1, keepdims=True).round().astype("u1")
    return tile, round(bpp * tile.shape[0] * tile.shape[1])


def embed_one(given: tuple[str, Any]) -> None:
    """Embed in one tile, in a process of a pool."""
    tile, count = prepared(*given)
    rng = np.random.default_rng(0)
    embedded(tile, hill(tile), rng.integers(0, 2, count, dtype=np.uint8), rng)


def side_by_side(name: str, covers: list[Any]) -> float:
    """Return the seconds per tile with one process a core, each embedding in its own tiles."""
    cores = len(os.sched_getaffinity(0))
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        pool.map(embed_one, [(name, covers[0])] * 2 * cores, chunksize=2)  # imports and tables
        start = time.perf_counter()
        pool.map(embed_one, [(name, cover) for cover in covers], chunksize=1)
        return round((time.perf_counter() - start) / len(covers), 4)


def measure(name: str, covers: list[Any]) -> dict[str, Any]:
    """Measure one payload, as means over the tiles."""
    bpp = PAYLOADS[name][1]
    rows: dict[str, list[list[float]]] = {}
    seconds = []
    for number, cover in enumerate(tqdm(covers, desc=name, leave=False)):
        tile, count = prepared(name, cover)
        cost, rng = hill(tile), np.random.default_rng(number)
        stego, took = embedded(tile, cost, rng.integers(0, 2, count, dtype=np.uint8), rng)
        seconds.append(took)
        lowest = bound(cost.astype(np.float64), count, 2)
        images = {
            "embedder": stego,
            "simulator, all samples": simulated(tile, cost, count, number),
            "simulator, channels apart": Adaptive("hill", bpp).embed(tile, rng),
        }
        for key, image in images.items():
            change = image.astype(int) - tile
            spent = float(cost[change != 0].sum())
            psnr = 10 * np.log10(255**2 / np.mean(change**2))
            rows.setdefault(key, []).append([spent / lowest, (change != 0).mean() * 100, psnr])
        rows.setdefault("binary bound", []).append(
            [bound(cost.astype(np.float64), count, 1) / lowest, np.nan, np.nan]
        )
    table = {key: summary(np.array(row)) for key, row in rows.items()}
    mine = np.array(rows["embedder"])[:, 0]
    for key in [*images]:
        table[key]["embedder's cost over this, mean"] = round(
            float(np.mean(mine / np.array(rows[key])[:, 0])), 4
        )
    return {
        "bits": count,
        "samples": tile.size,
        "rows": table,
        "seconds a tile, wall and processor, median": np.median(seconds, axis=0).round(4).tolist(),
        "seconds a tile, wall and processor, least": np.min(seconds, axis=0).round(4).tolist(),
        "seconds a tile, a process a core": side_by_side(name, covers),
    }


def summary(row: Any) -> dict[str, Any]:
    """Return means: cost over the bound, share of samples changed in percent, PSNR in dB."""
    cost, share, psnr = row.mean(axis=0)
    result = {"cost over bound": round(cost, 4), "greatest": round(row[:, 0].max(), 4)}
    if np.isfinite(share):
        result |= {"samples changed, %": round(share, 4), "PSNR, dB": round(psnr, 2)}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser, images=24)
    options = parser.parse_args()
    covers = tiles(options)
    embedded(covers[0], hill(covers[0]), np.zeros(64, np.uint8), np.random.default_rng(0))
    result = {**describe(), "tiles": len(covers), "by": {n: measure(n, covers) for n in PAYLOADS}}
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()

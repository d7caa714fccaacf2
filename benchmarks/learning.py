"""Measure what the nets learn, and beside each figure what nothing learned would give.

    python benchmarks/learning.py TRAIN TEST --out benchmarks/results/learning.json

TRAIN and TEST are folders of photos. There are four parts:

- steps: bits read and PSNR after 1, 300 and 2,000 steps of the default training, on unseen photos;
- foreign: the number of a shipped bundle's messages that a bundle of one step reveals, and that the
  shipped bundle itself reveals;
- weight: PSNR of short trainings of three seeds, and of the same with three times the image weight;
- texture: the correlation of the size of a change with the photo's own local deviation, and with
  another photo's.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from numpy.typing import NDArray

import keystego_tf
from keystego_tf.bundles.catalogue import TILE, find_model
from keystego_tf.bundles.runner import lite_runner
from keystego_tf.data.batches import evaluation_tiles
from keystego_tf.data.covers import FolderCovers
from keystego_tf.methods import run_config
from keystego_tf.payload.frame import NothingThere
from keystego_tf.training.run import BUNDLE, Trained, train

#: Steps of three trainings; the default has 6,000.
STEPS = (1, 300, 2000)
#: Steps of a training of part weight, its seeds and weights. So small a weight is reached soon;
#: from about 20 on, the message goal holds it back and the seed decides.
SHORT, SEEDS, WEIGHTS = 600, (1, 2, 3), (0.3, 0.9)


def trained(folder: Path, data: argparse.Namespace, **values: Any) -> Trained:
    """Train the default method on the photos."""
    folders = {"data": str(data.train), "test_data": str(data.test)}
    run = run_config(**folders, **values, evaluation_images=data.images, patience=0)
    result = train(run, folder, quiet=True)
    assert result is not None
    return result


def figures(result: Trained) -> dict[str, float]:
    return {name: result.figures[name].value for name in ("right_key", "wrong_key", "psnr")}


def by_steps(work: Path, data: argparse.Namespace) -> dict[int, dict[str, float]]:
    return {steps: figures(trained(work / f"steps-{steps}", data, steps=steps)) for steps in STEPS}


def foreign(work: Path, data: argparse.Namespace) -> dict[str, int]:
    """Count the messages revealed of those that the shipped bundle hid."""
    trained(work / "one-step", data, steps=1)
    key, message = keystego_tf.SharedKey.generate(), b"Meet me at noon"
    counts = {"hidden": 0, "shipped bundle": 0, "bundle of one step": 0}
    for tile in tiles(data):
        stego = keystego_tf.hide(picture(tile), message, key=key, model=data.model)
        counts["hidden"] += 1
        one_step = str(work / "one-step" / BUNDLE)
        for name, model in (("shipped bundle", data.model), ("bundle of one step", one_step)):
            try:
                keystego_tf.reveal(stego.file, key=key, model=model)
                counts[name] += 1
            except NothingThere:
                pass
    return counts


def by_weight(work: Path, data: argparse.Namespace) -> dict[str, dict[int, float]]:
    """Return PSNR by image weight and seed."""
    found: dict[str, dict[int, float]] = {}
    for weight in WEIGHTS:
        for seed in SEEDS:
            folder = work / f"weight-{weight:g}-{seed}"
            goal = {"message_goal": 0.05, "initial_message_goal": 0.05, "seed": seed}
            result = trained(folder, data, steps=SHORT, image_weight=weight, **goal)
            found.setdefault(f"{weight:g}", {})[seed] = figures(result)["psnr"]
    return found


def texture(data: argparse.Namespace) -> dict[str, float]:
    """Correlate |change| with local deviation, own and another photo's; means over photos."""
    covers = list(tiles(data))
    runner = lite_runner(find_model(data.model))
    rng = np.random.default_rng(0)
    rows, columns = runner.message_shape
    changes = []
    for cover in covers:
        message = rng.integers(0, 2, rows * columns).astype(np.uint8)
        key = rng.integers(0, 2, runner.key_shape[0] * runner.key_shape[1]).astype(np.uint8)
        stego = runner.hide(cover, message, key)
        changes.append(blurred(np.abs(stego.astype(float) - cover).mean(axis=-1)))
    deviations = [deviation(cover.astype(float).mean(axis=-1)) for cover in covers]
    pairs = range(len(covers))
    own = [correlation(changes[each], deviations[each]) for each in pairs]
    other = [correlation(changes[each], deviations[each - 1]) for each in pairs]
    return {"own photo": float(np.mean(own)), "another photo": float(np.mean(other))}


def tiles(data: argparse.Namespace) -> Iterator[NDArray[np.uint8]]:
    return evaluation_tiles(FolderCovers(data.test, 3, TILE), TILE, data.images)


def picture(tile: NDArray[np.uint8]) -> Any:
    from PIL import Image

    return Image.fromarray(tile)


def blurred(x: NDArray[np.float64], side: int = 7) -> NDArray[np.float64]:
    """Return means over side x side pixels, where they all fit."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (side, side))
    return windows.mean(axis=(-1, -2))


def deviation(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt(np.maximum(blurred(x * x) - blurred(x) ** 2, 0))


def correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--images", type=int, default=50)
    parser.add_argument("--model", default="keyed-symmetric-0.0625", help="shipped bundle")
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    data = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        results = {
            "texture": texture(data),
            "foreign": foreign(work, data),
            "weight": by_weight(work, data),
            "steps": by_steps(work, data),
        }
    text = json.dumps({**describe(), **results}, indent=2) + "\n"
    print(text)
    if data.out:
        data.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

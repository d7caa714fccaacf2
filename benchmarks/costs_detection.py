"""Test whether attackers find learned costs (method costs) less often than hand-made ones.

First split photos between Alice and the attackers. JPEG photos are scaled to 0.8 of their size, or
to several sizes, so that nothing tells that they were JPEGs. They are cut to 320 x 240 or 240 x
320, and gray:

    python benchmarks/costs_detection.py split PHOTOS [PHOTOS ...] --out FOLDER [--alice 350]
        [--scales 0.8 0.64]
    keystego-tf train FOLDER/alice --method costs --channels 1 --bpp 0.4 --out runs/costs

All photos serve when a second net learns from the attackers' half and hides in the first net's.

Then hide in the attackers' photos by simulators of optimal coding, and let attackers learn to tell
the images from their covers: SRMQ1 with the FLD ensemble, and the convolutional net
(_costs_net.py). They are retrained on each method, and they run over folds by photo. Intervals
count photos. HILL's costs are measured, too, and beside them S-UNIWARD, a control, which carries
1.3 times the payload under HILL's costs, and SRMQ1's sham, which is HILL against itself.

    python benchmarks/costs_detection.py measure --hide FOLDER/attackers MODEL [MODEL ...]
        [--hide FOLDER/alice OTHER_MODEL [OTHER_MODEL ...]] --work FOLDER [--payload 0.4]
        [--beside s-uniward control sham] [--attackers srmq1 net]
        [--out benchmarks/results/costs_detection.json]

For the curve over a training, copy the run's checkpoints while they are written, as a run keeps
only the last two. Make bundles of the copies, and measure them like other models:

    python benchmarks/costs_detection.py bundles RUN COPIES --out FOLDER

``--hide`` names photos and the models that hide in them, which never saw them. The attackers learn
from all of them together. Rows are named after the first models.

``--work`` keeps images, features and scores, so that an interrupted run can go on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Callable, NamedTuple

import numpy as np
from _costs_net import LARGE, Price, by_net, change_maps
from _machine import describe
from PIL import Image
from syndrome import simulated
from syndrome_detection import FOLDS, by_features, kept, summary, write
from tqdm import tqdm

from keystego_tf.backend import tf
from keystego_tf.baselines.adaptive import Adaptive
from keystego_tf.bundles.bundles import save_bundle
from keystego_tf.bundles.catalogue import TILE, open_model
from keystego_tf.bundles.runner import lite_runner
from keystego_tf.data.folder import FolderCovers
from keystego_tf.embedders.syndrome import costs
from keystego_tf.embedders.syndrome.learned import LearnedCosts
from keystego_tf.io.extras import extra_package
from keystego_tf.methods import build, load_run

SIDES = 240, 320
HILL, UNIWARD = "HILL, simulator", "S-UNIWARD"
CONTROL, SHAM = "HILL, 1.3 times the payload", "sham"

#: Stego image of a cover, under a seed.
Hide = Callable[[Any, int], Any]


def split(options: argparse.Namespace) -> None:
    paths = sorted(path for folder in options.photos for path in folder.iterdir())
    order = np.random.default_rng(0).permutation(len(paths))
    for part in ("alice", "attackers"):
        (options.out / part).mkdir(parents=True)
    for place, number in enumerate(tqdm(order)):
        part = options.out / ("alice" if place < options.alice else "attackers")
        for scale in options.scales:
            with Image.open(paths[number]) as photo:
                size = [round(scale * side) for side in photo.size]
                gray = photo.convert("RGB").resize(size, Image.Resampling.LANCZOS).convert("L")
            sides = SIDES[:: 1 if gray.height < gray.width else -1]
            top, left = ((have - side) // 2 for have, side in zip(gray.size[::-1], sides))
            if min(top, left) >= 0:
                box = (left, top, left + sides[1], top + sides[0])
                gray.crop(box).save(part / f"{paths[number].stem}-{scale:g}.png")


def bundles(options: argparse.Namespace) -> None:
    config = load_run(options.run_folder / "config.json")
    for index in sorted(options.checkpoints.glob("ckpt-*.index")):
        agents, steps = build(config), index.stem.partition("-")[2]
        state = tf.train.Checkpoint(alice=agents.alice)
        state.restore(str(index.with_suffix(""))).expect_partial()
        card = {"method": config.method, "steps": int(steps), "figures": {}}
        save_bundle(options.out / f"step-{steps}", agents, config, card)


def prices(models: list[str], names: list[str], beside: list[str]) -> dict[str, Sequence[Any]]:
    """Return the costs of each method, and how many times the payload it carries."""
    learned = [LearnedCosts(lite_runner(open_model(Path(each))).price, TILE) for each in models]
    return {
        HILL: (costs.of_samples, 1.0),
        **{name: (price, 1.0) for name, price in zip(names, learned)},
        **{name: own for key, (name, *own) in BESIDE.items() if key in beside},
    }


def uniward(cover: Any) -> Any:
    up, down = extra_package("conseal").suniward.compute_cost_adjusted(cover[..., 0])
    return np.minimum(up, down)[..., None]


#: What can be measured beside HILL and the models.
BESIDE = {
    "s-uniward": (UNIWARD, uniward, 1.0),
    "control": (CONTROL, costs.of_samples, 1.3),
    "sham": (SHAM, costs.of_samples, 1.0),
}


def by_costs(price: Price, payload: float) -> Hide:
    def hide(cover: Any, seed: int) -> Any:
        return simulated(cover, price(cover), round(payload * cover.size), seed)

    return hide


def by_baseline(name: str, payload: float) -> Hide:
    return lambda cover, seed: Adaptive(name, payload).embed(cover, np.random.default_rng(seed))


class Part(NamedTuple):
    """A folder's photos' names and covers; images, features and change maps of each method."""

    labels: list[str]
    covers: Any
    images: dict[str, Any]
    features: dict[str, Any]
    maps: dict[str, Any]


def prepared(
    folder: Path, models: list[str], names: list[str], options: argparse.Namespace
) -> Part:
    """Hide in a folder's photos, and extract features, as far as the attackers need it."""
    work = options.work / f"{folder.parent.name}-{folder.name}"
    work.mkdir(parents=True, exist_ok=True)
    source = FolderCovers(folder, 1, SIDES[0])
    numbers = range(min(len(source), options.images))
    upright = [source.image(number) for number in numbers]
    # one shape for all; features do not mind, as they are the same for a turned image
    covers = np.stack(
        [each if each.shape[0] < each.shape[1] else np.rot90(each) for each in upright]
    )
    labels = [Path(source.label(number)).stem.rpartition("-")[0] for number in numbers]
    images: dict[str, Any] = {}
    rows: dict[str, Any] = {}
    maps: dict[str, Any] = {}
    priced = prices(models, names, options.beside)
    if "srmq1" in options.attackers:
        for name, (price, times) in priced.items():
            hide = by_costs(price, times * options.payload)
            if name == UNIWARD:
                hide = by_baseline("s-uniward", options.payload)
            images[name] = kept(work / f"stego-{name}.npy", partial(_all, hide, covers, name))
        for name, each in {"covers": covers, **images}.items():
            rows[name] = kept(work / f"srmq1-{name}.npy", partial(_features, each, name))
    if "net" in options.attackers:
        for name, (price, times) in priced.items():
            if name == SHAM:
                continue
            make = partial(change_maps, covers, price, [LARGE, times * options.payload], name)
            maps[name] = kept(work / f"changes-{name}.npy", make)
    return Part(labels, covers, images, rows, maps)


def measure(options: argparse.Namespace) -> None:
    names = [open_model(Path(each)).name for each in options.hide[0][1:]]
    parts = [prepared(Path(folder), models, names, options) for folder, *models in options.hide]
    labels = [label for part in parts for label in part.labels]
    covers = np.concatenate([part.covers for part in parts])

    def together(several: list[dict[str, Any]], axis: int = 0) -> dict[str, Any]:
        return {name: np.concatenate([one[name] for one in several], axis) for name in several[0]}

    images = together([part.images for part in parts])
    rows = together([part.features for part in parts])
    maps = together([part.maps for part in parts], axis=1)
    photos = np.unique(labels, return_inverse=True)[1]
    result: dict[str, Any] = {
        **describe(),
        "covers": len(covers),
        "photos": len(set(labels)),
        "payload, bits per pixel": options.payload,
        "folds": FOLDS,
    }
    if "srmq1" in options.attackers:
        result["samples changed, %"] = {
            name: round(100 * float((stego != covers).mean()), 3) for name, stego in images.items()
        }
        found = {
            name: by_features(rows["covers"], rows[name], photos) for name in images if name != SHAM
        }
        if SHAM in images:
            found[SHAM] = by_features(rows[HILL], rows[SHAM], photos)
        result["SRMQ1, FLD ensemble"] = summary(found, names[0])
        write(result, options.out)
    if "net" in options.attackers:
        nets = {
            name: by_net(covers, maps[name], photos, options.work, name, options.net_steps)
            for name in maps
        }
        result["steps of the net"] = options.net_steps
        result["convolutional net"] = summary(nets, names[0])
        write(result, options.out)


def _all(hide: Hide, covers: Any, name: str) -> Any:
    shown = enumerate(tqdm(covers, desc=name, leave=False))
    found = [hide(cover, 2 * number + (name == SHAM)) for number, cover in shown]
    return np.stack(found).astype(np.uint8)


def _features(images: Any, name: str) -> Any:
    from keystego_tf.steganalysis import features

    return features.extract(tqdm(images, desc=f"SRMQ1 of {name}", leave=False), "srmq1")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(required=True)
    part = commands.add_parser("split", help="prepare photos for Alice and for attackers")
    part.add_argument("photos", nargs="+", type=Path)
    part.add_argument("--out", required=True, type=Path)
    part.add_argument("--alice", type=int, default=350, help="photos that Alice learns from")
    part.add_argument("--scales", nargs="+", type=float, default=[0.8], help="of each photo")
    part.set_defaults(run=split)
    part = commands.add_parser("bundles", help="make bundles of a run's checkpoints")
    part.add_argument("run_folder", type=Path)
    part.add_argument("checkpoints", type=Path)
    part.add_argument("--out", required=True, type=Path)
    part.set_defaults(run=bundles)
    part = commands.add_parser("measure", help="let attackers learn")
    part.add_argument("--hide", nargs="+", action="append", required=True, help="PHOTOS MODEL ...")
    part.add_argument("--work", required=True, type=Path)
    part.add_argument("--payload", type=float, default=0.4)
    part.add_argument("--images", type=int, default=10**6)
    part.add_argument("--attackers", nargs="+", default=["srmq1", "net"])
    part.add_argument("--beside", nargs="*", choices=BESIDE, default=list(BESIDE))
    part.add_argument("--net-steps", type=int, default=1200)
    part.add_argument("--out", type=Path)
    part.set_defaults(run=measure)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()

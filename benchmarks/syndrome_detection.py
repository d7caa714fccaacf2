"""Test whether learning attackers can tell syndrome-coded images from HILL's simulator's.

Covers are grayscale, the upper left and the lower right 128 x 128 of each photo, at 0.5 bits per
pixel. The attackers are retrained on each method: SRMQ1 with the FLD ensemble, and the
convolutional net. Both run over folds by photo, so that each image is judged by one who has not
seen its photo. Intervals count photos. The control is LSB matching at the same payload. The sham is
HILL's simulator against itself under other seeds, which nobody can tell apart.

    python benchmarks/syndrome_detection.py PHOTOS [PHOTOS ...]
        --out benchmarks/results/syndrome_detection.json [--work FOLDER] [--attackers srmq1 net]

``--work`` keeps images, features and scores, so that an interrupted run can go on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Callable

import numpy as np
from _machine import describe
from tqdm import tqdm

from keystego_tf.baselines.adaptive import Adaptive
from keystego_tf.baselines.lsb import LsbMatching
from keystego_tf.baselines.syndrome import Syndrome
from keystego_tf.data.folder import FolderCovers
from keystego_tf.metrics import statistics
from keystego_tf.steganalysis import cnn, features, roc
from keystego_tf.steganalysis.classifier import cross_validate, fld_ensemble, folds
from keystego_tf.steganalysis.scores import Scores, joined, scores

SIDE, RATE, FOLDS = 128, 0.5, 5
METHODS: dict[str, Any] = {
    "syndrome": Syndrome(RATE),
    "HILL, simulator": Adaptive("hill", RATE),
    "LSB matching": LsbMatching(RATE),
}
#: Seeds of the ensemble and its folds; their answers are averaged.
SEEDS = (0, 1, 2)


def kept(file: Path, make: Callable[[], Any]) -> Any:
    """Make an array once, and read it from ``file`` from then on."""
    if not file.exists():
        made = make()
        np.save(file, made)
    return np.load(file)


def covers_of(folders: list[Path], images: int, crop: int) -> Any:
    """Return each photo's upper left or lower right, uint8 [photos, SIDE, SIDE, 1]."""
    part = slice(-SIDE, None) if crop else slice(SIDE)
    found = []
    for folder in folders:
        photos = FolderCovers(folder, 1, SIDE)
        for number in tqdm(range(len(photos)), desc=folder.name, leave=False):
            found.append(photos.image(number)[part, part])
    return np.stack(found)[:images]


def hidden(covers: Any, name: str, crop: int) -> Any:
    """Return stego images; the sham's are the simulator's with other seeds."""
    method, turn = METHODS.get(name, METHODS["HILL, simulator"]), int(name not in METHODS)
    return np.stack(
        [
            method.embed(cover, np.random.default_rng([number, turn + 2 * crop]))
            for number, cover in enumerate(tqdm(covers, desc=name, leave=False))
        ]
    )


def by_features(own: Any, stegos: Any, photos: Any) -> list[Scores]:
    """Return scores by the ensemble, once for each seed."""

    def fit(covers: Any, stego: Any, seed: int) -> Any:
        return fld_ensemble(covers, stego, seed, subspace=200, learners=101)

    return [cross_validate(own, stegos, fit, FOLDS, 1000 * seed, photos) for seed in SEEDS]


def by_net(covers: Any, stegos: Any, photos: Any, work: Path, name: str, steps: int) -> Any:
    """Return scores by a net trained for each fold."""
    plan = cnn.Schedule(steps, interval=max(5, steps // 20), side=64)

    def scored(train: Any, test: Any, number: int) -> Any:
        model = cnn.train(covers[train], stegos[train], plan, number, photos[train])
        return np.stack([cnn.score(model, each[test]) for each in (covers, stegos)])

    return over_folds(photos, work, f"net-{steps}-{name}", scored)


def over_folds(
    photos: Any, work: Path, name: str, scored: Callable[[Any, Any, int], Any]
) -> list[Scores]:
    """Return the scores of all images; ``scored`` makes a fold's, of covers and stego images."""
    parts = []
    for number, (train, test) in enumerate(folds(photos, FOLDS, 0)):
        found = kept(work / f"{name}-{number}.npy", partial(scored, train, test, number))
        parts.append(scores(*found, photos[test], photos[test]))
    return [joined(parts)]


def right(found: list[Scores]) -> Any:
    """Return each photo's share of images called right, over all seeds: float [photos]."""
    photos = np.concatenate([each.cover_sources for each in found])
    answers = [(1 - np.sign(each.covers)) / 4 + (1 + np.sign(each.stegos)) / 4 for each in found]
    return np.bincount(photos, np.concatenate(answers)) / np.bincount(photos)


def summary(found: dict[str, list[Scores]], other: str = "") -> dict[str, Any]:
    """Return each method's accuracy, AUC and paired difference from the simulator, in points.

    other: a method to state the differences from, too.
    """
    answers = {name: right(own) for name, own in found.items()}
    table = {}
    for name, own in found.items():
        table[name] = {
            "accuracy, %": round(100 * float(answers[name].mean()), 2),
            "AUC": round(float(np.mean([roc.area(each).value for each in own])), 4),
            "less the simulator's, points": _less(answers[name], answers["HILL, simulator"]),
        }
        if other:
            table[name][f"less {other}'s, points"] = _less(answers[name], answers[other])
    return table


def _less(answers: Any, reference: Any) -> list[float]:
    apart = answers - reference
    half = statistics.Z * apart.std(ddof=1) / np.sqrt(len(apart))
    ends = (apart.mean(), apart.mean() - half, apart.mean() + half)
    return [round(100 * float(value), 2) for value in ends]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--images", type=int, default=10**6)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--net-steps", type=int, default=500)
    parser.add_argument("--attackers", nargs="+", default=["srmq1", "net"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        crops = range(2)
        of_crops = [
            kept(
                work / f"covers-{crop}.npy",
                partial(covers_of, options.photos, options.images, crop),
            )
            for crop in crops
        ]

        def all_of(what: str, name: str, make: Callable[[int], Any]) -> Any:
            """Return an array over both crops of all photos, kept crop by crop."""
            return np.concatenate(
                [kept(work / f"{what}-{name}-{crop}.npy", partial(make, crop)) for crop in crops]
            )

        covers = np.concatenate(of_crops)
        photos = np.tile(np.arange(len(of_crops[0])), 2)
        names = [*METHODS, "sham"]
        stegos = {
            name: all_of("stego", name, lambda crop, name=name: hidden(of_crops[crop], name, crop))
            for name in names
        }
        result: dict[str, Any] = {
            **describe(),
            "covers": len(covers),
            "photos": len(of_crops[0]),
            "folds": FOLDS,
            "samples changed, %": {
                name: round(100 * float((stego != covers).mean()), 3)
                for name, stego in stegos.items()
            },
        }
        if "srmq1" in options.attackers:
            rows = {
                name: all_of(
                    "srmq1",
                    name,
                    lambda crop, name=name, images=images: features.extract(
                        tqdm(np.split(images, 2)[crop], desc=f"SRMQ1 of {name}"), "srmq1"
                    ),
                )
                for name, images in {"covers": covers, **stegos}.items()
            }
            found = {name: by_features(rows["covers"], rows[name], photos) for name in METHODS}
            # The sham's attacker learns to tell two runs of one simulator apart.
            found["sham"] = by_features(rows["HILL, simulator"], rows["sham"], photos)
            result["SRMQ1, FLD ensemble"] = summary(found)
            write(result, options.out)
        if "net" in options.attackers:
            nets = {
                name: by_net(covers, stegos[name], photos, work, name, options.net_steps)
                for name in METHODS
            }
            result["convolutional net"] = summary(nets)
        write(result, options.out)


def write(result: dict[str, Any], out: Path | None) -> None:
    text = json.dumps(result, indent=1)
    print(text)
    if out is not None:
        out.write_text(text + "\n")


if __name__ == "__main__":
    main()

"""Test whether learning attackers can tell ``hide``'s JPEG files from J-UNIWARD's simulator's.

Covers: gray crops of 128 x 128 of the photos at 3/4 of their size, three of each photo at most,
saved as JPEG. Methods at each payload: syndrome coding as in ``hide``, conseal's simulators of
J-UNIWARD and of UERD, and nsF5, which must be found. The sham is J-UNIWARD's simulator against
itself under other seeds. The attackers learn each method anew: DCTR with the FLD ensemble, over
folds by photo, so that each crop is judged once, by an attacker who has not seen its photo. Answers
are compared crop by crop with those on the simulator; intervals count photos. Tests of coefficients
that need no training stand beside them.

    python benchmarks/jpeg_detection.py PHOTOS [PHOTOS ...] --work FOLDER
        --out benchmarks/results/jpeg_detection.json [--photos N] [--quality 75]

``--work`` keeps crops, features and scores in small files, so that an interrupted run can go on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import conseal
import numpy as np
from _machine import describe
from PIL import Image
from tqdm import tqdm

from keystego_tf.baselines.coefficients import InCoefficients, Syndrome
from keystego_tf.io.files import write_whole
from keystego_tf.io.jpeg.transform import blocks, decoded, standard_tables, transformed
from keystego_tf.metrics import statistics
from keystego_tf.steganalysis import features, roc
from keystego_tf.steganalysis.classifier import cross_validate, fld_ensemble, folds
from keystego_tf.steganalysis.scores import Scores, scores
from keystego_tf.steganalysis.simple import coefficients

SIDE, FACTOR, CROPS, FOLDS, CHUNK = 128, 0.75, 3, 5, 50

#: Seeds of the ensemble and its folds; their answers are averaged.
SEEDS = (0, 1, 2)

#: The method with which the others are compared.
REFERENCE = "J-UNIWARD, simulator"

UNTRAINED: dict[str, Callable[[Any], float]] = {
    each.__name__: each
    for each in (
        coefficients.calibration,
        coefficients.calibrated_zeros,
        coefficients.equal_pairs,
        coefficients.asymmetry,
    )
}


@lru_cache(maxsize=1)
def juniward_costs(plane: bytes, quality: int) -> tuple[Any, Any]:
    """Return conseal's costs of +1 and of -1, once for all payloads and seeds."""
    cover = np.frombuffer(plane, np.int16).reshape(-1, SIDE // 8, 8, 8)
    table = standard_tables(quality)[0]
    return conseal.juniward.compute_cost_adjusted(x0=decoded(cover, table), y0=cover, qt=table)


class JUniward(InCoefficients):
    """conseal's simulator under J-UNIWARD's costs (Holub, Fridrich and Denemark, 2014)."""

    def embed(self, cover: Any, rng: np.random.Generator) -> Any:
        costs = juniward_costs(cover.tobytes(), self.quality)
        bits = conseal.tools.dct.nzAC(cover)
        change = conseal.simulate.ternary(
            rhos=tuple(each.reshape(SIDE, -1) for each in costs),
            alpha=self.rate, n=bits, seed=int(rng.integers(2**32)),
        )  # fmt: skip
        return np.asarray(cover + change.reshape(cover.shape), np.int16)


class Uerd(InCoefficients):
    """conseal's simulator under UERD's costs (Guo, Ni, Su, Tang and Shi, 2015).

    The costs take a hundredth of the time of J-UNIWARD's.
    """

    def embed(self, cover: Any, rng: np.random.Generator) -> Any:
        seed, table = int(rng.integers(2**32)), self.table
        stego = conseal.uerd.simulate_single_channel(y0=cover, qt=table, alpha=self.rate, seed=seed)
        return np.asarray(stego, np.int16)


class NsF5(InCoefficients):
    """conseal's simulator of nsF5 (Fridrich, Pevny and Kodovsky, 2007)."""

    def embed(self, cover: Any, rng: np.random.Generator) -> Any:
        seed = int(rng.integers(2**32))
        stego = conseal.nsF5.simulate_single_channel(y0=cover, alpha=self.rate, seed=seed)
        return np.asarray(stego, np.int16)


METHODS: dict[str, Callable[[int, float], Any]] = {
    "hide": Syndrome,
    REFERENCE: JUniward,
    "UERD, simulator": Uerd,
    "nsF5": NsF5,
    "sham": JUniward,
}


def kept(path: Path, make: Callable[[], Any]) -> Any:
    """Make an array once, and read it from ``path`` from then on."""
    if not path.exists():
        made = make()
        temporary = path.with_suffix(".part.npy")
        np.save(temporary, made)
        temporary.replace(path)
    return np.load(path)


def crops_of(path: Path, number: int, quality: int) -> Iterator[Any]:
    """Yield the coefficients of a photo's crops, int16 [SIDE / 8, SIDE / 8, 8, 8]."""
    with Image.open(path) as image:
        size = (max(SIDE, round(FACTOR * side)) for side in image.size)
        gray = np.asarray(image.convert("L").resize(tuple(size), Image.Resampling.LANCZOS))
    rows, columns = gray.shape[0] // SIDE, gray.shape[1] // SIDE
    for place in np.random.default_rng(number).permutation(rows * columns)[:CROPS]:
        top, left = SIDE * (place // columns), SIDE * (place % columns)
        crop = gray[top : top + SIDE, left : left + SIDE].astype(np.float32) - 128
        yield np.rint(transformed(blocks(crop)) / standard_tables(quality)[0]).astype(np.int16)


def covers_of(paths: list[Path], quality: int) -> Any:
    """Return [crops, 1 + SIDE * SIDE]: the number of the photo, and a crop's coefficients."""
    rows = []
    for number, path in enumerate(tqdm(paths, desc="crops", leave=False)):
        for crop in crops_of(path, number, quality):
            if np.count_nonzero(crop[..., 1:, 1:]) > 50:  # leaves out flat areas
                rows.append(np.concatenate([[number], crop.reshape(-1)]).astype(np.int16))
    return np.stack(rows)


def in_chunks(folder: Path, what: str, count: int, make: Callable[[int], Any]) -> Any:
    """Stack ``make`` of each of ``count`` numbers; every CHUNK of them is a file."""
    parts = []
    for start in tqdm(range(0, count, CHUNK), desc=what, leave=False):
        numbers = range(start, min(start + CHUNK, count))
        path = folder / f"{what}-{start}.npy"
        parts.append(kept(path, lambda numbers=numbers: np.stack([make(n) for n in numbers])))
    return np.concatenate(parts)


def opened(plane: Any, table: Any) -> Any:
    """Return what the untrained tests look at, as for a JPEG file of one component."""
    return SimpleNamespace(components=[SimpleNamespace(coefficients=plane, table=table)])


def described(plane: Any, table: Any) -> Any:
    """Return the scores of the untrained tests, and DCTR: float32 [4 + 8000]."""
    quick = [test(opened(plane, table)) for test in UNTRAINED.values()]
    return np.concatenate([np.float32(quick), features.dctr([plane], table)[0]])


def right(found: list[Scores]) -> Any:
    """Return each crop's share of its two images called right, over all seeds: float [crops]."""
    total = 0.0
    for each in found:
        order = [np.argsort(ids) for ids in (each.cover_sources, each.stego_sources)]
        own = (each.covers[order[0]], each.stegos[order[1]])
        total = total + ((1 - np.sign(own[0])) / 4 + (1 + np.sign(own[1])) / 4) / len(found)
    return total


def learnt(own: Any, others: Any, photos: Any) -> list[Scores]:
    """Return scores by the ensemble for each seed; their sources are the crops' numbers."""

    def fit(covers: Any, stegos: Any, seed: int) -> Any:
        return fld_ensemble(covers, stegos, seed, subspace=200, learners=101)

    found = []
    for seed in SEEDS:
        by_photo = cross_validate(own, others, fit, FOLDS, 1000 * seed, photos)
        # the parts are the folds, one after the other
        parts = folds(photos, FOLDS, 1000 * seed)
        numbers = np.concatenate([np.flatnonzero(test) for _, test in parts])
        found.append(Scores(by_photo.covers, by_photo.stegos, numbers, numbers))
    return found


def interval(values: Any, photos: Any) -> list[float]:
    """Return the mean in percent or points and its 95 % interval, counting photos, not crops."""
    sums = np.bincount(photos, values - values.mean())
    half = statistics.Z * np.sqrt(np.sum(sums**2)) / len(values)
    return [round(100 * float(each), 2) for each in (values.mean(), values.mean() - half,
                                                     values.mean() + half)]  # fmt: skip


def summary(names: list[str], described_as: dict[str, Any], photos: Any, work: Path) -> dict:
    table: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    quick = len(UNTRAINED)
    for name in names:
        # the sham's attacker learns to tell two runs of one simulator apart
        own = described_as[REFERENCE if name == "sham" else "covers"]
        other = described_as[name]
        make = partial(learnt, own[:, quick:], other[:, quick:], photos)
        found = stored(work / f"scores-{name}.npy", make)
        answers[name] = right(found)
        areas = [roc.area(scores(e.covers, e.stegos, *2 * [photos[e.cover_sources]])).value
                 for e in found]  # fmt: skip
        table[name] = {
            "accuracy, %": interval(answers[name], photos),
            "AUC": round(float(np.mean(areas)), 4),
            "untrained, AUC": {
                test: round(roc.area(scores(own[:, i], other[:, i], photos, photos)).value, 3)
                for i, test in enumerate(UNTRAINED)
            },
        }
    for name in names:
        apart = answers[name] - answers[REFERENCE]
        table[name]["less the simulator's, points"] = interval(apart, photos)
    return table


def stored(path: Path, make: Callable[[], list[Scores]]) -> list[Scores]:
    def arrays() -> Any:
        return np.stack([np.stack([e.covers, e.stegos, e.cover_sources]) for e in make()])

    return [
        Scores(covers, stegos, numbers.astype(int), numbers.astype(int))
        for covers, stegos, numbers in kept(path, arrays)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="PHOTOS")
    parser.add_argument("--photos", type=int, default=10**6)
    parser.add_argument("--quality", type=int, default=75)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.1, 0.2, 0.4])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    paths = [path for folder in options.folders for path in sorted(folder.iterdir())]
    paths = paths[: options.photos]
    table = standard_tables(options.quality)[0]
    work = options.work / f"q{options.quality}-{len(paths)}"
    work.mkdir(parents=True, exist_ok=True)
    rows = kept(work / "crops.npy", lambda: covers_of(paths, options.quality))
    photos = rows[:, 0].astype(int)
    covers = rows[:, 1:].reshape(-1, SIDE // 8, SIDE // 8, 8, 8)
    own = in_chunks(work, "covers", len(covers), lambda n: described(covers[n], table))
    result: dict[str, Any] = {
        **describe(),
        "photos": len(paths),
        "crops": len(covers),
        "quality": options.quality,
        "folds": FOLDS,
        "bpnzAC": {},
    }
    cases = [(rate, name) for rate in options.rates for name in METHODS]

    def made(number: int) -> Any:
        found = []
        for turn, (rate, name) in enumerate(cases):
            hides, rng = METHODS[name](options.quality, rate), np.random.default_rng([number, turn])
            found.append(described(hides.embed(covers[number], rng), table))
        return np.stack(found)

    all_described = in_chunks(work, "stegos", len(covers), made)
    for rate in options.rates:
        folder = work / f"{rate:g}"
        folder.mkdir(exist_ok=True)
        known = {name: all_described[:, cases.index((rate, name))] for name in METHODS}
        known["covers"] = own
        found = summary([*METHODS], known, photos, folder)
        result["bpnzAC"][f"{rate:g}"] = found
        print(json.dumps({f"{rate:g}": found}, indent=1))
        if options.out:
            options.out.parent.mkdir(parents=True, exist_ok=True)
            write_whole(options.out, (json.dumps(result, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()

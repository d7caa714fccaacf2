"""Measure the speed of the input pipeline alone, and a large folder's time to its first batch.

Every row runs in a process of its own. Rates are of crops of 128 x 128 in batches of 16, decoded
anew each time (nothing kept in memory), on one core and on all. The large folder has as many files
as the paper's training set, made of copies of the photos. These are hard links, or with --copies
files of their own. The row of this folder counts from the start of the process, TensorFlow's import
included, and splits a test part off, for which every copy must be found.

    python benchmarks/input_pipeline.py --out benchmarks/results/input_pipeline.json
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _photos import photos

SIDE, BATCH = 128, 16
#: Number of photos in the paper's training set (section IV-A).
FILES = 80_000
#: Kinds of files: the folder of photos, and the width and height of files made without photos.
KINDS = {"jpeg": ("imagenet-sample-jpeg", 500, 375), "png": ("imagenet-sample", 192, 192)}


def rate(folder: str, cores: int, images: int) -> dict[str, Any]:
    """Measure images a second of the pipeline, in this process."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    from keystego_tf.data import encoded

    encoded.CACHE_BYTES = 0
    batches = iter(_dataset(folder, held_out=False))
    for _ in range(2):
        next(batches)
    start = time.perf_counter()
    for _ in range(images // BATCH):
        next(batches)
    return {"images_per_second": images // BATCH * BATCH / (time.perf_counter() - start)}


def first_batch(folder: str, started: float) -> dict[str, Any]:
    """Measure seconds to the first batch, and peak memory of this process."""
    imported = time.time() - started
    start = time.perf_counter()
    next(iter(_dataset(folder, held_out=True)))
    return {
        "seconds_from_start_of_process": time.time() - started,
        "of_which_imports": imported,
        "of_which_opening_and_first_batch": time.perf_counter() - start,
        "processor_seconds": time.process_time(),
        "peak_memory_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def _dataset(folder: str, held_out: bool) -> Any:
    from keystego_tf.data.batches import build_dataset
    from keystego_tf.data.covers import open_covers, split_covers
    from keystego_tf.methods import run_config

    config = run_config(crops=((1.0, SIDE, BATCH),), steps=100_000)
    covers = open_covers(folder, 3, SIDE, seed=0)
    if held_out:
        covers, _ = split_covers(covers, config.data.test_share, seed=0)
    return build_dataset(covers, config, 0)


def source(kind: str, scratch: Path) -> Path:
    """Return a folder of photos of a kind, or of synthetic ones where there are none."""
    name, width, height = KINDS[kind]
    if photos() != "synthetic":
        folder = Path(photos()).parents[1] / name / "train"
        if folder.is_dir():
            return folder
    import numpy as np
    from PIL import Image

    from keystego_tf.data.synthetic import dead_leaves

    made = scratch / kind
    made.mkdir()
    for number in range(64):
        scene = Image.fromarray(dead_leaves(np.random.default_rng(number), max(width, height)))
        scene.crop((0, 0, width, height)).save(made / f"{number}.{kind}", quality=95)
    return made


def multiply(folder: Path, into: Path, files: int, copies: bool) -> None:
    """Make ``files`` copies of the images of a folder, in a hundred folders."""
    originals = sorted(path for path in folder.iterdir() if path.is_file())
    for number in range(files):
        original = originals[number % len(originals)]
        place = into / f"{number % 100:02}" / f"{number:06}{original.suffix}"
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            if copies:
                raise OSError
            os.link(original, place)
        except OSError:  # links unwanted, or another file system: later files link to this copy
            shutil.copyfile(original, place)
            originals[number % len(originals)] = original if copies else place


def run(function: str, *values: Any) -> dict[str, Any]:
    """Run a function of this file in a process of its own."""
    command = [sys.executable, __file__, "--row", json.dumps([function, *values])]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    parser.add_argument("--files", type=int, default=FILES, help="in the large folder")
    parser.add_argument("--copies", action="store_true", help="no links in the large folder")
    parser.add_argument("--images", type=int, default=1600, help="that a rate is taken over")
    parser.add_argument("--row", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row is not None:
        name, *values = options.row
        print(json.dumps({"rate": rate, "first_batch": first_batch}[name](*values)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folders = {kind: source(kind, Path(scratch)) for kind in KINDS}
        for kind, folder in folders.items():
            for cores in sorted({1, os.cpu_count() or 1}):
                rows.append({"files": kind, "cores": cores})
                rows[-1].update(run("rate", str(folder), cores, options.images))
                print(json.dumps(rows[-1]), flush=True)
        large = Path(scratch) / "large"
        multiply(folders["jpeg"], large, options.files, options.copies)
        rows.append({"files": options.files, "copies": options.copies})
        rows[-1].update(run("first_batch", str(large), time.time()))
        print(json.dumps(rows[-1]), flush=True)
    if options.out:
        from _machine import describe

        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

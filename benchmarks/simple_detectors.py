"""Measure what each simple detector is worth against hiding in JPEG files and in lossless ones.

Covers are JPEG files, as they are or saved again (``--quality``, ``--sampling``, ``--gray``) at 2/3
of their size, and the same scaled, as PNG. PNG files are covers as they are (``--ways lossless``).
Ways of hiding and controls are those of the evaluation's section ``simple``, with messages of 40
bytes; ``--ways`` keeps those with one of these words in their names, and their controls. The script
prints the area under each ROC curve and its 95 % interval; 0.5 is chance. ``--work`` keeps each
photo's scores for an interrupted run. The run joins those of the file ``--out``.

    python benchmarks/simple_detectors.py PHOTOS [PHOTOS ...] [--images 100] [--ways WORD ...]
        [--work FOLDER] [--out benchmarks/results/simple_detectors.json]
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from PIL import Image
from tqdm import tqdm

from keystego_tf.evaluation.simple import Photo, areas, saved, tried
from keystego_tf.io.files import write_whole

SHORT = 40


def photos() -> Path:
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("KEYSTEGO_PHOTOS", beside)) / "imagenet-sample-jpeg" / "test"


def covers(options: argparse.Namespace, path: Path) -> str:
    """Say what the covers are, of which ``path`` is the first."""
    if path.suffix.lower() == ".png":
        return "PNG files"
    if not options.quality:
        return "gray, quality 85" if options.gray else "as they are"
    sampling = {0: "4:4:4", 2: "4:2:0"}[options.sampling]
    return f"quality {options.quality}, {'gray' if options.gray else sampling}"


def photo(path: Path, options: argparse.Namespace) -> Photo:
    with Image.open(path) as opened:
        lossless, image = opened.format == "PNG", opened.convert("L" if options.gray else "RGB")
    size = image.width * 2 // 3, image.height * 2 // 3
    small = image if lossless else image.resize(size, Image.Resampling.LANCZOS)
    content = path.read_bytes()
    if options.quality or options.gray:
        kind = {} if options.gray else {"subsampling": options.sampling}
        content = saved(small, "JPEG", quality=options.quality or 85, **kind)
    return Photo(np.asarray(small.convert("RGB")), content, SHORT)


def measure(paths: list[Path], options: argparse.Namespace) -> list[dict[str, Any]]:
    """Score all photos; each photo's scores are kept, so that an interrupted run goes on."""
    found = []
    for number, path in enumerate(tqdm(paths, desc="photos")):
        kept = options.work and options.work / f"{path.stem}.pkl"
        if kept and kept.exists():
            found.append(pickle.loads(kept.read_bytes()))
            continue
        found.append(tried(photo(path, options), 0, number, tuple(options.ways)))
        if kept:
            write_whole(kept, pickle.dumps(found[-1]))
    rows = areas(found, range(len(found)))
    figures = [row.pop("area") for row in rows]
    return [
        {**row, "auc": area.value, "low": area.low, "high": area.high}
        for row, area in zip(rows, figures)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="PHOTOS", default=[photos()])
    parser.add_argument("--images", type=int, default=10**6)
    parser.add_argument("--quality", type=int, help="save again at this quality, scaled to 2/3")
    parser.add_argument("--sampling", type=int, default=2, choices=(0, 2), help="as Pillow's")
    parser.add_argument("--gray", action="store_true", help="gray versions of the photos")
    parser.add_argument("--ways", nargs="+", default=[""], help="ways with one of these words")
    parser.add_argument("--work", type=Path, help="folder for what is done")
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    paths = [path for folder in options.folders for path in sorted(folder.iterdir())]
    paths = paths[: options.images]
    rows = measure(paths, options)
    for row in rows:
        bounds = f"{row['low']:.3f} to {row['high']:.3f}"
        print(f"{row['way']:35} {row['detector']:20} {row['auc']:.3f}  {bounds}")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        known = json.loads(options.out.read_text())["runs"] if options.out.exists() else {}
        own, words = covers(options, paths[0]), " ".join(options.ways)
        known[f"{own}, {words}, {len(paths)}"] = {"covers": own, "ways": words, "rows": rows}
        result = {**describe(), "runs": known}
        write_whole(options.out, (json.dumps(result, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()

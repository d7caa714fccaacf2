"""Measure what each part of the method lattice is worth: train the same without it.

    python benchmarks/lattice_ablation.py TRAIN TEST --work FOLDER --out FILE.json [--only NAME ...]

TRAIN and TEST are folders of photos. Every variant is trained as the first is, but for its own
settings, and measured as in benchmarks/lattice.py, at strength 1. A variant that is in the work
folder already is not trained again, and an interrupted one goes on. Each is trained for one
operating point, so that variants differ in PSNR and bits at once: ``equal_psnr`` names the QIM with
the nearest PSNR.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lattice import controls, learned, measure, table, tiles

from keystego_tf.io.files import to_json, write_whole
from keystego_tf.methods import run_config
from keystego_tf.training.run import BUNDLE, CONFIG, train

#: Settings of every variant.
COMMON: dict[str, Any] = {
    "bits_per_pixel": 0.015625,
    "message_goal": 0.03,
    "strength_spread": 1.25,
    "recompression": 50,
    "image_interval": 0,
    "evaluation_images": 20,
    "log_interval": 100,
    "checkpoint_interval": 500,
}
#: Settings that differ, by the name of the variant.
VARIANTS: dict[str, dict[str, Any]] = {
    "all": {},
    "begins as QIM": {
        "lattice_start": "qim",
        "learning_rate": 0.0007,
        "message_goal": 0.02,
        "initial_message_goal": 0.02,
        "initial_image_weight": 200.0,
    },
    "8 lattices": {"lattices": 8},
    "random filters": {"lattice_start": "random"},
    "no distance": {"sees_distance": False},
    "no room": {"sees_room": False},
    "one strength": {"strength_spread": 1.0},
    "one JPEG by quality": {"recompression": 0, "jpeg": 50},
    # for PNG files, then, which hold 8 bits
    "no JPEG": {"recompression": 0, "rounding": True},
    "no Eve": {"adversary_weight": 0.0},
    "1,024 bits": {"bits_per_pixel": 0.0625},
}


def trained(name: str, given: argparse.Namespace) -> Path:
    """Return the bundle of a variant, trained in the work folder if it is not there yet."""
    folder = given.work / name.replace(" ", "-").replace(",", "")
    if not (folder / BUNDLE).is_dir():
        data = {"data": str(given.train), "test_data": str(given.test), "steps": given.steps}
        run = run_config("lattice", **{**COMMON, **data, **VARIANTS[name]})
        train(run, folder, resume=(folder / CONFIG).is_file(), quiet=True, command=name)
    return Path(folder / BUNDLE)


def measured(bundle: Path, covers: list[Any]) -> dict[str, Any]:
    """Return the figures at strength 1, which is in the middle."""
    points = list(learned(str(bundle)))
    _, nets, reading = points[len(points) // 2]
    return measure(nets, reading, covers)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="folder of the trainings")
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    given = parser.parse_args()
    covers = list(tiles(given.test, given.images))
    rows: dict[str, Any] = {}
    for name in given.only:
        rows[name] = measured(trained(name, given), covers)
        print(table({name: rows[name]}), flush=True)
    payloads = sorted({row["bits"] for row in rows.values()})
    qim = {
        name: measure(nets, reading, covers)
        for bits in payloads
        for name, nets, reading in controls(bits // 256)
    }
    for row in rows.values():
        alike = [name for name, other in qim.items() if other["bits"] == row["bits"]]
        row["equal_psnr"] = min(alike, key=lambda name: abs(qim[name]["psnr"] - row["psnr"]))
    print(table({**rows, **qim}))
    if given.out:
        from _machine import describe

        sizes = {"steps": given.steps, "images": len(covers)}
        content = {**describe(), **sizes, "variants": VARIANTS, "common": COMMON}
        write_whole(given.out, to_json({**content, "rows": rows, "qim": qim}))


if __name__ == "__main__":
    main()

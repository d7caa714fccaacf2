"""Find the factor from which on a scaled photo no longer shows that it was a JPEG.

The photos are taken as they are and saved again at a few qualities, and scaled by each factor of
``hide --scale``. For each, ``jpeg_past`` does or does not find a past in the scaled image. Areas
under the ROC curve, of its score and of the share of found pasts, compare scaled covers with scaled
images of which about 300 samples changed by one. A factor of 1 is the control: everything is found
there.

    python benchmarks/scale.py [PHOTOS] [--images 20] [--out benchmarks/results/scale.json]
"""

from __future__ import annotations

import argparse
import json
from io import BytesIO
from pathlib import Path

import numpy as np
from _machine import describe
from PIL import Image
from simple_detectors import photos
from tqdm import tqdm

from keystego_tf.baselines.lsb import LsbMatching
from keystego_tf.io import images
from keystego_tf.metrics import statistics
from keystego_tf.steganalysis import roc
from keystego_tf.steganalysis.scores import scores
from keystego_tf.steganalysis.simple import jpeg_past

FACTORS = (1.0, 0.9, 0.8, 0.75, 0.7, 0.6, 0.5)

#: Quality and Pillow's number of the sampling; None is the file as it is.
SAVED = {"as it is": None, "Q60, 4:2:0": (60, 2), "Q75, 4:4:4": (75, 0), "Q90, 4:2:0": (90, 2)}


def cover(path: Path, how: tuple[int, int] | None) -> images.Picture:
    if how is None:
        return images.read(path)
    file = BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").save(file, "JPEG", quality=how[0], subsampling=how[1])
    return images.read(file.getvalue())


def measured(pixels: np.ndarray) -> tuple[bool, float]:
    """Tell whether a past is found, and return the score, -1 without a past or an exact one."""
    score = jpeg_past.score(pixels)
    return jpeg_past.find(pixels) is not None, score if np.isfinite(score) else -1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="?", type=Path, default=photos(), help="folder of JPEGs")
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    paths = sorted(options.photos.iterdir())[: options.images]
    rows = []
    for name, how in SAVED.items():
        for factor in FACTORS:
            found, before, after = 0, [], []
            for number, path in enumerate(tqdm(paths, desc=f"{name}, {factor}", leave=False)):
                picture = cover(path, how)
                if factor < 1:
                    picture = images.scaled(picture, factor)
                payload, rng = 600 / picture.rgb_u8[..., 0].size, np.random.default_rng([0, number])
                changed = LsbMatching(payload).embed(picture.rgb_u8, rng)
                seen, score = measured(picture.rgb_u8)
                found += seen
                before.append(score)
                after.append(measured(changed)[1])
            share = statistics.share(found, len(paths))
            area = roc.area(scores(before, after))
            row = {"saved": name, "factor": factor, "images": len(paths)}
            row.update({"found": share.value, "found_high": share.high, "auc": area.value})
            rows.append(row)
            print(f"{name:12} {factor:4} past found {share.value:.2f}  AUC {area.value:.3f}")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

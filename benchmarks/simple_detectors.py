"""What each simple detector is worth against hiding in JPEG files and in lossless ones.

Covers: photos as JPEG files, as they are or saved again (``--quality``, ``--sampling``), and the
photos scaled down, as PNG. Against each detector: messages of 40 bytes and of ``--bpnzac`` bits a
coefficient, hidden by this package, and controls that it must find: 300 samples changed by one in
the decoded JPEG, saved as PNG (as the first version did: JPEG compatibility) and in a gray photo
(gray exceptions); Jsteg and shrinkage as in F5 in coefficients. Prints the area under each ROC
curve with its 95 % interval; 0.5 is chance.

    python benchmarks/simple_detectors.py [PHOTOS] [--images 100] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from PIL import Image
from tqdm import tqdm

from keystego_tf import codec
from keystego_tf.codec import DoesNotFit
from keystego_tf.embedders.syndrome.jpeg_costs import nonzero_ac
from keystego_tf.io import jpeg
from keystego_tf.payload.keys import SharedKey
from keystego_tf.steganalysis import roc, simple
from keystego_tf.steganalysis.scores import scores

SHORT = 40


def photos() -> Path:
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("KEYSTEGO_PHOTOS", beside)) / "imagenet-sample-jpeg" / "test"


def saved(image: Image.Image, quality: int, sampling: int) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality, subsampling=sampling)
    return file.getvalue()


def hidden(cover: Any, bits: float | None, rng: np.random.Generator) -> bytes:
    """A stego file; bits: for each coefficient that is not 0, or None for SHORT bytes."""
    size = SHORT
    if bits is not None:
        coefficients = jpeg.read(cover).components[0].coefficients
        most = codec.capacity(cover, "syndrome")[0].message or 0
        size = min(most - 1, int(bits * nonzero_ac(coefficients) / 8))
    return codec.hide(cover, rng.bytes(max(1, size)), key=SharedKey(rng.bytes(32))).file


def lsb_matching(pixels: np.ndarray, rng: np.random.Generator, count: int = 300) -> np.ndarray:
    changed = pixels.astype(np.int16)
    where = rng.choice(pixels.size, count, replace=False)
    changed.reshape(-1)[where] += rng.choice([-1, 1], count).astype(np.int16)
    return np.clip(changed, 0, 255).astype(np.uint8)


def in_coefficients(content: bytes, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    file = jpeg.read(content)
    planes = [each.coefficients.copy() for each in file.components]
    dc = planes[0][..., 0, 0].copy()
    planes[0] = change(planes[0].astype(np.int64)).astype(np.int16)
    planes[0][..., 0, 0] = dc
    return file.to_bytes(planes)


def jsteg(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    bits = rng.integers(0, 2, values.shape)
    return np.where((values == 0) | (values == 1), values, values & ~1 | bits)


def shrunk(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values - np.sign(values) * (rng.random(values.shape) < 0.1)


def jpeg_ways(content: bytes, bits: float, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    yield "40 bytes", hidden(content, None, rng)
    yield f"{bits} bpnzAC", hidden(content, bits, rng)
    yield "control: Jsteg", in_coefficients(content, lambda v: jsteg(v, rng))
    yield "control: a tenth shrunk", in_coefficients(content, lambda v: shrunk(v, rng))


def png_ways(pixels: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    image = Image.fromarray(pixels)
    file = BytesIO()
    image.save(file, "PNG")
    stego = codec.hide(file.getvalue(), rng.bytes(SHORT), key=SharedKey(rng.bytes(32)))
    yield "40 bytes", stego.picture.rgb_u8


def score_jpeg(content: bytes) -> dict[str, float]:
    file = jpeg.read(content)
    found = {each.name: each.score(file) for each in simple.reading(simple.JPEG)}
    return {**found, **{e.name: e.score(content) for e in simple.reading(simple.JPEG_BYTES)}}


def score_samples(pixels: np.ndarray) -> dict[str, float]:
    return {each.name: each.score(pixels) for each in simple.reading(simple.SAMPLES)}


def table(found: dict[str, list[tuple[dict, dict]]]) -> list[dict[str, Any]]:
    rows = []
    for way, pairs in found.items():
        for name in pairs[0][0]:
            sides = ([pair[side][name] for pair in pairs] for side in (0, 1))
            area = roc.area(scores(*sides))
            row = {"way": way, "detector": name, "images": len(pairs)}
            rows.append({**row, "auc": area.value, "low": area.low, "high": area.high})
    return rows


def measure(paths: list[Path], options: argparse.Namespace) -> list[dict[str, Any]]:
    found: dict[str, list[tuple[dict, dict]]] = {}
    for number, path in enumerate(tqdm(paths, desc="photos")):
        rng = np.random.default_rng([0, number])
        image = Image.open(path).convert("RGB")
        small = image.resize(
            (image.width * 2 // 3, image.height * 2 // 3), Image.Resampling.LANCZOS
        )
        content = (
            saved(small, options.quality, options.sampling)
            if options.quality
            else (path.read_bytes())
        )
        cover = score_jpeg(content)
        try:
            for way, stego in jpeg_ways(content, options.bpnzac, rng):
                found.setdefault(f"JPEG, {way}", []).append((cover, score_jpeg(stego)))
        except DoesNotFit:
            continue
        pixels = np.asarray(small)
        for way, after in png_ways(pixels, rng):
            pair = score_samples(pixels), score_samples(after)
            found.setdefault(f"PNG, {way}", []).append(pair)
        decoded = np.asarray(Image.open(BytesIO(content)).convert("RGB"))
        pair = score_samples(decoded), score_samples(lsb_matching(decoded, rng))
        found.setdefault("PNG of a JPEG, control: 300 samples", []).append(pair)
        gray = np.repeat(np.asarray(small.convert("L"))[..., None], 3, axis=-1)
        pair = score_samples(gray), score_samples(lsb_matching(gray, rng))
        found.setdefault("PNG of a gray photo, control: 300 samples", []).append(pair)
    return table(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="?", type=Path, default=photos(), help="folder of JPEGs")
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--quality", type=int, help="save again at this quality, scaled to 2/3")
    parser.add_argument("--sampling", type=int, default=2, choices=(0, 1, 2), help="as Pillow's")
    parser.add_argument("--bpnzac", type=float, default=0.4)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    rows = measure(sorted(options.photos.iterdir())[: options.images], options)
    for row in rows:
        bounds = f"{row['low']:.3f} to {row['high']:.3f}"
        print(f"{row['way']:45} {row['detector']:20} {row['auc']:.3f}  {bounds}")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

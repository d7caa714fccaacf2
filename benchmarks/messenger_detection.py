"""Train attackers on images that survive JPEG, and count how many they find.

Covers are crops of photos, each from the middle, 320 x 320. ``hide --for`` writes them as JPEG
files, which are compared with the same crops saved without a message. A bundle of the method
lattice, QIM of as many bits, and a bundle of the method keyed write samples of tiles of 128 x 128.
The attackers learn each way anew and judge photos that they have not seen: FLD ensembles on DCTR
and SPAM for JPEG files, on SRMQ1 and SPAM of the luma for samples. The sham compares covers with
covers of other photos.

    python benchmarks/messenger_detection.py PHOTOS [PHOTOS ...] [--lattice BUNDLE]
        [--photos 300] [--out benchmarks/results/messenger_detection.json]
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Callable

import numpy as np
from _machine import describe
from lattice import BLOCKS, Trip, controls
from lattice import SIDE as TILE
from PIL import Image
from tqdm import tqdm

from keystego_tf import SharedKey, hide
from keystego_tf.baselines.nets import Net
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.channel.platforms import destinations
from keystego_tf.codec.messenger import capacity_for, scaled_for
from keystego_tf.io.files import to_json, write_whole
from keystego_tf.io.jpeg import read
from keystego_tf.steganalysis import features, roc
from keystego_tf.steganalysis.classifier import cross_validate, fld_ensemble

SIDE, SHORT = 320, 16
#: Destinations, with the share of the capacity that the message takes; None: 16 bytes.
WAYS = (("whatsapp", None), ("whatsapp", 1.0), ("jpeg:60", None), ("jpeg:60", 1.0))


def crops(folders: list[Path], limit: int) -> Iterator[Any]:
    """Yield the middles of photos, uint8 [SIDE, SIDE, 3]."""
    paths = [path for folder in folders for path in sorted(folder.iterdir())]
    for path in tqdm(paths[:limit], desc="photos"):
        with Image.open(path) as photo:
            image = np.asarray(photo.convert("RGB"))
        top, left = (image.shape[0] - SIDE) // 2, (image.shape[1] - SIDE) // 2
        if min(top, left) >= 0:
            yield np.ascontiguousarray(image[top : top + SIDE, left : left + SIDE])


def as_png(image: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def files(image: Any, name: str, share: float | None, rng: Any) -> tuple[bytes, bytes]:
    """Return a crop's JPEG files for a destination: without a message, and with one."""
    photo, platforms = as_png(image), destinations(name)
    most = capacity_for(image.shape, platforms).message or 0
    size = SHORT if share is None else int(share * most)
    stego = hide(photo, rng.bytes(size), key=SharedKey(rng.bytes(32)), destination=name).file
    return scaled_for(photo, platforms).plain, stego


def in_samples(options: argparse.Namespace) -> dict[str, Callable[[Any, int], Any]]:
    """Return what hides in samples: functions of a tile and its number."""
    keyed = Net(find_model("keyed-symmetric-0.0625"))
    ways: dict[str, Callable[[Any, int], Any]] = {
        "keyed-symmetric-0.0625": lambda tile, number: keyed.embed(
            tile, np.random.default_rng([5, number])
        )
    }
    if options.lattice:
        model = find_model(options.lattice)
        nets = model.modulator()
        qim = {name.split(", ", 1)[1]: each for name, each, _ in controls(nets.bits)}
        ways[f"lattice, {nets.bits * len(BLOCKS)} bits"] = lambda t, n: Trip(nets, t, n).stego
        for name in list(qim)[3:4]:
            ways[f"QIM, {name}"] = lambda t, n, each=qim[name]: Trip(each, t, n).stego
    return ways


def luma(image: Any) -> Any:
    return np.asarray(Image.fromarray(image).convert("L"))[..., None]


def decoded(file: bytes) -> Any:
    return luma(np.asarray(Image.open(io.BytesIO(file)).convert("RGB")))


def dctr(found: list[bytes]) -> Any:
    planes = [read(each).components[0] for each in found]
    return features.dctr([each.coefficients for each in planes], planes[0].table)


def judged(covers: Any, stegos: Any) -> dict[str, float]:
    """Return the share of images called right, with its interval, and the area under the curve."""
    fit = partial(fld_ensemble, subspace=min(200, covers.shape[1] // 4), learners=51)
    found = cross_validate(covers, stegos, fit)
    right = roc.accuracy(found)
    return {
        "accuracy": right.value,
        "low": right.low,
        "high": right.high,
        "AUC": roc.area(found).value,
    }


def attacked(pairs: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Return what each attacker finds; pairs: features of covers and of stego images."""
    found = {name: judged(*pair) for name, pair in pairs.items()}
    for name, each in found.items():
        share = f"{100 * each['accuracy']:5.1f} % ({100 * each['low']:.1f} to"
        print(f"    {name:6} {share} {100 * each['high']:.1f}), AUC {each['AUC']:.3f}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="PHOTOS")
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--lattice", help="bundle of the method lattice")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    images = list(crops(options.folders, options.photos))
    result: dict[str, Any] = {**describe(), "photos": len(images), "short": SHORT, "ways": {}}
    for name, share in WAYS:
        rng = np.random.default_rng(7)
        sides = list(zip(*(files(image, name, share, rng) for image in tqdm(images, leave=False))))
        spam = [features.extract(decoded(each) for each in side) for side in sides]
        title = f"hide --for {name}, {f'{SHORT} bytes' if share is None else 'full'}"
        print(title)
        pairs = {"SPAM": spam, "DCTR": [dctr(side) for side in sides]}
        result["ways"][title] = attacked(pairs)
        # every second one, as the photos are sorted by what they show
        half = len(images) // 2 * 2
        plain = {kind: (pair[0][:half:2], pair[0][1:half:2]) for kind, pair in pairs.items()}
    print("sham")
    result["ways"]["sham"] = attacked(plain)
    tiles = [np.ascontiguousarray(image[:TILE, :TILE]) for image in images]
    own = [luma(tile) for tile in tiles]
    before = {kind: features.extract(own, kind) for kind in ("spam", "srmq1")}
    for title, embed in in_samples(options).items():
        stegos = [luma(embed(tile, number)) for number, tile in enumerate(tiles)]
        print(title)
        pairs = {kind: (own, features.extract(stegos, kind)) for kind, own in before.items()}
        result["ways"][title] = attacked(pairs)
    if options.out:
        write_whole(options.out, to_json(result))


if __name__ == "__main__":
    main()

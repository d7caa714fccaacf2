"""Can someone without the key tell that a message is there, with no training?

Two attackers try. One has the models and a key of his own: his statistic is Bob's mean certainty
(absolute logit) on a cover and on its stego image, a tile with a full message. The area under the
ROC curve is 0.5 where it tells nothing and 1 where it tells everything. MODEL adds bundles to those
that are shipped; QIM stands beside them. The other attacker has the receiver's public key: he
counts the covers, and the images that ``hide`` made of them for this key, in which he reads an
opening.

    python benchmarks/presence.py [PHOTOS] [--models MODEL ...] [--images 100] [--pairs 20]
        [--out benchmarks/results/presence.json]
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any, Callable

import numpy as np
from _machine import describe
from _photos import add_options, tiles
from lattice import BLOCKS, Trip, controls
from PIL import Image
from tqdm import tqdm

from keystego_tf import codec
from keystego_tf.bundles.catalogue import Model, bundled, find_model
from keystego_tf.bundles.runner import LiteRunner
from keystego_tf.embedders.blocks import Modulator
from keystego_tf.io.files import write_whole
from keystego_tf.payload.keys import SecretKey

#: Certainty on the cover and on the stego image.
Sides = tuple[float, float]

#: Ways to hide for a public key: the settings of ``hide``.
WAYS: dict[str, dict[str, Any]] = {
    "syndrome, lossless": {"model": "syndrome"},
    "nets": {"model": "keyed-asymmetric-0.0625"},
    "for whatsapp": {"destination": "whatsapp"},
}


def of_tiles(model: Model) -> Callable[[Any, int], Sides]:
    runner = LiteRunner(model)
    key_bits, message_bits = (int(np.prod(s)) for s in (runner.key_shape, runner.message_shape))

    def certainty(tile: Any, key: Any) -> float:
        inside = np.clip(runner.read(tile, key, runner.mask(key)).astype(float), 1e-12, 1 - 1e-12)
        return float(np.abs(np.log(inside / (1 - inside))).mean())

    def measure(colour: Any, number: int) -> Sides:
        rng = np.random.default_rng(number)
        tile = np.ascontiguousarray(colour[..., : model.agents.channels])
        message, key, wrong = (
            rng.integers(0, 2, bits, dtype=np.uint8) for bits in (message_bits, key_bits, key_bits)
        )
        stego = runner.hide(tile, message, runner.mask(key))
        return certainty(tile, wrong), certainty(stego, wrong)

    return measure


def of_blocks(nets: Modulator, reading: int) -> Callable[[Any, int], Sides]:
    def measure(tile: Any, number: int) -> Sides:
        trip = Trip(nets, tile, number)
        cover, stego = (
            np.abs(nets.read(nets.see(image), trip.phases(3), BLOCKS, reading)).mean()
            for image in (tile, trip.stego)
        )
        return float(cover), float(stego)

    return measure


def attacked(given: list[str]) -> dict[str, Callable[[Any, int], Sides]]:
    """Return the measurement of each model and of QIM, by name."""
    found = {}
    for model in (*bundled(), *map(find_model, given)):
        nets = model.modulator()
        found[model.name] = (
            of_tiles(model) if nets is None else of_blocks(nets, nets.strengths.index(1.0))
        )
    qim = next(each for each in controls(1) if each[0].endswith("step 24"))
    return {**found, qim[0]: of_blocks(*qim[1:])}


def certainties(name: str, measure: Callable[[Any, int], Sides], covers: list[Any]) -> dict:
    sides = [measure(tile, n) for n, tile in enumerate(tqdm(covers, desc=name, leave=False))]
    cover, stego = np.array(sides).T
    difference = stego[:, None] - cover[None]
    return {
        "model": name,
        "images": len(covers),
        "mean_certainty_stego": float(stego.mean()),
        "mean_certainty_cover": float(cover.mean()),
        "auc": float(np.mean(difference > 0) + np.mean(difference == 0) / 2),
    }


def openings(kinds: dict[str, Any], covers: list[Any]) -> dict[str, int]:
    """Count the covers and the stego images in which the public key reads an opening."""
    pair, name = SecretKey.generate(), kinds.get("model", "qim")
    found = {"covers": 0, "stego images": 0, "of": len(covers)}
    for tile in covers:
        # four tiles side by side hold an opening and a message
        image, file = Image.fromarray(np.tile(tile, (2, 2, 1))), io.BytesIO()
        image.save(file, "PNG")
        stego = codec.hide(file.getvalue(), b"At noon", to=pair.public, anyway=True, **kinds).file
        if "destination" in kinds:  # the same photo, sent without a message
            file = io.BytesIO()
            image.save(file, "JPEG", quality=80)
        found["covers"] += name in dict(codec.openings(file.getvalue(), pair.public))
        found["stego images"] += name in dict(codec.openings(stego, pair.public))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_options(parser, images=100)
    parser.add_argument("--models", nargs="*", default=[], help="bundles beside the shipped ones")
    parser.add_argument("--pairs", type=int, default=20, help="images hidden for a public key")
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    covers = tiles(options)
    rows = [certainties(*each, covers) for each in attacked(options.models).items()]
    seen = {name: openings(how, covers[: options.pairs]) for name, how in WAYS.items()}
    print(json.dumps(rows, indent=1), json.dumps(seen, indent=1))
    if options.out:
        result = {**describe(), "rows": rows, "openings": seen}
        write_whole(options.out, (json.dumps(result, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()

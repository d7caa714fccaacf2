"""What learned lattices carry through JPEG, beside quantisation index modulation (QIM).

    python benchmarks/lattice.py TEST MODEL [MODEL ...] --out benchmarks/results/lattice.json

TEST: a folder of photos that no model was trained on, from whose middles 128 x 128 pixels are cut;
MODEL: a bundle's name or folder. Each photo is hidden in without TensorFlow, rounded, written by
Pillow (4:2:0) and read as ``reveal`` does, from samples that are not clipped: PSNR, bits right
after each channel and with a wrong key, at every strength of a model. With --searched, what a
stranger finds who has the model and searches a block's offsets. QIM: with steps of its own or
WhatsApp's, on luma, by the smallest change of R, G and B.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keystego_tf.baselines.qim import ColourQim
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.channel.jpeg_codec import encode, tables_of_quality
from keystego_tf.channel.platforms import PLATFORMS, WHATSAPP
from keystego_tf.data.covers import FolderCovers
from keystego_tf.embedders.blocks import Modulator, settled
from keystego_tf.embedders.qim import Lattice
from keystego_tf.io.files import to_json, write_whole
from keystego_tf.io.jpeg import read, unclipped

Pixels = NDArray[np.uint8]
SIDE = 128
BLOCKS = np.arange((SIDE // 8) ** 2)
QUALITIES = (95, 85, 75, 70, 60, 50, 40)
#: Coefficients of QIM, those that JPEG keeps best first, by bits of a block.
PLACES = {1: ((0, 2),), 4: ((0, 1), (0, 2), (1, 0), (1, 1))}
#: Steps of QIM.
STEPS = {1: (20.0, 22.0, 24.0, 28.0), 4: (16.0, 18.0, 20.0, 24.0)}


def learned(name: str) -> Iterator[tuple[str, Modulator, int]]:
    """A bundle at each of its strengths: a name, the modulator and its reading."""
    model = find_model(name)
    for reading, strength in enumerate(model.modulator().strengths):
        yield f"{model.name}, strength {strength:.2f}", model.modulator(strength), reading


def controls(bits: int) -> Iterator[tuple[str, Modulator, int]]:
    """QIM of so many bits a block."""
    for step in STEPS[bits]:
        qim = ColourQim(Lattice.free(step / 2), places=PLACES[bits])
        yield f"QIM, {bits} a block, step {step:g}", qim, 0
    for multiple in (1, 2):
        qim = ColourQim(Lattice.of_table(WHATSAPP, multiple), places=PLACES[bits])
        yield f"QIM, {bits} a block, {multiple} x WhatsApp's steps", qim, 0


def channels() -> dict[str, Callable[[Pixels], Any]]:
    """What happens on the way, by name."""

    def jpeg(luma: Any, chroma: Any, times: int = 1) -> Callable[[Pixels], Any]:
        def send(image: Pixels) -> Any:
            for _ in range(times - 1):
                data = encode(Image.fromarray(image), luma, chroma)
                image = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
            return unclipped(read(encode(Image.fromarray(image), luma, chroma)))

        return send

    found: dict[str, Callable[[Pixels], Any]] = {"PNG": lambda image: image}
    found |= {f"Q{quality}": jpeg(*tables_of_quality(quality)) for quality in QUALITIES}
    for name in ("whatsapp", "instagram", "x", "telegram"):
        platform = PLATFORMS[name]
        found[name] = jpeg(platform.luma, platform.chroma)
    luma = PLATFORMS["whatsapp"].luma
    found["whatsapp twice"] = jpeg(luma, luma, 2)
    for scale in (0.8, 1.25):
        scaled = np.clip(np.rint(scale * luma), 1, 255)
        found[f"whatsapp x {scale:g}"] = jpeg(scaled, scaled)
    return found


class Trip:
    """A photo with bits in it."""

    def __init__(self, nets: Modulator, cover: Pixels, number: int) -> None:
        self._nets, self._number = nets, number
        rng = np.random.default_rng([1, number])
        self.wanted = rng.choice([-1, 1], (len(BLOCKS), nets.bits)).astype(np.int8)
        samples = nets.write(cover, self.wanted, self.phases(2))
        self.stego = settled(samples, cover, nets.filters(cover.shape[-1]), rng)

    def phases(self, key: int) -> Any:
        rng = np.random.default_rng([key, self._number])
        return (rng.integers(0, 256, (len(BLOCKS), self._nets.phases)) / 256).astype(np.float32)

    def right(self, image: Pixels, reading: int, key: int = 2) -> float:
        """Share of bits that are right."""
        odds = self._nets.read(self._nets.see(image), self.phases(key), BLOCKS, reading)
        return float(np.mean((odds > 0) == (self.wanted > 0)))


def measure(nets: Modulator, reading: int, covers: list[Pixels]) -> dict[str, Any]:
    """PSNR, and the share of bits right after each channel and with a wrong key."""
    ways = channels()
    hits: dict[str, list[float]] = {name: [] for name in [*ways, "wrong key"]}
    psnr, seconds = [], 0.0
    for number, cover in enumerate(covers):
        start = time.perf_counter()
        trip = Trip(nets, cover, number)
        seconds += time.perf_counter() - start
        psnr.append(10 * np.log10(255**2 / np.mean((trip.stego.astype(float) - cover) ** 2)))
        for name, way in ways.items():
            hits[name].append(trip.right(way(trip.stego), reading))
        hits["wrong key"].append(trip.right(trip.stego, reading, key=3))
    return {
        "bits": nets.bits * len(BLOCKS),
        "psnr": float(np.mean(psnr)),
        "right": {name: float(np.mean(each)) for name, each in hits.items()},
        "milliseconds_hiding": 1000 * seconds / len(covers),
    }


def stranger(nets: Modulator, reading: int, covers: list[Pixels], guesses: int) -> dict[str, float]:
    """What somebody with the model makes of stego images: he searches the offsets of each block.

    He draws ``guesses`` offsets for each block, keeps those under which Bob is surest, and reads
    with them. ``right``: share of bits that he reads; ``surer_in_stego``: share of photos whose
    stego image he reads more surely than its cover (0.5 is chance).
    """
    right, surer = [], []
    for number, cover in enumerate(covers):
        trip = Trip(nets, cover, number)
        sure = {}
        for name, image in (("stego", trip.stego), ("cover", cover)):
            seen = nets.see(image)
            best = np.zeros((len(BLOCKS), nets.bits), np.float32)
            for guess in range(guesses):
                odds = nets.read(seen, trip.phases(4 + guess), BLOCKS, reading)
                better = np.abs(odds).sum(1) > np.abs(best).sum(1)
                best[better] = odds[better]
            sure[name] = np.abs(best).mean()
            if name == "stego":
                right.append(np.mean((best > 0) == (trip.wanted > 0)))
        surer.append(sure["stego"] > sure["cover"])
    return {"right": float(np.mean(right)), "surer_in_stego": float(np.mean(surer))}


def tiles(folder: Path, limit: int) -> Iterator[Pixels]:
    """The middles of a folder's first photos, uint8 [SIDE, SIDE, 3]."""
    covers = FolderCovers(folder, 3, SIDE)
    for index in range(min(limit, len(covers))):
        image = covers.image(index)
        top, left = (image.shape[0] - SIDE) // 2, (image.shape[1] - SIDE) // 2
        yield image[top : top + SIDE, left : left + SIDE]


def table(rows: dict[str, Any]) -> str:
    names = ("PNG", "Q95", "Q75", "Q60", "Q50", "whatsapp", "whatsapp twice", "wrong key")
    lines = [f"{'':46}{'bits':>5}{'PSNR':>7}" + "".join(f"{name:>15}" for name in names)]
    for name, row in rows.items():
        shares = "".join(f"{100 * row['right'][each]:15.2f}" for each in names)
        lines.append(f"{name:46}{row['bits']:5}{row['psnr']:7.2f}{shares}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("test", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--searched", type=int, default=0, help="photos of the stranger's search")
    parser.add_argument("--guesses", type=int, default=4096, help="offsets that he tries")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    covers = list(tiles(given.test, given.images))
    codes = [code for name in given.models for code in learned(name)]
    payloads = sorted({nets.bits for _, nets, _ in codes})
    codes += [code for bits in payloads for code in controls(bits)]
    rows = {name: measure(nets, reading, covers) for name, nets, reading in codes}
    print(table(rows))
    found: dict[str, Any] = {"images": len(covers), "rows": rows}
    if given.searched:
        found["stranger"] = {
            name: stranger(nets, reading, covers[: given.searched], given.guesses)
            for name, nets, reading in codes
            if nets.phases >= 8
        }
        print(json.dumps(found["stranger"], indent=2))
    if given.out:
        from _machine import describe

        write_whole(given.out, to_json({**describe(), **found}))


if __name__ == "__main__":
    main()

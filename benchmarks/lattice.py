"""What learned lattices carry through JPEG, beside quantisation index modulation (QIM).

    python benchmarks/lattice.py TEST MODEL [MODEL ...] --strengths 1 1.2 --out FILE.json

TEST: a folder of photos that no model was trained on, from which 128 x 128 pixels are cut; MODEL: a
bundle's name or folder. Each image is hidden in by the NumPy nets, rounded, written by Pillow
(4:2:0) and read again: PSNR, bits right after each channel, with a wrong key, and the stranger's
search: how often the likeliest of 4,096 keys that a stranger draws for a block is near the sender's.
QIM: one luma coefficient a bit, the smallest change of R, G and B that moves it, dithered.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keystego_tf.bundles.bundles import load_weights
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.channel.jpeg_codec import YCBCR, encode, tables_of_quality
from keystego_tf.channel.platforms import PLATFORMS
from keystego_tf.data.covers import FolderCovers
from keystego_tf.io.files import to_json, write_whole
from keystego_tf.methods.lattice.plain import PlainLattice

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
SIDE, BLOCK = 128, 8
#: Blocks of an image, each way.
ROWS = SIDE // BLOCK
QUALITIES = (95, 85, 75, 70, 60, 50, 40)


class Code(Protocol):
    """Bits into blocks: hide(cover, bits [ROWS, ROWS, bits], key), read(image, key) -> the same."""

    bits: int

    def hide(self, cover: Pixels, bits: Any, key: np.random.Generator) -> Pixels: ...
    def read(self, image: Pixels, key: np.random.Generator) -> Floats: ...


class Learned:
    """A bundle at a strength."""

    def __init__(self, name: str, strength: float) -> None:
        model = find_model(name)
        self.nets = PlainLattice(load_weights(model.folder), model.config.settings)
        self.bits, self.strength = self.nets.bits, strength
        self.name = f"{model.name} at strength {strength:g}"

    def _turns(self, key: np.random.Generator) -> Floats:
        offsets = key.integers(0, 256, (ROWS, ROWS, self.nets.lattices))
        return (offsets / 256).astype(np.float32)

    def hide(self, cover: Pixels, bits: Any, key: np.random.Generator) -> Pixels:
        return self.nets.hide(cover, bits, self._turns(key), self.strength)

    def read(self, image: Pixels, key: np.random.Generator) -> Floats:
        return self.nets.read(image, self._turns(key), self.strength)


class Modulation:
    """Dithered QIM: a bit is the nearer of two lattices of one luma coefficient."""

    #: (row, column) of the frequencies that libjpeg's table keeps best.
    FREQUENCIES = ((0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (2, 1), (1, 2))

    def __init__(self, step: float, bits: int) -> None:
        self.step, self.bits, self.name = step, bits, f"QIM, step {step:g}"
        place, sample = np.mgrid[:BLOCK, :BLOCK]
        cosine = np.cos(np.pi * place * (2 * sample + 1) / 16) / 2
        cosine[0] /= np.sqrt(2)
        waves = [np.outer(cosine[row], cosine[column]) for row, column in self.FREQUENCIES[:bits]]
        self.waves = np.stack(waves).reshape(bits, -1)

    def _coefficients(self, image: Pixels) -> Any:
        luma = (image @ YCBCR[0]).reshape(ROWS, BLOCK, ROWS, BLOCK)
        return luma.transpose(0, 2, 1, 3).reshape(ROWS, ROWS, -1) @ self.waves.T

    def _off(self, image: Pixels, key: np.random.Generator) -> Any:
        dither = key.uniform(0, 1, (ROWS, ROWS, self.bits))
        return self._coefficients(image) / self.step + dither

    def hide(self, cover: Pixels, bits: Any, key: np.random.Generator) -> Pixels:
        off = self._off(cover, key) + bits / 2
        blocks = -self.step * (off - np.rint(off)) @ self.waves
        luma = blocks.reshape(ROWS, ROWS, BLOCK, BLOCK).transpose(0, 2, 1, 3).reshape(SIDE, SIDE)
        change = luma[..., None] * YCBCR[0] / np.sum(YCBCR[0] ** 2)
        return np.clip(np.rint(cover + change), 0, 255).astype(np.uint8)

    def read(self, image: Pixels, key: np.random.Generator) -> Floats:
        return -np.cos(2 * np.pi * self._off(image, key)).astype(np.float32)


def channels() -> dict[str, Callable[[Pixels], Pixels]]:
    """What happens on the way, by name."""

    def jpeg(luma: Any, chroma: Any, times: int = 1) -> Callable[[Pixels], Pixels]:
        def send(image: Pixels) -> Pixels:
            for _ in range(times):
                data = encode(Image.fromarray(image), luma, chroma)
                image = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
            return image

        return send

    found = {"PNG": lambda image: image}
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


def measure(code: Code, covers: list[Pixels]) -> dict[str, Any]:
    """PSNR, and the share of bits right after each channel and with a wrong key."""
    ways = channels()
    hits: dict[str, list[float]] = {name: [] for name in [*ways, "wrong key"]}
    psnr, seconds = [], 0.0
    for number, cover in enumerate(covers):
        bits = np.random.default_rng([1, number]).integers(0, 2, (ROWS, ROWS, code.bits), np.uint8)
        start = time.perf_counter()
        stego = code.hide(cover, bits, np.random.default_rng([2, number]))
        seconds += time.perf_counter() - start
        error = np.mean((stego.astype(float) - cover) ** 2)
        psnr.append(10 * np.log10(255**2 / error))
        for name, way in ways.items():
            read = code.read(way(stego), np.random.default_rng([2, number])) > 0
            hits[name].append(float(np.mean(read == bits)))
        read = code.read(stego, np.random.default_rng([3, number])) > 0
        hits["wrong key"].append(float(np.mean(read == bits)))
    return {
        "bits": code.bits * ROWS**2,
        "psnr": float(np.mean(psnr)),
        "right": {name: float(np.mean(each)) for name, each in hits.items()},
        "milliseconds_hiding": 1000 * seconds / len(covers),
    }


def stranger(code: Learned, covers: list[Pixels], guesses: int = 4096) -> dict[str, float]:
    """What a stranger with the model makes of the stego images: he searches a block's offsets.

    He draws offsets for each block and keeps those under which Bob is surest, then reads with them.
    ``bits``: share that he reads right, ``surest``: his surest logit's mean size, on stego images
    and on covers.
    """
    found: dict[str, list[float]] = {"bits": [], "surest_stego": [], "surest_cover": []}
    for number, cover in enumerate(covers):
        bits = np.random.default_rng([1, number]).integers(0, 2, (ROWS, ROWS, code.bits), np.uint8)
        stego = code.hide(cover, bits, np.random.default_rng([2, number]))
        for name, image in (("stego", stego), ("cover", cover)):
            best = np.zeros((ROWS, ROWS, code.bits), np.float32)
            sure = np.zeros((ROWS, ROWS, 1), np.float32)
            for guess in range(guesses):
                logits = code.read(image, np.random.default_rng([4, number, guess]))
                size = np.abs(logits).sum(-1, keepdims=True)
                best, sure = np.where(size > sure, logits, best), np.maximum(size, sure)
            found[f"surest_{name}"].append(float(sure.mean()))
            if name == "stego":
                found["bits"].append(float(np.mean((best > 0) == bits)))
    return {name: float(np.mean(each)) for name, each in found.items()}


def tiles(folder: Path, limit: int) -> Iterator[Pixels]:
    """The middles of a folder's first photos, uint8 [SIDE, SIDE, 3]."""
    covers = FolderCovers(folder, 3, SIDE)
    for index in range(min(limit, len(covers))):
        image = covers.image(index)
        top, left = (image.shape[0] - SIDE) // 2, (image.shape[1] - SIDE) // 2
        yield image[top : top + SIDE, left : left + SIDE]


def table(rows: dict[str, Any]) -> str:
    names = ("PNG", "Q95", "Q75", "Q60", "Q50", "whatsapp", "whatsapp twice", "wrong key")
    lines = [f"{'':42} PSNR  " + "".join(f"{name:>15}" for name in names)]
    for name, row in rows.items():
        shares = "".join(f"{100 * row['right'][each]:15.2f}" for each in names)
        lines.append(f"{name:36} {row['bits']:5} {row['psnr']:.2f} {shares}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("test", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--strengths", type=float, nargs="+", default=[1.0])
    parser.add_argument("--steps", type=float, nargs="+", default=[20.0, 24.0, 28.0])
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--searched", type=int, default=0, help="images of the stranger's search")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    covers = list(tiles(given.test, given.images))
    learned = [Learned(name, each) for name in given.models for each in given.strengths]
    payloads = sorted({code.bits for code in learned})
    controls = [Modulation(step, bits) for bits in payloads for step in given.steps]
    rows = {f"{code.name}": measure(code, covers) for code in learned}
    rows |= {f"{code.name}, {code.bits} a block": measure(code, covers) for code in controls}
    print(table(rows))
    found: dict[str, Any] = {"images": len(covers), "rows": rows}
    if given.searched:
        searched = {code.name: stranger(code, covers[: given.searched]) for code in learned}
        print(json.dumps(searched, indent=2))
        found |= {"stranger": searched, "searched": given.searched}
    if given.out:
        from _machine import describe

        write_whole(given.out, to_json({**describe(), **found}))


if __name__ == "__main__":
    main()

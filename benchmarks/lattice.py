"""Measure what learned lattices carry through JPEG, beside quantisation index modulation (QIM).

    python benchmarks/lattice.py TEST MODEL [MODEL ...] --out benchmarks/results/lattice.json

TEST is a folder of photos that no model was trained on; their middle 128 x 128 pixels are used.
MODEL is a bundle's name or folder. Bits are hidden in each photo without TensorFlow. The photo is
rounded, written by Pillow (4:2:0) and read as ``reveal`` does, from samples that are not clipped.
Models of tiles, trained with ``--jpeg``, may stand beside; they read clipped samples. The results
are PSNR, and bits right after each channel and with a wrong key, at every strength of a model.
--searched adds what a stranger finds who has the model and searches a block's offsets. QIM has
steps of its own or WhatsApp's, on luma, by the smallest change of R, G and B. --also keeps the rows
of an older file.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keystego_tf.baselines.qim import ColourQim
from keystego_tf.bundles.catalogue import Model, find_model
from keystego_tf.bundles.runner import LiteRunner
from keystego_tf.channel.jpeg_codec import encode, tables_of_quality
from keystego_tf.channel.platforms import PLATFORMS, WHATSAPP
from keystego_tf.data.covers import FolderCovers
from keystego_tf.embedders.blocks import Modulator, settled
from keystego_tf.embedders.qim import Lattice
from keystego_tf.io.files import to_json, write_whole
from keystego_tf.io.jpeg import read, unclipped

Pixels = NDArray[np.uint8]
Channel = Callable[[Pixels], Any]
SIDE = 128
BLOCKS = np.arange((SIDE // 8) ** 2)
QUALITIES = (95, 90, 85, 80, 75, 70, 65, 60, 55, 50)
#: Platforms, one for each pair of quantisation tables.
KNOWN = ("whatsapp", "instagram", "x", "telegram")
#: Coefficients of QIM by bits of a block; those that JPEG keeps best come first.
PLACES = {1: ((0, 2),), 4: ((0, 1), (0, 2), (1, 0), (1, 1))}
#: Steps of QIM by bits of a block.
STEPS = {1: (18.0, 20.0, 22.0, 24.0, 28.0, 32.0), 4: (12.0, 14.0, 16.0, 18.0, 20.0, 24.0)}


def learned(name: str) -> Iterator[tuple[str, Modulator, int]]:
    """Yield a bundle at each of its strengths: a name, the modulator and its reading.

    Nothing is yielded for nets of tiles.
    """
    model = find_model(name)
    if model.modulator() is None:
        return
    for reading, strength in enumerate(model.modulator().strengths):
        yield f"{model.name}, strength {strength:.2f}", model.modulator(strength), reading


def controls(bits: int) -> Iterator[tuple[str, Modulator, int]]:
    """Yield QIM of so many bits a block."""
    for step in STEPS[bits]:
        qim = ColourQim(Lattice.free(step / 2), places=PLACES[bits])
        yield f"QIM, {bits} a block, step {step:g}", qim, 0
    for multiple in (1, 2):
        qim = ColourQim(Lattice.of_table(WHATSAPP, multiple), places=PLACES[bits])
        yield f"QIM, {bits} a block, {multiple} x WhatsApp's steps", qim, 0


def jpeg(luma: Any, chroma: Any, times: int = 1) -> Channel:
    """Send through Pillow, ``times`` times, and read the last file as ``reveal`` does."""

    def send(image: Pixels) -> Any:
        for _ in range(times - 1):
            data = encode(Image.fromarray(image), luma, chroma)
            image = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        return unclipped(read(encode(Image.fromarray(image), luma, chroma)))

    return send


def mozjpeg(luma: Any, chroma: Any) -> Channel:
    """Send through mozjpeg with its trellis quantisation, which no net has met in training."""
    import jpeglib

    tables = np.stack([luma, chroma]).astype(np.uint16)

    def send(image: Pixels) -> Any:
        with tempfile.TemporaryDirectory() as folder, jpeglib.version("mozjpeg403"):
            path = Path(folder) / "out.jpg"
            encoder = jpeglib.from_spatial(np.ascontiguousarray(image))
            encoder.samp_factor = ((2, 2), (1, 1), (1, 1))
            encoder.write_spatial(str(path), qt=tables)
            return unclipped(read(path.read_bytes()))

    return send


def sets() -> dict[str, dict[str, Channel]]:
    """Return the channels by name, in the sets for which curves are drawn."""
    qualities = {f"Q{quality}": jpeg(*tables_of_quality(quality)) for quality in QUALITIES}
    own = {name: (PLATFORMS[name].luma, PLATFORMS[name].chroma) for name in KNOWN}
    scaled = {
        f"{name} x {scale:g}": jpeg(*(np.clip(np.rint(scale * each), 1, 255) for each in tables))
        for name, tables in own.items()
        for scale in (0.8, 0.9, 1.1, 1.25)
    }
    return {
        "as written": {"PNG": lambda image: image},
        "Q50 to Q95": qualities,
        "platforms' tables, once and twice": {
            **{name: jpeg(*tables) for name, tables in own.items()},
            **{f"{name} twice": jpeg(*tables, 2) for name, tables in own.items()},
        },
        "their tables times 0.8 to 1.25": scaled,
        "mozjpeg": {f"mozjpeg Q{q}": mozjpeg(*tables_of_quality(q)) for q in (85, 75, 60, 50)},
    }


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
        """Return the share of bits that are right."""
        odds = self._nets.read(self._nets.see(image), self.phases(key), BLOCKS, reading)
        return float(np.mean((odds > 0) == (self.wanted > 0)))


def measure(nets: Modulator, reading: int, covers: list[Pixels]) -> dict[str, Any]:
    """Measure PSNR, and the share of bits right after each channel and with a wrong key."""
    ways = {name: way for ways in sets().values() for name, way in ways.items()}
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


def measure_tiles(model: Model, covers: list[Pixels]) -> dict[str, Any]:
    """Measure nets of tiles as ``measure`` does."""
    runner, ways = LiteRunner(model), {n: w for own in sets().values() for n, w in own.items()}
    hits: dict[str, list[float]] = {name: [] for name in [*ways, "wrong key"]}
    psnr = []
    for number, cover in enumerate(covers):
        rng = np.random.default_rng([1, number])
        message, key, wrong = (
            rng.integers(0, 2, int(np.prod(shape)), dtype=np.uint8)
            for shape in (runner.message_shape, runner.key_shape, runner.key_shape)
        )
        stego = runner.hide(cover, message, runner.mask(key))
        psnr.append(10 * np.log10(255**2 / np.mean((stego.astype(float) - cover) ** 2)))
        arrived = {name: (way(stego), key) for name, way in ways.items()}
        for name, (image, bobs) in {**arrived, "wrong key": (stego, wrong)}.items():
            seen = np.clip(np.rint(image), 0, 255).astype(np.uint8)
            read = runner.read(seen, bobs, runner.mask(bobs)) > 0.5
            hits[name].append(float(np.mean(read == message)))
    return {
        "bits": message.size,
        "psnr": float(np.mean(psnr)),
        "right": {name: float(np.mean(each)) for name, each in hits.items()},
    }


def stranger(nets: Modulator, reading: int, covers: list[Pixels], guesses: int) -> dict[str, float]:
    """Attack stego images with the model but no key: search the offsets of each block.

    The stranger draws ``guesses`` offsets for each block, keeps those under which Bob is surest,
    and reads with them. ``right``: share of bits that he reads; ``surer_in_stego``: share of photos
    whose stego image he reads more surely than its cover (0.5 is chance).
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
    """Yield the middles of a folder's first photos, uint8 [SIDE, SIDE, 3]."""
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


def curves(rows: dict[str, Any]) -> dict[str, dict[str, list[list[float]]]]:
    """Return PSNR and the mean share of wrong bits of each operating point, by set and code."""
    found: dict[str, dict[str, list[list[float]]]] = {}
    for title, ways in sets().items():
        for name, row in rows.items():
            wrong = 1 - float(np.mean([row["right"][way] for way in ways]))
            kind = name.split(", strength")[0].split(", step")[0]
            found.setdefault(title, {}).setdefault(kind, []).append([row["psnr"], wrong])
    return found


def plot(rows: dict[str, Any], path: Path) -> None:
    """Plot the share of wrong bits over PSNR, a panel for each set, a row for each payload.

    Nets of tiles are left out: their PSNR is so far from the others' that it would squeeze them.
    """
    import matplotlib.pyplot as plt

    rows = {name: row for name, row in rows.items() if "strength" in name or "QIM" in name}
    payloads = sorted({row["bits"] for row in rows.values()})
    titles = [title for title in sets() if title != "as written"]
    shape, colours = (len(payloads), len(titles)), dict[str, str]()
    figure, panels = plt.subplots(*shape, figsize=(15, 3.6 * shape[0]), squeeze=False, sharey="row")
    for bits, line in zip(payloads, panels):
        own = curves({name: row for name, row in rows.items() if row["bits"] == bits})
        for title, panel in zip(titles, line):
            for kind, points in own[title].items():
                x, y = np.array(sorted(points)).T
                style = "s--" if kind.startswith("QIM") else "o-"
                # one name and colour at all payloads
                label = kind.replace(f"-{bits / SIDE**2:g}", "").replace(
                    f", {bits // 256} a block", ""
                )
                color = colours.setdefault(label, f"C{len(colours)}")
                panel.plot(x, 100 * np.maximum(y, 1e-5), style, label=label, ms=4, color=color)
            panel.set(title=title, xlabel="PSNR, dB", yscale="log")
            panel.grid(alpha=0.3)
        line[0].set_ylabel(f"bits wrong, % ({bits} bits)")
        line[-1].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("test", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--searched", type=int, default=0, help="photos of the stranger's search")
    parser.add_argument("--guesses", type=int, default=4096, help="offsets that he tries")
    parser.add_argument("--also", type=Path, help="JSON file of an older run")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--plot", type=Path, help="picture of the curves")
    given = parser.parse_args()
    covers = list(tiles(given.test, given.images))
    codes = [code for name in given.models for code in learned(name)]
    payloads = sorted({nets.bits for _, nets, _ in codes})
    codes += [code for bits in payloads for code in controls(bits)]
    rows = {name: measure(nets, reading, covers) for name, nets, reading in codes}
    for model in map(find_model, given.models):
        if model.modulator() is None:
            rows[model.name] = measure_tiles(model, covers)
    print(table(rows))
    older = json.loads(given.also.read_text()) if given.also else {"rows": {}, "stranger": {}}
    rows = {**older["rows"], **rows}
    found: dict[str, Any] = {"images": len(covers), "rows": rows, "curves": curves(rows)}
    found["stranger"] = older["stranger"]
    if given.plot:
        plot(rows, given.plot)
    if given.searched:
        found["stranger"] = {
            **older["stranger"],
            **{
                name: stranger(nets, reading, covers[: given.searched], given.guesses)
                for name, nets, reading in codes
                if nets.phases >= 8
            },
        }
        print(json.dumps(found["stranger"], indent=2))
    if given.out:
        from _machine import describe

        about = describe()
        about["command"] = "; ".join([*filter(None, [older.get("command")]), about["command"]])
        write_whole(given.out, to_json({**about, **found}))


if __name__ == "__main__":
    main()

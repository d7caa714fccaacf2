"""Test hide --for on many photos: its files must survive the platform and other encoders.

    python tools/campaign_messenger.py --photos PHOTOS [--photos MORE] --hides 400 [--seed 0]
        [--out FILE]

One fresh process hides in each image, and another reads it after every way: as written, each
platform once and twice, chains of two, better qualities, and mozjpeg with the platform's tables and
its trellis quantisation, which hide neither simulates nor knows. A trip is one way of one image.
The summary is printed as JSON on standard output. The exit code is 1 if a message came out wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from campaign_covers import photos_in
from campaign_reader import reveal_afresh
from PIL import Image
from tqdm import tqdm

from keystego_tf.channel.platforms import Platform, destinations, prepared, ways
from keystego_tf.codec import DoesNotFit, messenger
from keystego_tf.embedders.qim import LUMA
from keystego_tf.payload.keys import SecretKey, SharedKey, write_pair, write_secret

DESTINATIONS = (
    *("whatsapp", "whatsapp-hd", "signal", "signal-75", "telegram", "instagram", "facebook", "x"),
    *(f"jpeg:{quality}" for quality in (50, 60, 70, 75, 85, 95)),
    *("whatsapp,signal", "whatsapp,facebook", "telegram,x"),
)

#: Length of a short message in bytes; a long one has the promised capacity.
SHORT = 40

#: Number of images that two fresh processes work on.
BATCH = 20

EXACT, NOTHING, WRONG = "exact", "nothing", "wrong"


def mozjpeg(file: bytes, platform: Platform) -> bytes:
    """Save a JPEG file once more, by mozjpeg with a platform's tables and 4:2:0."""
    import jpeglib

    samples = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
    tables = np.stack([platform.luma, platform.chroma]).astype(np.uint16)
    with tempfile.TemporaryDirectory() as folder, jpeglib.version("mozjpeg403"):
        path = str(Path(folder) / "out.jpg")
        image = jpeglib.from_spatial(np.ascontiguousarray(samples))
        image.samp_factor = ((2, 2), (1, 1), (1, 1))
        image.write_spatial(path, qt=tables)
        return Path(path).read_bytes()


def arrivals(file: bytes, chosen: list[Platform]) -> dict[str, bytes]:
    """Return the files that arrive, by the way they took."""
    found = {"as written": file}
    for way in {(one,) for one in chosen} | set(ways(chosen)):
        arrived = file
        for platform in way:
            arrived = platform.send(Image.open(io.BytesIO(arrived)))
        found[" > ".join(each.name for each in way)] = arrived
    for each in chosen:
        once = mozjpeg(file, each)
        found[f"mozjpeg {each.name}"] = once
        found[f"mozjpeg {each.name} twice"] = mozjpeg(once, each)
    return found


def job(number: int, photos: list[Path], folder: Path, rng: np.random.Generator) -> dict[str, Any]:
    """Describe an image to be made: hide's arguments, of types that JSON has."""
    names = DESTINATIONS[number % len(DESTINATIONS)]
    photo = photos[rng.integers(len(photos))]
    chosen = destinations(names)
    with Image.open(photo) as image:
        size = prepared(image, chosen).size
    most = messenger.capacity_for(size[::-1], chosen).message
    length = SHORT if number // len(DESTINATIONS) % 2 == 0 else most or 0
    key = {"to": str(folder / "me.pub")} if rng.random() < 0.2 else {"key": str(folder / "s.key")}
    return {
        "image": str(photo),
        "message": rng.bytes(length).hex(),
        "out": str(folder / f"{number}.jpg"),
        "destination": names,
        **key,
    }


def hide_afresh(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the outcome of every job, from one new process."""
    command = [sys.executable, __file__, "--work"]
    done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the hiding process ended with {done.returncode}: {done.stderr}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def hidden(words: dict[str, Any]) -> dict[str, Any]:
    """Hide, and report how well it went."""
    from keystego_tf.codec import hide

    message, start = bytes.fromhex(words.pop("message")), time.process_time()
    try:
        stego = hide(words.pop("image"), message, **words)
    except DoesNotFit as error:
        return {"refused": str(error)}
    seconds = time.process_time() - start
    return {
        "psnr": stego.psnr,
        "level": stego.level,
        "spent": stego.spent,
        "cpu_seconds": seconds,
        "size": list(stego.picture.rgb_u8.shape[1::-1]),
    }


def luma_psnr(photo: str, file: bytes, chosen: list[Platform]) -> float:
    """Return luma's PSNR against the same photo saved with the same tables without a message."""
    scaled = messenger.scaled_for(photo, chosen)
    old, new = (
        np.asarray(Image.open(io.BytesIO(each)).convert("RGB")) @ LUMA
        for each in (scaled.plain, file)
    )
    return float(10 * np.log10(255**2 / max(np.mean(np.square(new - old)), 1e-9)))


def batch(jobs: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Make the image of each job, and return the outcome of each of its trips."""
    made, waiting, expected = hide_afresh(jobs), [], []
    for words, found in zip(jobs, made):
        found.update(destination=words["destination"], photo=Path(words["image"]).name)
        found.update(bytes=len(words["message"]) // 2, trips={})
        if "refused" in found:
            continue
        file, chosen = Path(words["out"]).read_bytes(), destinations(words["destination"])
        found["luma_psnr"] = luma_psnr(words["image"], file, chosen)
        key = str(folder / ("me.key" if "to" in words else "s.key"))
        for number, (way, arrived) in enumerate(arrivals(file, chosen).items()):
            path = Path(words["out"]).with_suffix(f".{number}.jpg")
            path.write_bytes(arrived)
            waiting.append({"image": str(path), "key": key})
            digest = hashlib.sha256(bytes.fromhex(words["message"])).hexdigest()
            expected.append((found["trips"], way, digest))
    for (trips, way, digest), outcome in zip(expected, reveal_afresh(waiting)):
        trips[way] = EXACT if outcome == digest else NOTHING if "NothingThere" in outcome else WRONG
    for path in folder.glob("*.jpg"):
        path.unlink()
    return made


def summary(made: list[dict[str, Any]]) -> dict[str, Any]:
    """Summarise all counts, by destination and by way, and the worst pictures."""

    def counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
        written = [row for row in rows if "psnr" in row]
        trips = [(way, result) for row in written for way, result in row["trips"].items()]
        other = [result for way, result in trips if way.startswith("mozjpeg")]
        played = [result for way, result in trips if not way.startswith("mozjpeg")]
        return {
            "hides": len(rows),
            "refused": len(rows) - len(written),
            "reasons": dict(
                Counter(row["refused"].split(",")[1] for row in rows if "refused" in row)
            ),
            "trips": dict(Counter(played)),
            "trips by mozjpeg": dict(Counter(other)),
            **{
                name: {"mean": float(np.mean(values)), "least": float(min(values))}
                for name in ("psnr", "luma_psnr")
                if (values := [row[name] for row in written])
            },
        }

    ranked = sorted((row for row in made if "psnr" in row), key=lambda row: row["psnr"])
    lost = [row for row in made if set(row["trips"].values()) - {EXACT}]
    return {
        "all": counts(made),
        "destinations": {
            name: counts([row for row in made if row["destination"] == name])
            for name in DESTINATIONS
        },
        "worst": ranked[:5],
        "lost": lost,
    }


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, action="append", required=True)
    parser.add_argument("--hides", type=int, default=len(DESTINATIONS), metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file for the summary, besides standard output")
    options = parser.parse_args(words)
    photos = [path for folder in options.photos for path in photos_in(folder)]
    rng, made = np.random.default_rng(options.seed), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pair(folder / "me", SecretKey.generate())
        write_secret(folder / "s.key", SharedKey.generate().to_text())
        for first in tqdm(range(0, options.hides, BATCH), file=sys.stderr, mininterval=5):
            numbers = range(first, min(first + BATCH, options.hides))
            made += batch([job(number, photos, folder, rng) for number in numbers], folder)
            found = {"seed": options.seed, **summary(made)}
            if options.out is not None:
                options.out.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))
    results = Counter(each for row in made for each in row["trips"].values())
    return int(results[WRONG] > 0)


if __name__ == "__main__":
    if sys.argv[1:] == ["--work"]:
        json.dump([hidden(each) for each in json.load(sys.stdin)], sys.stdout)
    else:
        sys.exit(main())

"""Run part four of the campaign: mutated images, key files and bundles.

Anything wrong must be a ValueError, memory must stay bounded, and nothing may be left behind. The
attempts run in child processes, so that each has its own memory and a crash is a finding.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any, Callable

import numpy as np
from campaign_covers import random_cover
from campaign_keys import Keyring
from campaign_setting import Setting
from PIL import Image

from keystego_tf.bundles.bundles import load_log, load_weights
from keystego_tf.bundles.catalogue import BUNDLED, find_model, open_model
from keystego_tf.bundles.runner import lite_runner
from keystego_tf.codec import hide, reveal
from keystego_tf.payload.keys import load_key, load_public

#: Number of attempts of one child.
BATCH = 250

#: What is fuzzed, and how often; the most memory that a child may have taken by its end, MiB
#: (images may have 100 million pixels); and the longest that one attempt may take, seconds.
KINDS = {"image": 0.6, "key": 0.1, "bundle": 0.3}
MOST_MEMORY = {"image": 1500, "key": 500, "bundle": 500}
MOST_SECONDS = {"image": 20.0, "key": 2.0, "bundle": 2.0}

MESSAGE = b"whole or not at all"
OPTIONS: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True, "exact": True}}


def fuzz(count: int, setting: Setting) -> dict[str, Any]:
    """Make ``count`` attempts in child processes of ``BATCH`` each."""
    folder, rng = setting.folder, setting.rng
    keyring = Keyring(folder)
    shared, pair = keyring.make("shared", rng), keyring.new_pair()
    _, cover = random_cover(rng, setting.photos, 160, modes={"RGB": 1.0})
    seeds = folder / "seeds"
    seeds.mkdir()
    stego = hide(cover, MESSAGE, **shared.hide).picture.rgb_u8
    for format in ("PNG", "WEBP", "TIFF", "BMP", "GIF"):
        Image.fromarray(stego).save(seeds / f"image.{format}", format, **OPTIONS.get(format, {}))
    for name, progressive in (("JPEG", False), ("PROGRESSIVE", True)):
        plain = BytesIO()
        cover.save(plain, "JPEG", quality=90, progressive=progressive)
        hide(plain.getvalue(), MESSAGE, seeds / f"image.{name}.jpg", **shared.hide)
    for path in (shared.reveal["key"], pair.reveal["key"], pair.hide["to"]):
        shutil.copy(path, seeds)
    outcomes: Counter[str] = Counter()
    failed: list[Any] = []
    peak: dict[str, float] = {}
    longest: dict[str, float] = {}
    for kind, share in KINDS.items():
        wanted = round(share * count)
        for start in range(0, wanted, BATCH):
            number = min(BATCH, wanted - start)
            words = [str(seeds), shared.reveal["key"], str(int(rng.integers(2**31))), kind]
            command = [sys.executable, __file__, *words, str(number)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                error = done.stderr[-500:]
                failed.append({"child": words, "code": done.returncode, "error": error})
                continue
            found = json.loads(done.stdout)
            outcomes.update(found["outcomes"])
            failed += found["failed"]
            peak[kind] = max(peak.get(kind, 0), found["peak_mib"])
            longest[kind] = max(longest.get(kind, 0), found["seconds"])
            for _ in range(number):
                setting.tick()
    over = {k: v for k, v in peak.items() if v > MOST_MEMORY[k]}
    slow = {k: v for k, v in longest.items() if v > MOST_SECONDS[k]}
    failed += [{"peak_mib": over}] * bool(over) + [{"seconds": slow}] * bool(slow)
    return {
        "tried": count,
        "outcomes": dict(outcomes),
        "failed": failed,
        "peak_mib": peak,
        "longest_seconds": longest,
    }


def child(seeds: Path, key: Path, seed: int, kind: str, count: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    work = seeds.parent / f"child-{seed}"
    (work / "out").mkdir(parents=True)
    images = sorted(seeds.glob("image.*"))
    keys = sorted([*seeds.glob("*.key"), *seeds.glob("*.pub")])
    outcomes: Counter[str] = Counter()
    failed, longest = [], 0.0
    if kind == "bundle":  # a whole one first, so that loading LiteRT is not charged to a bundle
        _outcome(lambda: reveal(images[0], key=key, model=_bundles()[0].name))
    for number in range(count):
        begun = time.process_time()
        if kind == "bundle":
            found = _try_bundle(work, images[0], key, rng)
        elif kind == "key":
            found = _try_key(work, keys[rng.integers(len(keys))].read_bytes(), rng)
        else:
            found = _try_image(work / "out", images[rng.integers(len(images))], key, rng)
        longest = max(longest, time.process_time() - begun)
        outcomes.update(f"{kind}: {each}" for each in found)
        failed += [
            {"seed": seed, "number": number, "kind": kind, "outcome": each}
            for each in found
            if each.startswith("FAILED")
        ]
    shutil.rmtree(work)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"outcomes": dict(outcomes), "failed": failed, "peak_mib": peak, "seconds": longest}


def _outcome(work: Callable[[], Any]) -> str:
    try:
        work()
    except ValueError as error:
        return type(error).__name__
    except Exception as error:
        return f"FAILED: {type(error).__name__}: {error}"
    return "passed"


def _try_image(out: Path, seed: Path, key: Path, rng: np.random.Generator) -> list[str]:
    content = seed.read_bytes()
    is_png = content.startswith(b"\x89PNG")
    content = mutated_png(content, rng) if is_png and rng.random() < 0.7 else mutated(content, rng)

    def read() -> None:
        # a mutation may spare the samples, or damage so few that they are corrected
        if reveal(content, key=key) != MESSAGE:
            raise RuntimeError("wrong bytes")

    target = out / ("stego.jpg" if content.startswith(b"\xff\xd8\xff") else "stego.png")
    found = [_outcome(read), _outcome(lambda: hide(content, MESSAGE, target, key=key))]
    expected = [target.name] if found[1] == "passed" else []
    if os.listdir(out) != expected:
        found.append(f"FAILED: left in the folder: {os.listdir(out)}")
    if expected:
        found.append(_outcome(lambda: _same(reveal(target, key=key))))
        target.unlink()
    return found


def _same(message: bytes) -> None:
    if message != MESSAGE:
        raise RuntimeError("wrong bytes")


def _try_key(work: Path, content: bytes, rng: np.random.Generator) -> list[str]:
    path = work / "mutated"
    path.write_bytes(mutated(content, rng))
    return [_outcome(lambda: load_key(path)), _outcome(lambda: load_public(path))]


def _try_bundle(work: Path, image: Path, key: Path, rng: np.random.Generator) -> list[str]:
    """Mutate or replace one file of a copied bundle; try to open and to read the bundle."""
    bundle = _bundles()[rng.integers(len(_bundles()))]
    folder = work / f"bundle-{rng.integers(2**31)}"
    shutil.copytree(bundle, folder)
    files = sorted(folder.iterdir())
    # a mutation may pass the hashes in the small text files only
    texts = [each for each in files if each.suffix == ".json"]
    file = texts[rng.integers(2)] if rng.random() < 0.4 else files[rng.integers(len(files))]
    file.write_bytes(_hostile(file, rng) if rng.random() < 0.2 else _near_ends(file, rng))
    if file.suffix == ".tflite" and rng.random() < 0.8:
        card = json.loads((folder / "card.json").read_bytes())
        card["sha256"][file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
        (folder / "card.json").write_text(json.dumps(card))
    found = [
        _outcome(lambda: open_model(folder).agents),
        _outcome(lambda: find_model(str(folder)).card),
        _outcome(lambda: load_weights(folder)),
        _outcome(lambda: load_log(folder)),
        _outcome(lambda: _same(reveal(image, key=key, model=str(folder)))),
    ]
    lite_runner.cache_clear()
    shutil.rmtree(folder)
    return found


def _bundles() -> list[Path]:
    return sorted(each for each in BUNDLED.iterdir() if each.is_dir())


def _hostile(file: Path, rng: np.random.Generator) -> bytes:
    """Make content that takes memory or time: zeros that deflate well, nested or endless JSON."""
    if file.suffix == ".npz":
        made = BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(int(rng.integers(1, 4))):
                archive.writestr(f"{number}.npy", bytes(int(rng.integers(10**8))))
        return made.getvalue()
    opening = [b"[", b'{"a":', b"9", b'"', b"1e9,"][rng.integers(5)]
    return opening * int(rng.integers(1, 200_000))


def _near_ends(file: Path, rng: np.random.Generator) -> bytes:
    """Mutate content; of a long file only start or end, where structure is and not weights."""
    content = file.read_bytes()
    ends = 8000 if len(content) > 20_000 and rng.random() < 0.8 else len(content)
    if rng.random() < 0.5:
        return mutated(content[:ends], rng) + content[ends:]
    return content[: len(content) - ends] + mutated(content[len(content) - ends :], rng)


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Change, cut out, double or flip bytes; now and then change a digit or cut off the end."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        at = int(rng.integers(0, len(data) + 1))
        span = int(rng.integers(1, 1 + min(64, max(1, len(data) // 4))))
        draw = rng.integers(6)
        if draw == 0:
            data[at : at + span] = rng.bytes(span)
        elif draw == 1:
            del data[at : at + span]
        elif draw == 2:
            data[at:at] = data[at : at + span]
        elif draw == 3:
            data = data[:at] if rng.random() < 0.3 else data
        elif draw == 4 and at < len(data):
            data[at] ^= 1 << int(rng.integers(8))
        else:
            digits = [place for place, byte in enumerate(data[:4096]) if 48 <= byte <= 57]
            if digits:
                data[digits[rng.integers(len(digits))]] = int(rng.integers(48, 58))
    return bytes(data)


def mutated_png(content: bytes, rng: np.random.Generator) -> bytes:
    """Mutate a PNG's chunks, or put odd ones in; checksums are right again."""
    chunks, place = [], 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += 12 + length
    index = int(rng.integers(len(chunks)))
    draw = rng.integers(4)
    if draw == 0:
        name, data = chunks[index]
        chunks[index] = name, mutated(data, rng)
    elif draw == 1:
        # IHDR: sizes and kinds that contradict the samples
        header = bytearray(chunks[0][1])
        header[int(rng.integers(len(header)))] = int(rng.integers(256))
        chunks[0] = b"IHDR", bytes(header)
    elif draw == 2:
        names = [b"tRNS", b"PLTE", b"iCCP", b"eXIf", b"acTL", b"zTXt", b"gAMA", b"iTXt"]
        chunks.insert(index, (names[rng.integers(len(names))], rng.bytes(int(rng.integers(200)))))
    else:
        # samples that inflate to far more, or less, than the header announces
        rows = zlib.compress(bytes(int(rng.integers(10_000_000))))
        chunks[index] = b"IDAT", rows
    file = BytesIO(content[:8])
    file.seek(8)
    for name, data in chunks:
        checksum = zlib.crc32(name + data)
        file.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum))
    return file.getvalue()


if __name__ == "__main__":
    seeds, key, seed, kind, count = sys.argv[1:]
    json.dump(child(Path(seeds), Path(key), int(seed), kind, int(count)), sys.stdout)

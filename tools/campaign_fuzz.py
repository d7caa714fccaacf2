"""Part four of the campaign: mutated images, key files and bundles.

Whatever is wrong is a ValueError, memory stays bounded, and nothing is left behind. The attempts
run in child processes, so that memory is theirs alone and a crash is a finding.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import struct
import subprocess
import sys
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

from keystego_tf.bundles.catalogue import BUNDLED, find_model, open_model
from keystego_tf.codec import hide, reveal
from keystego_tf.payload.keys import load_key, load_public

#: Attempts of one child, and the most memory that it may have taken by its end, MiB.
BATCH, MOST_MEMORY = 250, 1500

#: What is fuzzed, and how often.
KINDS = {"image": 0.6, "key": 0.2, "bundle": 0.2}

MESSAGE = b"whole or not at all"
OPTIONS: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True, "exact": True}}


def fuzz(count: int, setting: Setting) -> dict[str, Any]:
    """``count`` attempts in child processes of ``BATCH`` each."""
    folder, rng = setting.folder, setting.rng
    keyring = Keyring(folder)
    shared, pair = keyring.make("shared", rng), keyring.new_pair()
    _, cover = random_cover(rng, setting.photos, 160, modes={"RGB": 1.0})
    seeds = folder / "seeds"
    seeds.mkdir()
    stego = hide(cover, MESSAGE, **shared.hide).picture.rgb_u8
    for format in ("PNG", "WEBP", "TIFF", "BMP", "GIF", "JPEG"):
        Image.fromarray(stego).save(seeds / f"image.{format}", format, **OPTIONS.get(format, {}))
    for path in (shared.reveal["key"], pair.reveal["key"], pair.hide["to"]):
        shutil.copy(path, seeds)
    outcomes: Counter[str] = Counter()
    failed: list[Any] = []
    peak = 0.0
    for start in range(0, count, BATCH):
        number = min(BATCH, count - start)
        words = [str(seeds), shared.reveal["key"], str(int(rng.integers(2**31))), str(number)]
        done = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True)
        if done.returncode != 0:
            failed.append({"child": words, "code": done.returncode, "error": done.stderr[-500:]})
            continue
        found = json.loads(done.stdout)
        outcomes.update(found["outcomes"])
        failed += found["failed"]
        peak = max(peak, found["peak_mib"])
        for _ in range(number):
            setting.tick()
    if peak > MOST_MEMORY:
        failed.append({"peak_mib": peak})
    return {"tried": count, "outcomes": dict(outcomes), "failed": failed, "peak_mib": peak}


def child(seeds: Path, key: Path, seed: int, count: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    work = seeds.parent / f"child-{seed}"
    (work / "out").mkdir(parents=True)
    images = sorted(seeds.glob("image.*"))
    keys = sorted([*seeds.glob("*.key"), *seeds.glob("*.pub")])
    outcomes: Counter[str] = Counter()
    failed = []
    for number in range(count):
        kind = str(rng.choice([*KINDS], p=[*KINDS.values()]))
        if kind == "bundle":
            found = _try_bundle(work, images[0], key, rng)
        elif kind == "key":
            found = _try_key(work, keys[rng.integers(len(keys))].read_bytes(), rng)
        else:
            found = _try_image(work / "out", images[rng.integers(len(images))], key, rng)
        outcomes.update(f"{kind}: {each}" for each in found)
        failed += [
            {"seed": seed, "number": number, "kind": kind, "outcome": each}
            for each in found
            if each.startswith("FAILED")
        ]
    shutil.rmtree(work)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"outcomes": dict(outcomes), "failed": failed, "peak_mib": peak}


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

    target = out / "stego.png"
    found = [_outcome(read), _outcome(lambda: hide(content, MESSAGE, target, key=key))]
    expected = ["stego.png"] if found[1] == "passed" else []
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
    """One file of a copied bundle is mutated; opening, the id and reading are tried."""
    bundles = sorted(each for each in BUNDLED.iterdir() if each.is_dir())
    bundle = bundles[rng.integers(len(bundles))]
    folder = work / f"bundle-{rng.integers(2**31)}"
    shutil.copytree(bundle, folder)
    files = sorted(folder.iterdir())
    # the small text files are where a mutation may pass the hashes
    texts = [each for each in files if each.suffix == ".json"]
    file = texts[rng.integers(2)] if rng.random() < 0.6 else files[rng.integers(len(files))]
    file.write_bytes(mutated(file.read_bytes(), rng))
    found = [
        _outcome(lambda: open_model(folder).agents),
        _outcome(lambda: find_model(str(folder)).card),
        _outcome(lambda: reveal(image, key=key, model=str(folder))),
    ]
    shutil.rmtree(folder)
    return found


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Bytes changed, cut out, doubled or put in; now and then digits or all of it."""
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
    """A PNG whose chunks were mutated and then got right checksums again, or odd ones put in."""
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
        # IHDR: sizes and kinds that the samples do not bear out
        header = bytearray(chunks[0][1])
        header[int(rng.integers(len(header)))] = int(rng.integers(256))
        chunks[0] = b"IHDR", bytes(header)
    elif draw == 2:
        names = [b"tRNS", b"PLTE", b"iCCP", b"eXIf", b"acTL", b"zTXt", b"gAMA", b"iTXt"]
        chunks.insert(index, (names[rng.integers(len(names))], rng.bytes(int(rng.integers(200)))))
    else:
        # samples that inflate to far more, or less, than there should be
        rows = zlib.compress(bytes(int(rng.integers(10_000_000))))
        chunks[index] = b"IDAT", rows
    file = BytesIO(content[:8])
    file.seek(8)
    for name, data in chunks:
        checksum = zlib.crc32(name + data)
        file.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum))
    return file.getvalue()


if __name__ == "__main__":
    seeds, key, seed, count = sys.argv[1:]
    json.dump(child(Path(seeds), Path(key), int(seed), int(count)), sys.stdout)

"""Measure hide and reveal: wall time from a cold start, and memory against image size.

Fresh processes reveal a short message from an image of 512 x 512, by the syndrome embedder and by
nets. Times are medians. Hiding fills mosaics of synthetic covers to a tenth of their capacity and,
with nets, to the whole of it.

    python benchmarks/hiding.py [--out benchmarks/results/hiding.json] [--repeat 5]
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _machine import describe
from PIL import Image

from keystego_tf.codec import hide
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.payload.keys import SharedKey, write_secret

PASSPHRASE = "correct horse battery staple"

#: Embedders, and the share of their capacity to fill. Syndrome coding is not made to fill it all.
EMBEDDERS = {"syndrome": 0.1, "keyed-symmetric-0.0625": 1.0, "keyed-symmetric-0.5": 1.0}

REVEAL = """
import sys
import keystego_tf
kind, secret, path = sys.argv[1:]
sys.stdout.buffer.write(keystego_tf.reveal(path, **{kind: secret}))
"""

HIDE = r"""
import json, os, re, sys, time
from pathlib import Path
from keystego_tf import capacity, hide
path, model, share, out = sys.argv[1:]
room = int(capacity(path, model)[0].message * float(share))
start = time.perf_counter()
stego = hide(path, os.urandom(room), out, passphrase="benchmark", model=model)
seconds = time.perf_counter() - start
# not ru_maxrss, which a process inherits from the one that started it
peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
print(json.dumps({"message_bytes": room, "seconds": seconds, "psnr": stego.psnr,
                  "level": stego.level, "peak_memory_mib": peak / 1024}))
"""


def mosaic(width: int, height: int) -> Image.Image:
    """Lay synthetic covers of 512 x 512 side by side, four different ones."""
    covers = [dead_leaves(np.random.default_rng(seed), 512) for seed in range(4)]
    rows, columns = -(-height // 512), -(-width // 512)
    wall = np.vstack(
        [np.hstack([covers[(row + 3 * at) % 4] for at in range(columns)]) for row in range(rows)]
    )
    return Image.fromarray(wall[:height, :width])


def reveals(folder: Path, repeat: int) -> list[dict[str, Any]]:
    """Measure the median time of a process that reveals 34 bytes, by embedder and secret."""
    message, key = b"A short message, from a cold start", SharedKey.generate()
    write_secret(folder / "shared.key", key.to_text())
    cover = mosaic(512, 512)
    secrets = {"passphrase": PASSPHRASE, "key": str(folder / "shared.key")}
    rows = []
    for embedder, (kind, secret) in itertools.product(EMBEDDERS, secrets.items()):
        path = folder / f"{embedder}-{kind}.png"
        hide(cover, message, path, model=embedder, **{kind: secret})
        command = [sys.executable, "-c", REVEAL, kind, secret, str(path)]
        seconds = []
        for _ in range(repeat):
            start = time.perf_counter()
            done = subprocess.run(command, check=True, capture_output=True)
            seconds.append(time.perf_counter() - start)
            if done.stdout != message:
                raise RuntimeError(f"{embedder} revealed {done.stdout!r}")
        median = statistics.median(seconds)
        rows.append({"embedder": embedder, "secret": kind, "seconds": median})
        print(json.dumps(rows[-1]), flush=True)
    return rows


def hides(folder: Path) -> list[dict[str, Any]]:
    """Measure time and peak memory of filling an image, in a process of its own."""
    rows = []
    for width, height in ((512, 512), (2048, 1536), (4096, 3072)):
        path = folder / "cover.bmp"
        mosaic(width, height).save(path)
        for embedder, share in EMBEDDERS.items():
            out = str(folder / "stego.png")
            command = [sys.executable, "-c", HIDE, str(path), embedder, str(share), out]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            rows.append(
                {
                    "width": width,
                    "height": height,
                    "embedder": embedder,
                    **json.loads(done.stdout),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    parser.add_argument("--repeat", type=int, default=5, help="processes a row of reveals")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = {"reveal": reveals(folder, options.repeat), "hide": hides(folder)}
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), **results}, indent=2) + "\n")


if __name__ == "__main__":
    main()

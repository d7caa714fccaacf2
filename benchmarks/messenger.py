"""Measure what a photo holds for a messenger, and how long fresh processes take to hide and reveal.

    python benchmarks/messenger.py [--repeat 3] [--out benchmarks/results/messenger_times.json]

The photos are mosaics of synthetic covers, saved as JPEG. PSNR compares the stego image with the
same photo saved for the messenger without a message, or for "file", the default, with the photo.
"""

from __future__ import annotations

import argparse
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
from hiding import PASSPHRASE, mosaic

from keystego_tf.channel.platforms import destinations
from keystego_tf.codec import api
from keystego_tf.codec.api import FILE
from keystego_tf.codec.messenger import capacity_for, scaled_for
from keystego_tf.io.files import to_json, write_whole

#: Destination, size of the photo, and bytes of the message.
ROWS = (
    (FILE, (4096, 3072), 2000),
    ("whatsapp", (1600, 1200), 2000),
    ("whatsapp", (4096, 3072), 2000),
    ("whatsapp-hd", (4096, 3072), 12000),
)


def timed(*words: str) -> tuple[float, bytes]:
    """Run the command line in a fresh process: seconds, and standard output."""
    command = [sys.executable, "-m", "keystego_tf", *words, "--passphrase", PASSPHRASE]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return time.perf_counter() - start, done.stdout


def measured(folder: Path, name: str, size: tuple[int, int], count: int, repeat: int) -> Any:
    photo, sent, message = folder / "photo.jpg", folder / "sent.jpg", folder / "message.bin"
    mosaic(*size).save(photo, quality=92)
    message.write_bytes(np.random.default_rng(count).bytes(count))
    if name == FILE:
        shape, capacity = (size[1], size[0]), api.capacity(photo, "syndrome")[0]
    else:
        shape = scaled_for(photo, destinations(name)).pixels.shape[:2]
        capacity = capacity_for(shape, destinations(name))
    seconds: dict[str, list[float]] = {"hide": [], "reveal": []}
    for _ in range(repeat):
        sent.unlink(missing_ok=True)
        words = ("hide", str(photo), "-o", str(sent), "--message-file", str(message), "--for", name)
        took, shown = timed(*words, "--json")
        seconds["hide"].append(took)
        took, found = timed("reveal", str(sent))
        seconds["reveal"].append(took)
        if found != message.read_bytes():
            raise RuntimeError(f"{name}, {size}: another message")
    return {
        "for": name,
        "photo": size,
        "sent": shape[::-1],
        "capacity": capacity.message,
        "message": count,
        "psnr": json.loads(shown)["psnr"],
        "seconds": {what: statistics.median(each) for what, each in seconds.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, size, count in ROWS:
            rows.append(measured(Path(folder), name, size, count, options.repeat))
            print(json.dumps(rows[-1]), flush=True)
    if options.out:
        write_whole(options.out, to_json({**describe(), "rows": rows}))


if __name__ == "__main__":
    main()

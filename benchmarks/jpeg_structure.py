"""Compare stego JPEG files with a plain rewrite of their coefficients by jpegtran.

For each photo, as it is and saved by Pillow in four ways, a message of 40 bytes is hidden. Then
jpegtran, which knows nothing of us, codes cover and stego image anew, with the flags of the cover's
kind. Where it gives the cover back byte for byte, it must give the stego image back, too. Else
markers and Huffman tables that it leaves as they are must stay so as well.

    python benchmarks/jpeg_structure.py [PHOTOS] [--images 40]
        [--out benchmarks/results/jpeg_structure.json]
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np
from _machine import describe
from PIL import Image
from simple_detectors import SHORT, photos
from tqdm import tqdm

from keystego_tf import codec
from keystego_tf.io.jpeg import huffman, metadata, segments
from keystego_tf.payload.keys import SharedKey

SAVED: dict[str, dict | None] = {
    "as it is": None,
    "baseline": {},
    "own tables": {"optimize": True},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
}


def rewritten(content: bytes) -> bytes:
    """Rewrite by jpegtran, which makes Huffman tables anew unless the file's are standard."""
    found = segments.split(content)[0]
    flags = ["-copy", "all"]
    tables = [t for e in found if e.marker == segments.DHT for _, t in huffman.parse(e.payload)]
    if segments.frame(found).progressive:
        flags.append("-progressive")
    elif not all(table in huffman.STANDARD.values() for table in tables):
        flags.append("-optimize")
    restarts = [e.payload for e in found if e.marker == segments.DRI]
    if restarts:
        flags += ["-restart", f"{int.from_bytes(restarts[0], 'big')}B"]
    done = subprocess.run(["jpegtran", *flags], input=content, capture_output=True, check=True)
    return done.stdout


def structure(content: bytes) -> list[tuple[int, bytes]]:
    """Return markers in their order, each with its payload; scans' data is left out."""
    return [(each.marker, each.payload) for each in segments.split(content)[0]]


def outcome(cover: bytes, stego: bytes) -> str:
    plain, again = rewritten(cover), rewritten(stego)
    if plain == cover:
        return "all bytes equal" if again == stego else "FAILED: bytes differ"
    if structure(plain) == structure(cover):
        equal = structure(again) == structure(stego)
        return "markers and tables equal" if equal else "FAILED: markers or tables differ"
    old, new = (
        [e.marker for e in segments.split(c)[0] if e.marker < segments.APP] for c in (cover, stego)
    )
    return "jpegtran changes the cover; markers equal" if old == new else "FAILED: other markers"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="?", type=Path, default=photos(), help="folder of JPEGs")
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    options = parser.parse_args()
    found: dict[str, Counter[str]] = {name: Counter() for name in SAVED}
    for number, path in enumerate(tqdm(sorted(options.photos.iterdir())[: options.images])):
        for name, kind in SAVED.items():
            cover = path.read_bytes()
            if kind is not None:
                file = BytesIO()
                with Image.open(path) as image:
                    image.convert("RGB").save(file, "JPEG", quality=85, **kind)
                cover = file.getvalue()
            rng = np.random.default_rng(number)
            try:
                stego = codec.hide(cover, rng.bytes(SHORT), key=SharedKey(rng.bytes(32))).file
            except ValueError as error:
                found[name][f"not hidden: {type(error).__name__}"] += 1
                continue
            # metadata that hide drops is not part of the question
            found[name][outcome(bare(cover), stego)] += 1
    for name, counts in found.items():
        print(name, dict(counts))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        counts = {name: dict(each) for name, each in found.items()}
        options.out.write_text(json.dumps({**describe(), "outcomes": counts}, indent=2) + "\n")


def bare(cover: bytes) -> bytes:
    """Return the cover without the metadata that ``hide`` drops, its scans as they are."""
    kept = metadata.kept(segments.split(cover)[0])
    return b"\xff\xd8" + b"".join(each.to_bytes() for each in kept) + b"\xff\xd9"


if __name__ == "__main__":
    main()

"""The test vectors: what the package makes today, and what a second reader makes of them."""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import curve
import make_vectors
import numpy as np
import plain
import pytest
from PIL import Image

from keystego_tf.codec import reveal
from keystego_tf.embedders.nets import TileLayout
from keystego_tf.payload.correction import EXACT, REED_SOLOMON, SOFT
from keystego_tf.payload.frame import Packed
from keystego_tf.payload.keys import parse
from keystego_tf.payload.layout import body_bits, header_bits, read_body, read_header

sys.path.insert(0, str(Path(__file__).parents[1] / "codec"))
import plain_reader

VECTORS = json.loads(make_vectors.PATH.read_text(encoding="utf-8"))
SCHEDULES = VECTORS["schedules"]
IMAGES = [
    (name, at)
    for name in SCHEDULES
    if name.endswith("samples")
    for at in range(len(SCHEDULES[name]["images"]))
]
LAYOUTS = [(name, at) for name in SCHEDULES if "layouts" in SCHEDULES[name] for at in (0, 1)]


def test_the_package_makes_the_same() -> None:
    # what deflate makes depends on the version of zlib: the file's is taken as it is
    steps = SCHEDULES["shared key, nets"]["payloads"]
    packed = {
        bytes.fromhex(VECTORS["messages"][name]): Packed(
            bytes.fromhex(steps[name]["content"]), steps[name]["deflated"]
        )
        for name in steps
    }
    made = json.loads(json.dumps(make_vectors.vectors(packed.__getitem__)))
    stored = json.loads(make_vectors.PATH.read_text(encoding="utf-8"))
    for vectors in (made, stored):  # which samples change is the search's choice
        for steps in vectors["schedules"].values():
            for image in steps.get("images", []):
                assert len(image.pop("samples")) == 2 * np.prod(image["shape"])
    assert made == stored


def test_there_is_something_of_everything() -> None:
    long, short = (SCHEDULES["key pair, nets"]["payloads"][name] for name in ("long", "short"))
    assert len(SCHEDULES) == 9
    assert long["deflated"] and not short["deflated"]
    content = zlib.decompress(bytes.fromhex(long["content"]), wbits=-15)
    assert content.hex() == VECTORS["messages"]["long"]
    phrase = SCHEDULES["passphrase, samples"]["passphrase"]
    assert unicodedata.normalize("NFC", phrase) != phrase
    assert {SCHEDULES[name]["images"][at]["shape"][2] for name, at in IMAGES} == {1, 3}


@pytest.mark.parametrize("name, at", IMAGES)
def test_the_second_reader_reads_the_images(name: str, at: int) -> None:
    image = SCHEDULES[name]["images"][at]
    samples = np.frombuffer(bytes.fromhex(image["samples"]), np.uint8).reshape(image["shape"])
    kind = {"shared key": "shared", "key pair": "secret"}.get(name.split(",")[0])
    key = VECTORS["keys"][kind]["text"] if kind else SCHEDULES[name]["passphrase"]
    assert plain_reader.read(samples, key) == bytes.fromhex(VECTORS["messages"]["short"])


def test_the_second_reader_reads_the_syndromes() -> None:
    for each in VECTORS["syndromes"]:
        samples = np.frombuffer(bytes.fromhex(each["samples"]), np.uint8)
        bits = plain_reader.carried(samples, len(each["bits"]), each["uniform"])
        assert bits == each["bits"]


def test_the_second_reader_reads_a_long_syndrome() -> None:
    expected = VECTORS["syndrome_of_shake_256_of_samples"]
    content = hashlib.shake_256(b"samples").digest(expected["samples"])
    bits = plain_reader.carried(np.frombuffer(content, np.uint8), expected["count"])
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
    assert hashlib.sha256(packed).hexdigest() == expected["sha256"]


def test_openings_stand_for_points() -> None:
    secret = int.from_bytes(bytes.fromhex(VECTORS["keys"]["secret"]["x25519"]), "little")
    scalar = secret & ~7 & (2**254 - 1) | 2**254
    for each in VECTORS["elligator"]:
        point = curve.elligator(bytes.fromhex(each["opening"]))
        assert point.to_bytes(32, "little").hex() == each["point"]
        agreed = curve.affine(curve.multiplied(scalar, point))
        assert agreed.to_bytes(32, "little").hex() == each["agreed"]


def test_keys_are_parsed() -> None:
    for kind, steps in VECTORS["keys"].items():
        assert parse(steps["text"]).to_text() == steps["text"]
        assert steps["text"].startswith(f"keystego-{kind}-2 ")


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("message", ["short", "long"])
def test_the_package_reads_the_flat_strings(name: str, message: str) -> None:
    code = {"nets": REED_SOLOMON, "qim": SOFT}.get(name.split(", ")[1], EXACT)
    steps, root = SCHEDULES[name]["payloads"][message], bytes.fromhex(SCHEDULES[name]["root"])
    flat = np.array(plain.bits(bytes.fromhex(steps["flat"])), np.float32)
    head = header_bits(code)
    header = read_header(flat[:head], root, code)
    assert header.pack().hex() == steps["header"] and header.level == steps["level"]
    count = body_bits(header.length, header.level, code)
    assert len(flat) == -(-(head + count) // 8) * 8
    found = read_body(flat[head : head + count], header, root, code)[0]
    assert found.hex() == VECTORS["messages"][message]


def test_the_image_with_bits_in_blocks_is_read() -> None:
    (image,) = SCHEDULES["shared key, qim"]["images"]
    samples = np.frombuffer(bytes.fromhex(image["samples"]), np.uint8).reshape(image["shape"])
    key = parse(VECTORS["keys"]["shared"]["text"])
    found = reveal(Image.fromarray(samples[..., 0]), key=key)
    assert found == bytes.fromhex(VECTORS["messages"]["short"])


def slots_by_loops(steps: dict[str, Any], layout: dict[str, Any]) -> list[int]:
    """Section 8 of docs/format.md."""
    root, per_tile = bytes.fromhex(steps["root"]), layout["tile_bits"]
    opening = 8 * (len(steps["opening"]) // 2 + 16)
    per_row = per_tile // 32
    rows = next(rows for rows in range(33) if rows * per_row >= opening)
    assert rows == layout["opening_rows"]
    below = [layout["opening_tile"] * per_tile + at for at in range(rows * per_row, per_tile)]
    heads = plain_reader.chosen(root, "header slots", len(below), 96).tolist()
    free = [slot for at, slot in enumerate(below) if at not in set(heads)]
    for tile in plain_reader.chosen(root, "tiles", layout["tiles"], layout["tiles"]).tolist():
        if tile != layout["opening_tile"] and len(free) < layout["bits"] - 96:
            free += [tile * per_tile + at for at in range(per_tile)]
    order = plain_reader.chosen(root, "body slots", len(free), layout["bits"] - 96).tolist()
    return [below[at] for at in heads] + [free[at] for at in order]


@pytest.mark.parametrize("name, at", LAYOUTS)
def test_plain_loops_find_the_same_slots(name: str, at: int) -> None:
    steps, layout = SCHEDULES[name], SCHEDULES[name]["layouts"][at]
    slots = slots_by_loops(steps, layout)
    assert slots[:96] == layout["header_slots"]
    assert slots[96:136] == layout["body_slots_first"]
    assert sum(slots[96:]) == layout["body_slots_sum"]
    assert len(set(slots)) == layout["bits"]
    coded = 4 * len(steps["opening"]) + 128
    found = TileLayout(layout["tile_bits"], 32).slots(
        layout["tiles"], layout["opening_tile"], bytes.fromhex(steps["root"]), coded, len(slots)
    )
    assert found.tolist() == slots

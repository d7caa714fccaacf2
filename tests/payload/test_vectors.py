"""The test vectors: what the package makes today, and what plain loops make of the same keys."""

from __future__ import annotations

import json
import unicodedata
import zlib
from typing import Any

import make_vectors
import numpy as np
import plain
import pytest

from keystego_tf.payload.frame import PARITY, Header, Packed, cost
from keystego_tf.payload.places import Layout, further_tiles, read_body, read_header

VECTORS = json.loads(make_vectors.PATH.read_text(encoding="utf-8"))
PAYLOADS = [(kind, name) for kind in VECTORS["keys"] for name in VECTORS["messages"]]


def taken(kind: str, name: str) -> tuple[bytes, bytes, dict[str, Any]]:
    """Root, message and steps."""
    key = VECTORS["keys"][kind]
    message = bytes.fromhex(VECTORS["messages"][name])
    return bytes.fromhex(key["root"]), message, key["payloads"][name]


def bits_of(steps: dict[str, Any]) -> np.ndarray:
    content = b"".join(map(bytes.fromhex, steps["bits"].values()))
    return np.unpackbits(np.frombuffer(content, np.uint8))


def test_the_package_makes_the_same() -> None:
    steps = VECTORS["keys"]["shared key"]["payloads"]
    # what deflate makes depends on the version of zlib: the file's is taken as it is
    packed = {
        bytes.fromhex(VECTORS["messages"][name]): Packed(
            bytes.fromhex(steps[name]["content"]), steps[name]["deflated"]
        )
        for name in steps
    }
    assert json.loads(json.dumps(make_vectors.vectors(packed.__getitem__))) == VECTORS


def test_there_is_something_of_everything() -> None:
    assert unicodedata.normalize("NFC", VECTORS["keys"]["passphrase"]["passphrase"]).encode() == (
        bytes.fromhex(VECTORS["keys"]["passphrase"]["passphrase_nfc_utf8"])
    )
    long, short = (taken("shared key", name) for name in ("long", "short"))
    assert len(long[1]) == 600 and long[2]["deflated"] and not short[2]["deflated"]
    assert zlib.decompress(bytes.fromhex(long[2]["content"]), wbits=-15) == long[1]
    assert bytes.fromhex(short[2]["content"]) == short[1]
    assert 1 < len(long[2]["further_tiles"]) < 5 and not short[2]["further_tiles"]


@pytest.mark.parametrize("kind, name", PAYLOADS)
def test_plain_loops_make_the_same(kind: str, name: str) -> None:
    root, _, steps = taken(kind, name)
    coded_header = plain.encode(bytes.fromhex(steps["header"]), 8)
    coded_body = plain.encode(bytes.fromhex(steps["ciphertext"]), PARITY[steps["level"]])
    assert coded_header.hex() == steps["coded_header"]
    assert coded_body.hex() == steps["coded_body"]
    assert plain.whitened(coded_header, root, "header").hex() == steps["whitened_header"]
    assert plain.whitened(coded_body, root, "body").hex() == steps["whitened_body"]
    slots = steps["opening_slots"], steps["tile_slots"]
    expected = plain.tiles_of_bits(
        coded_header, coded_body, root, slots, steps["tiles"], steps["opening_tile"]
    )
    assert list(map(str, expected)) == list(steps["bits"])
    for tile, known in expected.items():
        found = plain.bits(bytes.fromhex(steps["bits"][str(tile)]))
        assert found == [known.get(slot, 0) for slot in range(len(found))]


@pytest.mark.parametrize("kind", VECTORS["keys"])
def test_plain_streams_and_orders(kind: str) -> None:
    key = VECTORS["keys"][kind]
    root = bytes.fromhex(key["root"])
    for each in key["streams"]:
        content = bytes.fromhex(each["stream"])
        assert plain.stream(root, each["label"], each["index"], len(content)) == content
    for each in key["orders"]:
        assert plain.order(root, each["label"], len(each["order"])) == each["order"]


@pytest.mark.parametrize("kind, name", PAYLOADS)
def test_the_package_reads_them(kind: str, name: str) -> None:
    root, message, steps = taken(kind, name)
    layout = Layout(*(steps[n] for n in ("opening_slots", "tile_slots", "tiles", "opening_tile")))
    probabilities = bits_of(steps).astype(np.float32)
    header = read_header(probabilities[: layout.opening_slots], root, layout)
    assert header == Header.unpack(bytes.fromhex(steps["header"]))
    further = further_tiles(root, layout, cost(header.length, header.level))
    assert further.tolist() == steps["further_tiles"]
    assert read_body(probabilities, header, root, layout)[0] == message

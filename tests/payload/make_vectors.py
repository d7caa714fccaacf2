"""Write tests/payload/vectors.json, the test vectors of docs/format.md: python make_vectors.py

Bytes are hex strings, places and orders lists of numbers. docs/format.md says what every step is.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable

from keystego_tf.payload import correction
from keystego_tf.payload.frame import PARITY, Packed, cost, pack, seal
from keystego_tf.payload.keys import Passphrase, SecretKey, SharedKey
from keystego_tf.payload.places import (
    HEADER_PARITY,
    Layout,
    body_places,
    compose,
    further_tiles,
    header_places,
)
from keystego_tf.payload.root import OPENING_KEY, begin, candidates, order, root_of, stream

PATH = Path(__file__).with_name("vectors.json")

SHORT = "Grüße aus dem Park".encode()
#: 600 bytes that deflate, and whose ciphertext still takes several tiles.
LONG = b"".join(b"%d squared is %d. " % (number, number**2) for number in range(100))[:600]

#: 0.0625 bits per pixel: a tile has 32 rows of 32 bits, of which an opening takes 4, or 8.
TILE_SLOTS, TILES = 1024, 6
OPENING_SLOTS = {"symmetric": 28 * 32, "asymmetric": 24 * 32}

PackedOf = Callable[[bytes], Packed]


def roots() -> dict[str, dict[str, str]]:
    """For each kind of key: what goes in, in hex or as text, the opening, and the root."""
    opening = bytes(range(0xA0, 0xB0))
    shared, phrase = SharedKey(bytes(range(32))), "Ein Paßwort, cafe\u0301"
    pair, ephemeral = SecretKey(bytes(range(32, 64)), "example"), bytes(range(64, 96))
    enc, root = begin(pair.public(bytes(128)), ephemeral)
    if root_of(pair, enc) != root:
        raise RuntimeError("sender and receiver must have the same root")
    return {
        "shared key": {
            "key": shared.secret.hex(),
            "opening": opening.hex(),
            "root": root_of(shared, opening).hex(),
        },
        "passphrase": {
            "passphrase": phrase,
            "passphrase_nfc_utf8": Passphrase(phrase).text.encode().hex(),
            "opening": opening.hex(),
            "root": root_of(Passphrase(phrase), opening).hex(),
        },
        "key pair": {
            "seed": pair.seed.hex(),
            "x25519_secret": pair.x25519_secret.hex(),
            "x25519_public": pair.x25519_public.hex(),
            "neural_secret": pair.neural.hex(),
            "ephemeral_secret": ephemeral.hex(),
            "opening": enc.hex(),
            "root": root.hex(),
        },
    }


def streams(root: bytes) -> list[dict[str, Any]]:
    asked = (("neural", 0, 128), ("neural", 5, 128), ("header", 0, 12), ("body", 0, 64))
    return [
        {"label": label, "index": index, "stream": stream(root, label, index, count).hex()}
        for label, index, count in asked
    ]


def orders(root: bytes) -> list[dict[str, Any]]:
    asked = (("tiles", TILES), ("header places", 20), ("body places", 20))
    return [{"label": label, "order": order(root, label, count).tolist()} for label, count in asked]


def payload(packed: Packed, root: bytes, level: int, layout: Layout) -> dict[str, Any]:
    """Every step of one message; slots that are left over have 0 for the chance bit."""
    header, ciphertext = seal(packed, root, level)
    bits = cost(len(ciphertext), level)
    tiles = compose(packed, root, level, layout, bytes)  # bytes(n) is n zeros
    coded_header = correction.encode(header, HEADER_PARITY)
    coded_body = correction.encode(ciphertext, PARITY[level])
    return {
        "level": level,
        "deflated": packed.deflated,
        "content": packed.content.hex(),
        "header": header.hex(),
        "ciphertext": ciphertext.hex(),
        "coded_header": coded_header.hex(),
        "coded_body": coded_body.hex(),
        "whitened_header": _xor(coded_header, stream(root, "header", 0, 12)).hex(),
        "whitened_body": _xor(coded_body, stream(root, "body", 0, len(coded_body))).hex(),
        "opening_slots": layout.opening_slots,
        "tile_slots": layout.tile_slots,
        "tiles": layout.tiles,
        "opening_tile": layout.opening_tile,
        "header_places": header_places(root, layout).tolist(),
        "further_tiles": further_tiles(root, layout, bits).tolist(),
        "body_places": body_places(root, layout, bits).tolist(),
        "bits": {str(tile): _hex_of_bits(found) for tile, found in tiles},
    }


def vectors(packed_of: PackedOf = pack) -> dict[str, Any]:
    """All of it. ``packed_of``: how a message is deflated, which the format does not fix."""
    made: dict[str, Any] = {
        "format": 1,
        "notes": "Bytes in hex. body_places count the body slots of the opening tile, then those "
        "of each of further_tiles. bits: the body slots of each tile that is used, 0 for chance "
        "bits. Another deflate may make another content of the long message.",
        "opening_key": OPENING_KEY.hex(),
        "candidates": [
            {"width": width, "height": height, "tiles": tiles, "order": order}
            for width, height, tiles in ((640, 427, 15), (256, 128, 2))
            for order in [candidates(width, height, tiles).tolist()]
        ],
        "messages": {"short": SHORT.hex(), "long": LONG.hex()},
        "keys": {},
    }
    packed = {"short": (packed_of(SHORT), 0), "long": (packed_of(LONG), 2)}
    for kind, steps in roots().items():
        root = bytes.fromhex(steps["root"])
        scheme = "asymmetric" if kind == "key pair" else "symmetric"
        layout = Layout(OPENING_SLOTS[scheme], TILE_SLOTS, TILES, opening_tile=4)
        made["keys"][kind] = {
            **steps,
            "streams": streams(root),
            "orders": orders(root),
            "payloads": {
                name: payload(content, root, level, layout)
                for name, (content, level) in packed.items()
            },
        }
    return made


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other))


def _hex_of_bits(bits: Any) -> str:
    # every layout here has whole bytes of slots in each tile
    return int("".join(map(str, bits.tolist())), 2).to_bytes(len(bits) // 8, "big").hex()


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1) + "\n"
    # a list of numbers on one line
    text = re.sub(r"\[[\d,\s]*\]", lambda found: " ".join(found[0].split()), text)
    PATH.write_text(text, encoding="utf-8")

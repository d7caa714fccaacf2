"""Write tests/payload/vectors.json, the test vectors of docs/format.md: python make_vectors.py

Bytes are hex strings, numbers of samples, tiles and slots lists. docs/format.md says what every
step is.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Callable

import monocypher
import numpy as np

from keystego_tf.embedders.blocks import BlockEmbedder
from keystego_tf.embedders.nets import OPENING_KEY, TileLayout
from keystego_tf.embedders.qim import LATTICES, Qim
from keystego_tf.embedders.syndrome import code
from keystego_tf.embedders.syndrome.samples import SampleEmbedder
from keystego_tf.payload.correction import EXACT, REED_SOLOMON, SOFT, Correction
from keystego_tf.payload.derivation import chosen, derive, hkdf, stream
from keystego_tf.payload.exchange import decapsulate
from keystego_tf.payload.frame import Packed, pack, seal
from keystego_tf.payload.keys import Passphrase, SecretKey, SharedKey, fingerprint
from keystego_tf.payload.layout import (
    code_opening,
    compose,
    header_bits,
)
from keystego_tf.payload.schedule import Key, begin

PATH = Path(__file__).with_name("vectors.json")

SHARED = SharedKey(bytes(range(32)))
PAIR = SecretKey(bytes(range(32, 64)))
PHRASE = "Ein Paßwort, cafe\u0301"
#: The sender's key, and what fixes the opening.
KEYS: dict[str, tuple[Key, bytes]] = {
    "passphrase": (Passphrase(PHRASE), bytes(range(0xA0, 0xB0))),
    "shared key": (SHARED, bytes(range(0xB0, 0xC0))),
    "key pair": (PAIR.public, bytes(range(64, 96))),
}
CORRECTIONS: dict[str, Correction] = {"samples": EXACT, "nets": REED_SOLOMON, "qim": SOFT}

SHORT = "Grüße aus dem Park".encode()
#: 600 bytes that deflate, and whose body still takes several tiles.
LONG = b"".join(b"%d squared is %d. " % (number, number**2) for number in range(100))[:600]
MESSAGES = {"short": (SHORT, 0), "long": (LONG, 2)}

PackedOf = Callable[[bytes], Packed]


def derivations() -> dict[str, Any]:
    secret = bytes(range(100, 132))
    return {
        "secret": secret.hex(),
        "hkdf": hkdf(secret, b"salt", b"info").hex(),
        "derive": derive(secret, "tag").hex(),
        "streams": [
            {"label": label, "index": index, "stream": stream(secret, label, index, count).hex()}
            for label, index, count in (("key", 0, 128), ("key", 5, 128), ("message", 258, 70))
        ],
        "chosen": [
            {
                "label": label,
                "total": total,
                "count": count,
                "numbers": chosen(secret, label, total, count).tolist(),
            }
            for label, total, count in (("tiles", 6, 6), ("samples", 1000, 40), ("a", 300_000, 20))
        ],
    }


def keys() -> dict[str, Any]:
    public = PAIR.public
    return {
        "shared": {"text": SHARED.to_text(), "fingerprint": fingerprint(SHARED)},
        "secret": {"text": PAIR.to_text(), "x25519": PAIR.x25519_secret.hex()},
        "public": {
            "text": public.to_text(),
            "x25519": public.x25519.hex(),
            "fingerprint": fingerprint(public),
        },
    }


def elligator() -> list[dict[str, str]]:
    """Openings of any bits, the points that they stand for, and what PAIR agrees on with them."""
    openings = [bytes([1]) + bytes(31), bytes([255] * 32), bytes(range(32))]
    openings += [bytes(31) + bytes([top]) for top in (0x3F, 0x7F, 0xBF)]
    return [
        {
            "opening": opening.hex(),
            "point": monocypher.elligator_map(opening).hex(),
            "agreed": decapsulate(opening, PAIR.x25519_secret).hex(),
        }
        for opening in openings
    ]


@cache
def schedule(kind: str, embedder: str) -> tuple[bytes, bytes, bytes]:
    """Locator, opening and root."""
    sender, seed = KEYS[kind]
    return begin(sender, embedder, seed)


def payload(packed: Packed, root: bytes, level: int, code: Correction) -> dict[str, Any]:
    """Every step of one message."""
    header, sealed = seal(packed, root, level)
    return {
        "level": level,
        "deflated": packed.deflated,
        "content": packed.content.hex(),
        "header": header.hex(),
        "sealed": sealed.hex(),
        "coded_header": _hex(code.header.encode(header)),
        "coded_body": _hex(code.body[level].encode(sealed)),
        "flat": _hex(compose(packed, root, level, code)),
    }


def images(packed: Packed, kind: str) -> list[dict[str, Any]]:
    """Stego images of the syndrome embedder, with the samples that carry what."""
    locator, opening, root = schedule(kind, "samples")
    bits = compose(packed, root, 0, EXACT)
    made = []
    for shape in ((64, 64, 1), (64, 67, 3)) if kind == "shared key" else ((64, 64, 1),):
        embedder = SampleEmbedder(seed=0)
        stego = embedder.embed(_cover(shape), opening, locator, root, bits)
        first = embedder._opening(stego.size, locator, EXACT.opening.coded(len(opening)))
        head = header_bits(EXACT)
        header, body = embedder._others(stego.size, first, root, head, len(bits) - head)
        made.append(
            {
                "shape": list(shape),
                "samples": stego.tobytes().hex(),
                "opening_count": len(first),
                "opening_first": first[:20].tolist(),
                "header_count": len(header),
                "header_first": header[:20].tolist(),
                "body_count": len(body),
                "body_first": body[:20].tolist(),
            }
        )
    return made


def ldpc_words() -> list[dict[str, Any]]:
    """Data, coded at every level, and bits that may be misread."""
    made, rng = [], np.random.default_rng(3)
    for level, body in enumerate(SOFT.body):
        for length in (5, 72, 150):
            data = rng.bytes(length)
            coded = body.encode(data)
            wrong = rng.choice(len(coded), len(coded) * (level + 1) // 200, replace=False)
            body.decode(np.where(np.isin(np.arange(len(coded)), wrong), 1 - coded, coded), length)
            word = {"level": level, "data": data.hex(), "coded": _hex(coded)}
            made.append({**word, "wrong": sorted(wrong.tolist())})
    return made


def blocks(packed: Packed) -> list[dict[str, Any]]:
    """A gray stego image of QIM, with few bits misread."""
    locator, opening, root = schedule("shared key", "qim")
    embedder = BlockEmbedder(Qim(LATTICES["whatsapp", 2]))
    bits = compose(packed, root, 1, SOFT)
    stego = embedder.embed(_cover((168, 173, 1)), opening, locator, root, bits)
    return [{"shape": list(stego.shape), "samples": stego.tobytes().hex()}]


def nets(locator: bytes, opening: bytes, root: bytes) -> list[dict[str, Any]]:
    """Where bits lie in 6 tiles, at both payloads, for a body that takes three of them."""
    made, coded = [], REED_SOLOMON.opening.coded(len(opening))
    for tile_bits in (1024, 8192):
        layout, tile = TileLayout(tile_bits, 32), 4
        slots = layout.slots(6, tile, root, coded, 2 * tile_bits + 100)
        head = header_bits(REED_SOLOMON)
        made.append(
            {
                "tile_bits": tile_bits,
                "tiles": 6,
                "opening_tile": tile,
                "opening_rows": layout.opening_rows(coded),
                "bits": len(slots),
                "header_slots": slots[:head].tolist(),
                "body_slots_first": slots[head:][:40].tolist(),
                "body_slots_sum": int(slots[head:].sum()),
            }
        )
    return made


def syndromes() -> list[dict[str, Any]]:
    """Bits that some samples carry."""
    rng, made = np.random.default_rng(1), []
    for n, count, uniform in ((80, 40, False), (700, 100, False), (6144, 96, True), (77, 15, True)):
        values = rng.integers(0, 256, n, dtype=np.uint8)
        bits = code.extract(values, count, uniform=uniform)
        made.append(
            {
                "samples": values.tobytes().hex(),
                "bits": "".join(map(str, bits.tolist())),
                "uniform": uniform,
            }
        )
    return made


def long_syndrome() -> dict[str, Any]:
    """So many bits that the code has fewer columns; the samples are those of a SHAKE-256."""
    n, count = 1_200_000, 104_000
    values = np.frombuffer(hashlib.shake_256(b"samples").digest(n), np.uint8)
    bits = np.packbits(code.extract(values, count))
    return {"samples": n, "count": count, "sha256": hashlib.sha256(bits.tobytes()).hexdigest()}


def vectors(packed_of: PackedOf = pack) -> dict[str, Any]:
    """All of it. ``packed_of``: how a message is deflated, which the format does not fix."""
    made: dict[str, Any] = {
        "format": 2,
        "notes": "Bytes in hex. flat: the whitened bits of header and body. images: samples row by "
        "row, channels last. Another deflate may make another content of the long message, "
        "and another search other images: a reader reads these.",
        "derivations": derivations(),
        "keys": keys(),
        "elligator": elligator(),
        "syndromes": syndromes(),
        "syndrome_of_shake_256_of_samples": long_syndrome(),
        "messages": {name: message.hex() for name, (message, _) in MESSAGES.items()},
        "ldpc": ldpc_words(),
        "schedules": {},
    }
    for kind in KEYS:
        for embedder, coding in CORRECTIONS.items():
            locator, opening, root = schedule(kind, embedder)
            made["schedules"][f"{kind}, {embedder}"] = steps = {
                "locator": locator.hex(),
                "opening": opening.hex(),
                "root": root.hex(),
                "coded_opening": _hex(code_opening(opening, locator, embedder, coding)),
                "payloads": {
                    name: payload(packed_of(message), root, level % len(coding.body), coding)
                    for name, (message, level) in MESSAGES.items()
                },
            }
            if embedder == "nets":
                steps["opening_tiles_of_6"] = chosen(locator, "nets opening tiles", 6, 4).tolist()
                steps["opening_key_of_tile_4"] = stream(locator, OPENING_KEY, 4, 128).hex()
                steps["key_of_tile_4"] = stream(root, "key", 4, 128).hex()
                steps["layouts"] = nets(locator, opening, root)
            elif embedder == "qim":
                steps["images"] = blocks(packed_of(SHORT)) if kind == "shared key" else []
            else:
                steps["images"] = images(packed_of(SHORT), kind)
    made["schedules"]["passphrase, samples"]["passphrase"] = PHRASE
    return made


def _cover(shape: tuple[int, int, int]) -> np.ndarray:
    """Smooth waves, with a little noise."""
    rows, columns, channels = np.indices(shape)
    waves = 128 + 60 * np.sin(rows / 7 + channels) + 50 * np.cos(columns / 9)
    noise = np.random.default_rng(2).integers(-3, 4, shape)
    return np.clip(np.rint(waves) + noise, 0, 255).astype(np.uint8)


def _hex(bits: np.ndarray) -> str:
    return np.packbits(bits).tobytes().hex()


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"
    # a list of numbers on one line
    text = re.sub(r"\[[\d,\s]*\]", lambda numbers: " ".join(numbers[0].split()), text)
    PATH.write_text(text, encoding="utf-8")

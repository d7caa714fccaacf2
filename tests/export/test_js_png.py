"""The JavaScript PNG decoder against Pillow: every sample, in every kind of PNG."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from javascript import JS, NO_NODE, NODE
from PIL import Image

from keystego_tf.io.images import read_exact

SCRIPT = JS / "test" / "decode-png.mjs"

pytestmark = [pytest.mark.ci, pytest.mark.skipif(bool(NO_NODE), reason=NO_NODE)]

GRAY, COLOUR, PALETTE, GRAY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GRAY: 1, COLOUR: 3, PALETTE: 1, GRAY_ALPHA: 2, COLOUR_ALPHA: 4}
KINDS = [(kind, depth) for kind in (GRAY, PALETTE) for depth in (1, 2, 4, 8)] + [
    (kind, 8) for kind in (COLOUR, GRAY_ALPHA, COLOUR_ALPHA)
]
#: First column and row of each pass of an interlaced file, and their steps.
ADAM7 = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]


def chunk(name: bytes, content: bytes) -> bytes:
    ends = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", ends)


def png(kind: int, depth: int, interlaced: bool, width: int, height: int, seed: int) -> bytes:
    """A file of chance: any bytes are the rows of some image, under any filters."""
    chance = np.random.default_rng(seed)
    rows = b""
    for left, top, across, down in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        columns, lines = -(-(width - left) // across), -(-(height - top) // down)
        size = -(-columns * depth * CHANNELS[kind] // 8)
        for _ in range(lines if columns > 0 else 0):
            rows += bytes([chance.integers(5)]) + chance.bytes(size)
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    packed = zlib.compress(rows)
    half = len(packed) // 2  # two chunks of pixels, as larger files have
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            chunk(b"PLTE", chance.bytes(3 << depth)) if kind == PALETTE else b"",
            chunk(b"tRNS", chance.bytes(1 << depth)) if kind == PALETTE else b"",
            chunk(b"tEXt", b"Comment\0what is no picture is left aside"),
            chunk(b"IDAT", packed[:half]),
            chunk(b"IDAT", packed[half:]),
            chunk(b"IEND", b""),
        )
    )


def decoded(*paths: Path) -> list[dict[str, Any]]:
    command = [str(NODE), str(SCRIPT), *map(str, paths)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def test_every_kind(tmp_path: Path) -> None:
    paths = []
    for number, (kind, depth) in enumerate(KINDS):
        for interlaced in (False, True):
            for width, height in ((13, 11), (1, 1), (3, 2)):  # small ones have empty passes
                path = tmp_path / f"{kind}-{depth}-{interlaced}-{width}.png"
                path.write_bytes(png(kind, depth, interlaced, width, height, number))
                paths.append(path)
    for path, found in zip(paths, decoded(*paths)):
        picture = read_exact(path)
        height, width = picture.rgb_u8.shape[:2]
        alpha = picture.alpha_u8
        content = picture.rgb_u8.tobytes() + (b"" if alpha is None else alpha.tobytes())
        expected = hashlib.sha256(content).hexdigest()
        assert found == {
            "width": width,
            "height": height,
            "gray": picture.gray,
            "hash": expected,
        }, path.name


def test_profile_and_gamma_change_nothing(tmp_path: Path) -> None:
    plain = png(COLOUR, 8, False, 40, 30, 1)
    head = 8 + 25  # signature and header
    gamma = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"iCCP", b"name\0\0no profile")
    (tmp_path / "plain.png").write_bytes(plain)
    (tmp_path / "gamma.png").write_bytes(plain[:head] + gamma + plain[head:])
    one, other = decoded(tmp_path / "plain.png", tmp_path / "gamma.png")
    assert one == other and "hash" in one


def test_refused(tmp_path: Path) -> None:
    whole = png(COLOUR, 8, False, 40, 30, 1)
    image = Image.fromarray(np.zeros((20, 20, 3), np.uint8))
    still = [image, Image.fromarray(np.full((20, 20, 3), 9, np.uint8))]
    still[0].save(tmp_path / "moves.png", save_all=True, append_images=still[1:])
    Image.fromarray(np.zeros((20, 20), np.uint16)).save(tmp_path / "deep.png")
    contents = {
        "signature": whole[:8],
        "cut": whole[:-40],
        "no-end": whole[:-12],
        "no-header": whole[:8] + whole[33:],
        "no-pixels": whole[:33] + whole[-12:],
        "size": whole[:16] + struct.pack(">II", 2**31, 2**31) + whole[24:],
        "empty": whole[:16] + struct.pack(">II", 0, 0) + whole[24:],
        "colours": whole[:25] + b"\x05" + whole[26:],
        "depth": whole[:24] + b"\x03" + whole[25:],
        "filter": png_of_filter(5),
        "bomb": png_of_rows(bytes(10**7)),
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.png").write_bytes(content)
    paths = sorted(tmp_path.glob("*.png"))
    for path, found in zip(paths, decoded(*paths)):
        assert found.get("refused"), (path.name, found)
    assert len(paths) == len(contents) + 2


def png_of_filter(number: int) -> bytes:
    return png_of_rows((bytes([number]) + bytes(3 * 8)) * 8)


def png_of_rows(rows: bytes) -> bytes:
    """A file of 8 x 8 pixels with these rows."""
    head = struct.pack(">IIBBBBB", 8, 8, 8, COLOUR, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)

"""Hide and read raw bits on a device with NumPy, Pillow, ai-edge-litert and a keystego-tf export.

    python litert_client.py make-pk FOLDER --secret-key sk.bin --out pk.bin
    python litert_client.py hide FOLDER cover.png --public-key pk.bin --message message.bin
        [--tile 3] --out stego.png
    python litert_client.py read FOLDER stego.png --secret-key sk.bin [--tile 3] --out bits.bin

Key files hold the bits of a key map, eight a byte, the highest first: 128 bytes for tiles of
128 x 128 pixels. Files of a message's bits are alike. `hide` takes the public key in the asymmetric
scheme and the secret one in the symmetric scheme; it needs an export that was made with --alice.

Bits are hidden and read as they are, without error correction or encryption. So the client does not
read what `keystego-tf hide` writes: that takes docs/format.md as well.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image


class Export:
    """A folder that keystego-tf export made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            self.tile = self.manifest["tile"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{folder} is no export: its manifest.json: {error}") from error

    @property
    def asymmetric(self) -> bool:
        return self.manifest["model"]["scheme"] == "asymmetric"

    @property
    def channels(self) -> int:
        return self.manifest["model"]["channels"]

    def answer(self, agent: str, form: str, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """What an agent's file in a format answers: bits as uint8, 0 and 1, row by row.

        Alice's answer is no bits, but float32 [1, height, width, C] in [0, 1].
        """
        for artefact in self.manifest["artefacts"]:
            if (artefact["agent"], artefact["format"]) == (agent, form):
                break
        else:
            hint = ": export with --alice" if agent == "alice" else ""
            raise ValueError(f"{self.folder} has no file of {agent} in {form}{hint}")
        content = (self.folder / artefact["file"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != artefact["sha256"]:
            raise ValueError(f"{artefact['file']} is damaged: its SHA-256 is not the manifest's")
        signature = artefact["signatures"][0]
        interpreter = Interpreter(model_content=content)
        runner = interpreter.get_signature_runner(signature["name"])
        (output,) = runner(**inputs).values()
        threshold = signature["outputs"][0]["threshold"]
        if threshold is None:
            return output
        return (output.reshape(-1) > threshold).astype(np.uint8)

    def bit_map(self, path: Path, kind: str) -> np.ndarray:
        """A file of bits as the nets take it: float32 [1, rows, columns, 1], each -1 or +1.

        ``kind`` is "key" or "message".
        """
        rows, columns = self.tile[f"{kind}_map"]
        content = np.frombuffer(path.read_bytes(), np.uint8)
        if content.size * 8 != rows * columns:
            raise ValueError(
                f"{path} has {content.size} bytes, but a {kind} map has {rows * columns // 8}"
            )
        return to_map(np.unpackbits(content), rows, columns)

    def make_pk(self, secret_key: np.ndarray) -> np.ndarray:
        """The bits of the public key that belongs to a secret key map."""
        if not self.asymmetric:
            raise ValueError("the symmetric scheme has no public keys")
        return self.answer("pk_generator", "float32", {"secret_key": secret_key})

    def samples(self, path: Path) -> np.ndarray:
        """The samples of an image file: uint8 [height, width, channels], with alpha if it has one.

        JPEG files are refused: compression destroys bits, and exposes what is hidden after it.
        """
        modes = ("L", "LA") if self.channels == 1 else ("RGB", "RGBA")
        with Image.open(path) as image:
            if image.format in ("JPEG", "MPO"):
                raise ValueError(f"{path} is a JPEG file, but must be lossless, such as a PNG")
            if image.mode not in modes:
                raise ValueError(f"{path} has mode {image.mode}, but must have {modes[0]}")
            return np.array(image).reshape(image.height, image.width, -1)

    def tile_of(self, samples: np.ndarray, number: int) -> np.ndarray:
        """A tile of an image without its alpha, as a view: changing it changes the image.

        Tiles are numbered row by row from 0, from the upper left corner.
        """
        height, width = self.tile["height"], self.tile["width"]
        columns = samples.shape[1] // width
        count = columns * (samples.shape[0] // height)
        if not 0 <= number < count:
            raise ValueError(f"tile is {number}, but the image has {count} tiles, counted from 0")
        top, left = number // columns * height, number % columns * width
        return samples[top : top + height, left : left + width, : self.channels]

    def hide(self, cover: np.ndarray, message: np.ndarray, key: np.ndarray) -> np.ndarray:
        """The stego tile, uint8; ``key`` is the public key map, or the secret one (symmetric)."""
        inputs = {"cover": to_01(cover), "message": message, "key": key}
        (stego,) = self.answer("alice", "float32", inputs)
        return np.rint(255 * np.clip(stego, 0, 1)).astype(np.uint8)

    def read(
        self, stego: np.ndarray, secret_key: np.ndarray, pk: np.ndarray | None, form: str
    ) -> np.ndarray:
        """The raw bits of a tile; in the asymmetric scheme ``pk`` is made if it is None."""
        inputs = {"stego": to_01(stego), "secret_key": secret_key}
        if self.asymmetric:
            if pk is None:
                pk = to_map(self.make_pk(secret_key), *self.tile["key_map"])
            inputs["public_key"] = pk
        return self.answer("bob", form, inputs)


def to_map(bits: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Bits as the nets take them: 0 is -1, 1 is +1."""
    return (2 * bits.astype(np.float32) - 1).reshape(1, rows, columns, 1)


def to_01(tile: np.ndarray) -> np.ndarray:
    """A tile as the nets take it: float32 [1, height, width, C] in [0, 1]."""
    return (tile.astype(np.float32) / 255)[None]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make public keys, hide and read bits of a tile.")
    commands = parser.add_subparsers(dest="command", required=True)
    make_pk = commands.add_parser("make-pk", help="the public key that belongs to a secret one")
    hide = commands.add_parser("hide", help="hide bits in a tile, as they are")
    read = commands.add_parser("read", help="the raw bits of a tile")
    for command in (make_pk, hide, read):
        command.add_argument("folder", type=Path, help="what keystego-tf export wrote")
    for command in (make_pk, read):
        command.add_argument("--secret-key", type=Path, required=True, help="bits of the key map")
        command.add_argument("--out", type=Path, required=True, help="file for the bits")
    for command, what in ((hide, "cover"), (read, "stego image")):
        command.add_argument("image", type=Path, help=f"{what}: PNG or another lossless format")
        command.add_argument("--tile", type=int, default=0, help="number of the tile, from 0")
    keys = hide.add_mutually_exclusive_group(required=True)
    keys.add_argument("--public-key", type=Path, help="for the asymmetric scheme")
    keys.add_argument("--secret-key", type=Path, help="for the symmetric scheme")
    hide.add_argument("--message", type=Path, required=True, help="bits of the message map")
    hide.add_argument("--out", type=Path, required=True, help="the stego image, a PNG")
    read.add_argument("--public-key", type=Path, help="made from the secret one if not given")
    read.add_argument(
        "--format",
        default="int8",
        choices=["float32", "float16", "dynamic-int8", "int8"],
        help="which of Bob's files (default int8)",
    )
    return parser.parse_args(arguments)


def run(options: Any) -> str:
    """Do what is asked; returns a line to print. ValueError and OSError say what is wrong."""
    export = Export(options.folder)
    if options.command == "hide":
        return hide(export, options)
    secret_key = export.bit_map(options.secret_key, "key")
    if options.command == "make-pk":
        bits = export.make_pk(secret_key)
    else:
        pk = export.bit_map(options.public_key, "key") if options.public_key else None
        tile = export.tile_of(export.samples(options.image), options.tile)
        bits = export.read(tile, secret_key, pk, options.format)
    options.out.write_bytes(np.packbits(bits).tobytes())
    return f"{bits.size} bits written to {options.out}"


def hide(export: Export, options: Any) -> str:
    """Write the image with bits hidden in a tile; returns a line to print."""
    path = options.public_key if export.asymmetric else options.secret_key
    if path is None:
        scheme, kind = ("asymmetric", "public") if export.asymmetric else ("symmetric", "secret")
        raise ValueError(f"the {scheme} scheme hides with --{kind}-key")
    key, message = export.bit_map(path, "key"), export.bit_map(options.message, "message")
    samples = export.samples(options.image)
    tile = export.tile_of(samples, options.tile)
    tile[:] = export.hide(tile, message, key)
    Image.fromarray(samples.squeeze()).save(options.out, "PNG")
    return f"{message.size} bits hidden in tile {options.tile} of {options.out}"


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        print(run(options))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

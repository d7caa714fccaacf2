"""Read raw bits on a device: NumPy, Pillow and ai-edge-litert, and a folder of keystego-tf export.

    python litert_client.py make-pk FOLDER --secret-key sk.bin --out pk.bin
    python litert_client.py read FOLDER stego.png --secret-key sk.bin [--tile 3] --out bits.bin

Key files hold the bits of a key map, eight a byte, the highest first: 128 bytes for tiles of
128 x 128 pixels. The bits that are read lie in their file alike. They are what the nets read,
without error correction or decryption: messages of `keystego-tf hide` need docs/format.md as well.
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

    def answer(self, agent: str, form: str, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """What an agent's file in a format answers, as its bits: uint8, 0 and 1, row by row."""
        for artefact in self.manifest["artefacts"]:
            if (artefact["agent"], artefact["format"]) == (agent, form):
                break
        else:
            raise ValueError(f"{self.folder} has no file of {agent} in {form}")
        content = (self.folder / artefact["file"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != artefact["sha256"]:
            raise ValueError(f"{artefact['file']} is damaged: its SHA-256 is not the manifest's")
        signature = artefact["signatures"][0]
        interpreter = Interpreter(model_content=content)
        runner = interpreter.get_signature_runner(signature["name"])
        (output,) = runner(**inputs).values()
        threshold = signature["outputs"][0]["threshold"]
        return (output.reshape(-1) > threshold).astype(np.uint8)

    def key_map(self, path: Path) -> np.ndarray:
        """A key file as the nets take it: float32 [1, rows, columns, 1], each -1 or +1."""
        rows, columns = self.tile["key_map"]
        content = np.frombuffer(path.read_bytes(), np.uint8)
        if content.size * 8 != rows * columns:
            raise ValueError(
                f"{path} has {content.size} bytes, but a key map has {rows * columns // 8}"
            )
        return to_map(np.unpackbits(content), rows, columns)

    def make_pk(self, secret_key: np.ndarray) -> np.ndarray:
        """The bits of the public key that belongs to a secret key map."""
        if not self.asymmetric:
            raise ValueError("the symmetric scheme has no public keys")
        return self.answer("pk_generator", "float32", {"secret_key": secret_key})

    def cut_tile(self, path: Path, number: int) -> np.ndarray:
        """A tile of an image as the nets take it: float32 [1, height, width, C] in [0, 1].

        Tiles are numbered row by row from 0, from the upper left corner.
        """
        gray = self.manifest["model"]["channels"] == 1
        with Image.open(path) as image:
            modes = ("L", "LA") if gray else ("RGB", "RGBA")
            if image.mode not in modes:
                raise ValueError(f"{path} has mode {image.mode}, but must have {modes[0]}")
            samples = np.asarray(image).reshape(image.height, image.width, -1)
        samples = samples[..., : 1 if gray else 3]  # no alpha
        height, width = self.tile["height"], self.tile["width"]
        columns = samples.shape[1] // width
        count = columns * (samples.shape[0] // height)
        if not 0 <= number < count:
            raise ValueError(f"tile is {number}, but {path} has {count} tiles, counted from 0")
        top, left = number // columns * height, number % columns * width
        tile = samples[top : top + height, left : left + width]
        return (tile.astype(np.float32) / 255)[None]

    def read(
        self, stego: np.ndarray, secret_key: np.ndarray, pk: np.ndarray | None, form: str
    ) -> np.ndarray:
        """The raw bits of a tile; in the asymmetric scheme ``pk`` is made if it is None."""
        inputs = {"stego": stego, "secret_key": secret_key}
        if self.asymmetric:
            if pk is None:
                pk = to_map(self.make_pk(secret_key), *self.tile["key_map"])
            inputs["public_key"] = pk
        return self.answer("bob", form, inputs)


def to_map(bits: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Bits as the nets take them: 0 is -1, 1 is +1."""
    return (2 * bits.astype(np.float32) - 1).reshape(1, rows, columns, 1)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make public keys, read raw bits of a tile.")
    commands = parser.add_subparsers(dest="command", required=True)
    make_pk = commands.add_parser("make-pk", help="the public key that belongs to a secret one")
    read = commands.add_parser("read", help="the raw bits of a tile")
    for command in (make_pk, read):
        command.add_argument("folder", type=Path, help="what keystego-tf export wrote")
        command.add_argument("--secret-key", type=Path, required=True, help="bits of the key map")
        command.add_argument("--out", type=Path, required=True, help="file for the bits")
    read.add_argument("image", type=Path, help="stego image: PNG or another lossless format")
    read.add_argument("--public-key", type=Path, help="made from the secret one if not given")
    read.add_argument("--tile", type=int, default=0, help="number of the tile, from 0")
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
    secret_key = export.key_map(options.secret_key)
    if options.command == "make-pk":
        bits = export.make_pk(secret_key)
    else:
        pk = export.key_map(options.public_key) if options.public_key else None
        tile = export.cut_tile(options.image, options.tile)
        bits = export.read(tile, secret_key, pk, options.format)
    options.out.write_bytes(np.packbits(bits).tobytes())
    return f"{bits.size} bits written to {options.out}"


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

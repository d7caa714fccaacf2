"""The client in a process of its own, where TensorFlow and this package cannot be imported."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from exports import SIDE, Exported, Tile
from PIL import Image

CLIENT = Path(__file__).parents[2] / "export" / "litert_client.py"

GUARDED = """
import runpy, sys

class Guard:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("tensorflow", "keras", "keystego_tf"):
            raise ImportError(f"{name} is not to be had on this device")

sys.meta_path.insert(0, Guard())
path = sys.argv.pop(1)
runpy.run_path(path, run_name="__main__")
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-c", GUARDED, str(CLIENT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def pack(bits: np.ndarray) -> bytes:
    return np.packbits(bits.reshape(-1) > 0).tobytes()


@pytest.fixture
def device(tiles: list[Tile], tmp_path: Path) -> Path:
    """A folder with an image of four tiles, and the keys of its last one."""
    stego = [each.stego for each in tiles]
    rows = [np.concatenate(stego[:2], axis=1), np.concatenate(stego[2:], axis=1)]
    image = np.pad(np.concatenate(rows), ((0, 5), (0, 9), (0, 0)))  # more than whole tiles
    Image.fromarray(image).save(tmp_path / "stego.png")
    (tmp_path / "sk").write_bytes(pack(tiles[3].secret_key))
    return tmp_path


def test_the_guard_guards(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import keystego_tf")
    done = subprocess.run(
        [sys.executable, "-I", "-c", GUARDED, str(script)], capture_output=True, text=True
    )
    assert done.returncode == 1 and "not to be had on this device" in done.stderr


def test_it_makes_a_public_key_and_reads_bits(
    exported: Exported, tiles: list[Tile], device: Path
) -> None:
    key, pk, out = device / "sk", device / "pk", device / "bits"
    done = run("make-pk", exported.folder, "--secret-key", key, "--out", pk)
    assert done.returncode == 0, done.stderr
    assert pk.read_bytes() == pack(tiles[3].public_key)
    read = ["read", exported.folder, device / "stego.png", "--secret-key", key, "--out", out]
    for options in ([], ["--public-key", pk, "--format", "float32"]):
        done = run(*read, "--tile", 3, *options)
        assert done.returncode == 0, done.stderr
        assert f"{(SIDE // 4) ** 2} bits written" in done.stdout
        bits = np.unpackbits(np.frombuffer(out.read_bytes(), np.uint8))
        assert np.mean(bits == (tiles[3].message.reshape(-1) > 0)) > 0.95
    done = run(*read, "--tile", 2)  # another tile's key
    bits = np.unpackbits(np.frombuffer(out.read_bytes(), np.uint8))
    assert np.mean(bits == (tiles[2].message.reshape(-1) > 0)) < 0.8


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_it_reads_what_it_hides(
    exported: Exported, tiles: list[Tile], device: Path, mode: str
) -> None:
    cover = Image.open(device / "stego.png").convert(mode)
    cover.save(device / "cover.png")
    (device / "pk").write_bytes(pack(tiles[3].public_key))
    (device / "message").write_bytes(pack(tiles[0].message))
    out, options = device / "out.png", ["--tile", "1", "--public-key", device / "pk"]
    done = run(
        *["hide", exported.folder, device / "cover.png", *options],
        *["--message", device / "message", "--out", out],
    )
    assert done.returncode == 0, done.stderr
    with Image.open(out) as stego:
        assert stego.mode == mode
        changed = np.argwhere(np.asarray(stego) != np.asarray(cover))
    assert len(changed)
    assert changed[:, 0].max() < SIDE <= changed[:, 1].min()
    assert changed[:, 1].max() < 2 * SIDE and changed[:, 2].max() < 3
    bits = device / "bits"
    done = run(
        *["read", exported.folder, out, "--tile", 1],
        *["--secret-key", device / "sk", "--out", bits],
    )
    assert done.returncode == 0, done.stderr
    found = np.unpackbits(np.frombuffer(bits.read_bytes(), np.uint8))
    assert np.mean(found == (tiles[0].message.reshape(-1) > 0)) > 0.95


def test_what_it_does_not_hide(exported: Exported, tiles: list[Tile], device: Path) -> None:
    folder, manifest = device / "export", deepcopy(exported.manifest)
    shutil.copytree(exported.folder, folder, ignore=shutil.ignore_patterns("saved_model"))
    (device / "message").write_bytes(pack(tiles[0].message))
    key = device / "sk"
    out = ["--message", device / "message", "--out", device / "out.png"]
    hide = ["hide", folder, device / "stego.png", *out]

    def refuses(message: str, *words: object) -> None:
        (folder / "manifest.json").write_text(json.dumps(manifest))
        done = run(*words)
        assert done.returncode == 1 and message in done.stderr and "Traceback" not in done.stderr
        assert not (device / "out.png").exists()

    refuses("the asymmetric scheme hides with --public-key", *hide, "--secret-key", key)
    refuses("but a message map has 8", *hide, "--public-key", key, "--message", hide[2])
    Image.open(device / "stego.png").save(device / "photo.jpg")
    words = ["hide", folder, device / "photo.jpg", *out, "--public-key", key]
    refuses("is a JPEG file, but must be lossless", *words)
    manifest["model"]["scheme"] = "symmetric"
    refuses("the symmetric scheme hides with --secret-key", *hide, "--public-key", key)
    manifest["artefacts"] = [e for e in manifest["artefacts"] if e["agent"] != "alice"]
    refuses("no file of alice in float32: export with --alice", *hide, "--secret-key", key)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tile", "4"], "tile is 4, but"),
        (["--tile", "-1"], "tile is -1, but"),
        (["--public-key", "stego.png"], "but a key map has 8"),
        (["--public-key", "none"], "none"),
        (["--format", "float16"], "bob-float16.tflite is damaged"),
    ],
)
def test_it_says_what_is_wrong(
    exported: Exported, device: Path, arguments: list[str], message: str
) -> None:
    folder = device / "export"
    shutil.copytree(exported.folder, folder, ignore=shutil.ignore_patterns("saved_model"))
    with (folder / "bob-float16.tflite").open("r+b") as file:
        file.write(b"other")
    words = [str(device / each) if each in ("stego.png", "none") else each for each in arguments]
    out = device / "bits"
    done = run(
        "read", folder, device / "stego.png", "--secret-key", device / "sk", "--out", out, *words
    )
    assert done.returncode == 1 and not out.exists()
    last = done.stderr.splitlines()[-1]  # LiteRT may have something to say before
    assert last.startswith("error: ") and message in last
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_export(device: Path) -> None:
    done = run("make-pk", device, "--secret-key", device / "sk", "--out", device / "pk")
    assert done.returncode == 1 and "is no export" in done.stderr


def test_a_jpeg_has_no_bits_to_read(exported: Exported, device: Path) -> None:
    Image.open(device / "stego.png").save(device / "photo.jpg")
    words = ["--secret-key", device / "sk", "--out", device / "bits"]
    done = run("read", exported.folder, device / "photo.jpg", *words)
    assert done.returncode == 1 and "is a JPEG file, but must be lossless" in done.stderr
    assert not (device / "bits").exists()

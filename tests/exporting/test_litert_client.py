"""The client in a process of its own, where TensorFlow and this package cannot be imported."""

from __future__ import annotations

import shutil
import subprocess
import sys
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

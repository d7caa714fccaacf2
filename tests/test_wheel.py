"""The built wheel: its metadata, and a fresh install that hides and reveals without TensorFlow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
TEXT = "At noon, by the river"


def run(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """A command in an environment without our paths; its output as text."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        [*map(str, words)], capture_output=True, text=True, env=inherited, timeout=600, **options
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, as setuptools leaves its work beside the sources and packs it again."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(
        ROOT / "keystego_tf", source / "keystego_tf", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("setup.py", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source]
    made = run(sys.executable, "-m", "pip", *build)
    assert made.returncode == 0, made.stdout + made.stderr
    (found,) = folder.glob("*.whl")
    return found


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as file:
        (name,) = (each for each in file.namelist() if each.endswith(".dist-info/METADATA"))
        return message_from_bytes(file.read(name))


def test_metadata(wheel: Path) -> None:
    pytest.importorskip("twine")
    checked = run(sys.executable, "-m", "twine", "check", "--strict", wheel)
    assert checked.returncode == 0, checked.stdout
    found = metadata(wheel)
    assert "steganography" in found["Keywords"] and "JPEG" in found["Keywords"]
    assert "Apache-2.0" in (
        found["License-Expression"],
        found["License"],
    )  # newer, older setuptools
    required = [each for each in found.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert required and not any("tensor" in each or "keras" in each for each in required)
    text = str(found.get_payload())
    assert "keystego-tf hide photo.jpg" in text and "](docs/" not in text


def test_a_fresh_install_hides_and_reveals(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    assert run(sys.executable, "-m", "venv", environment).returncode == 0
    (scripts,) = {*environment.glob("bin"), *environment.glob("Scripts")}
    installed = run(scripts / "python", "-m", "pip", "install", "--quiet", wheel)
    assert installed.returncode == 0, installed.stderr
    y, x = np.mgrid[:400, :480]
    noise = np.random.default_rng(0).integers(0, 40, (400, 480, 3))
    photo = np.dstack([x // 2, y // 2, (x + y) // 4]) + noise
    Image.fromarray(photo.astype(np.uint8)).save(tmp_path / "photo.jpg", quality=90)

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return run(scripts / "keystego-tf", *words, cwd=tmp_path)

    for out, more in (
        ("out.jpg", ()),
        ("nets.png", ("--model", "keyed-symmetric-0.0625", "--scale", "0.7")),
    ):
        hidden = command("hide", "photo.jpg", "-o", out, "-m", TEXT, "--passphrase", "x y", *more)
        assert hidden.returncode == 0, hidden.stderr
        assert command("reveal", out, "--passphrase", "x y").stdout == TEXT
        wrong = command("reveal", out, "--passphrase", "x z")
        assert (wrong.returncode, wrong.stdout) == (1, "")
    for words in (("train", "--out", "run"), ("tune", "--out", "run")):
        refused = command(*words)
        assert (refused.returncode, refused.stdout) == (1, ""), refused
        assert refused.stderr.startswith("error: ") and refused.stderr.count("\n") == 1
        assert "pip install 'keystego-tf[" in refused.stderr
    files = [each for each in environment.rglob("*") if each.is_file() and "pip" not in each.parts]
    size = sum(each.stat().st_size for each in files)
    assert size < 300e6, f"the install has {size / 1e6:.0f} MB"

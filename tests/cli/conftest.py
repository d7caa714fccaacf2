"""A photo and a key of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import run, write_photo


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photo(tmp_path_factory.mktemp("photo") / "photo.png")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with anna.key, anna.pub and shared.key."""
    folder = tmp_path_factory.mktemp("keys")
    assert run("keygen", folder / "anna").code == 0
    assert run("keygen", folder / "shared", "--shared").code == 0
    return folder


@pytest.fixture(scope="session")
def stego(photo: Path, keys: Path) -> Path:
    """An image with b"Hello" for shared.key."""
    out = photo.with_name("stego.png")
    assert run("hide", photo, "-o", out, "-m", "Hello", "--key", keys / "shared.key").code == 0
    return out

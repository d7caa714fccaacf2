"""Files that commands write: looked at before the work starts, and written whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def check_new(path: Path, overwrite: bool) -> None:
    """Raise unless a file may be written to ``path``.

    FileExistsError for one that is there, without ``overwrite``; ValueError for what is no regular
    file, such as a device, which would be replaced by one.
    """
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is not a regular file")
    if os.path.lexists(path) and not overwrite:
        raise FileExistsError(f"{path} exists: --overwrite replaces it")


def check_folder(path: Path) -> None:
    """Raise ValueError unless the folder of ``path`` is there and takes new files."""
    if not path.parent.is_dir():
        raise ValueError(f"{path} cannot be written: {path.parent} is not a folder")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ValueError(f"{path} cannot be written: {path.parent} takes no files of yours")


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for its owner alone (0600)."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise

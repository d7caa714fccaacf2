"""Files that commands write: looked at before the work starts, and written whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def check_new(path: Path, overwrite: bool) -> None:
    """Raise unless a file may be written to ``path``.

    FileExistsError for one that is there, without ``overwrite``; ValueError for a folder, and for
    what is no regular file, such as a device, which would be replaced by one.
    """
    if path.is_dir():
        raise ValueError(f"{path} is a folder, but --out must be a file")
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is not a regular file")
    if os.path.lexists(path) and not overwrite:
        raise FileExistsError(f"{path} exists: --overwrite replaces it")


def check_place(path: Path) -> None:
    """Raise ValueError unless the folder of the file ``path`` is there and takes new files."""
    _check_takes_files(path, path.parent)


def check_folder(out: Path) -> None:
    """Raise ValueError unless ``out`` is a folder that takes new files, or could be made as one.

    Of a folder that is not there yet, its nearest parent that is there decides. Makes nothing.
    """
    # "." and "/", where the parents of any path end, are there
    _check_takes_files(out, next(each for each in (out, *out.parents) if os.path.lexists(each)))


def _check_takes_files(path: Path, folder: Path) -> None:
    if not os.path.lexists(folder):
        raise ValueError(f"{path} cannot be written: there is no folder {folder}")
    if not folder.is_dir():
        raise ValueError(f"{path} cannot be written: {folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"{path} cannot be written: {folder} takes no files of yours")


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

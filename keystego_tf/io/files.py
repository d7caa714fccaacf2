"""Read files within limits, check them before writing, and write them whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

#: The largest JSON file that is read, in bytes.
MAX_JSON = 2**20


def to_json(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=2) + "\n").encode()


def read_whole(path: Path, most: int) -> bytes:
    """Read the bytes of a regular file.

    Raises:
        ValueError: the file is a pipe or a device, or has more than ``most`` bytes.
        OSError: the file cannot be opened.
    """
    # before opening: opening a pipe would wait for its other end
    if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
        raise ValueError(f"{path} is not a regular file")
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size > most:
            raise ValueError(f"{path} has {size} bytes, but at most {most} are read")
        file.seek(0)
        return file.read(most)


def read_object(path: Path, what: str) -> dict[str, Any]:
    """Read the object in a JSON file; the ValueError says that ``path`` is not ``what``.

    Files may come from strangers, so any depth of nesting and any length must do no harm.
    """
    try:
        found = json.loads(read_whole(path, MAX_JSON).decode("utf-8"))
    except RecursionError:
        raise ValueError(f"{path} is not {what}: it is nested too deeply") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not {what}: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} is not {what}: it must hold an object")
    return found


def check_new(path: Path, overwrite: bool) -> None:
    """Raise an error unless a file may be written to ``path``.

    The error is FileExistsError if a file exists and ``overwrite`` is false. It is ValueError for a
    folder, and for anything but a regular file, such as a device, which the new file would replace.
    It is OSError for an impossible name, such as one that is too long.
    """
    try:
        os.lstat(path)
    except FileNotFoundError:
        return
    if path.is_dir():
        raise ValueError(f"{path} is a folder, but must be a file")
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is not a regular file")
    if not overwrite:
        raise FileExistsError(f"{path} exists: --overwrite replaces it")


def check_place(path: Path) -> None:
    """Raise ValueError unless the folder of the file ``path`` exists and takes new files."""
    _check_takes_files(path, path.parent)


def check_folder(out: Path) -> None:
    """Raise ValueError unless ``out`` is a folder that takes new files, or can become one.

    If the folder does not exist yet, its nearest existing parent decides. This creates nothing.
    """
    # "." and "/", where the parents of any path end, exist
    _check_takes_files(out, next(each for each in (out, *out.parents) if os.path.lexists(each)))


def _check_takes_files(path: Path, folder: Path) -> None:
    if not os.path.lexists(folder):
        raise ValueError(f"{path} cannot be written: there is no folder {folder}")
    if not folder.is_dir():
        raise ValueError(f"{path} cannot be written: {folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"{path} cannot be written: {folder} takes no files of yours")


def strangers(folder: Path, known: Collection[str]) -> list[str]:
    """List the names in a folder, sorted, that are neither known nor left by a kill while writing.

    If there is no folder, there are none.
    """
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    parts = tuple(f".{name}." for name in known)
    return [name for name in names if name not in known and not name.startswith(parts)]


def write_whole(path: Path, content: bytes, overwrite: bool = True, mode: int = 0o666) -> None:
    """Write a file so that a reader, or a kill, finds the old content or the new, never a part.

    ``overwrite``: replace an existing file, even one made after ``check_new``; ``mode``:
    permissions, less the umask. Raises FileExistsError for a file that must stay, and OSError.
    """
    # 60 characters are at most 240 bytes; a name may have 255
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}")
    try:
        _write(temporary, content, mode)
        if overwrite:
            os.replace(temporary, path)
        else:
            _name(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a new file. On Linux it has no name at first, so that a kill leaves nothing behind."""
    nameless = hasattr(os, "O_TMPFILE") and os.path.isdir("/proc/self/fd")
    if nameless:
        try:
            handle = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, mode)
        except OSError:  # not every file system can do this
            nameless = False
    if not nameless:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
        if nameless:
            # with a folder's descriptor, links are followed; an absolute path does not use it
            # otherwise
            os.link(f"/proc/self/fd/{handle}", path, src_dir_fd=handle)


def _name(made: Path, path: Path) -> None:
    """Give a finished file another name; FileExistsError if a file has it already."""
    try:
        try:
            os.link(made, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
            os.replace(made, path)
    except FileExistsError:
        raise FileExistsError(f"{path} has been made in the meantime, and is kept") from None

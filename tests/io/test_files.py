"""Files read within limits, and written whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from keystego_tf.io import files
from keystego_tf.io.files import check_new, read_object, read_whole, write_whole


@pytest.fixture(params=["as the system can", "with a name", "without links"])
def anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """File systems that lack something that others have."""
    if request.param != "as the system can":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    if request.param == "without links":

        def link(*_: object, **__: object) -> None:
            raise OSError("no links here")

        monkeypatch.setattr(os, "link", link)


@pytest.mark.usefixtures("anywhere")
def test_a_file_is_new_or_replaced_as_asked(tmp_path: Path) -> None:
    path = tmp_path / ("\u4e2d" * 85)  # 255 bytes, as long as a file system takes
    old = os.umask(0o022)
    try:
        write_whole(path, b"one", overwrite=False)
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        with pytest.raises(FileExistsError, match="made in the meantime, and is kept"):
            write_whole(path, b"two", overwrite=False)
        assert path.read_bytes() == b"one"
        write_whole(path, b"three", mode=0o600)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)
    assert path.read_bytes() == b"three" and list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("anywhere")
def test_what_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="the disk is full"):
        write_whole(tmp_path / "a", b"one")
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from keystego_tf.io.files import write_whole
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
write_whole(Path(sys.argv[1]), bytes(100_000), overwrite=False)
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="needs files without names (Linux)")
def test_a_kill_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "out.png")])
    assert done.returncode < 0 and list(tmp_path.iterdir()) == []


def test_only_regular_files_of_the_right_size_are_read(tmp_path: Path) -> None:
    path, pipe = tmp_path / "file", tmp_path / "pipe"
    path.write_bytes(b"12345")
    os.mkfifo(pipe)
    assert read_whole(path, 5) == b"12345"
    with pytest.raises(ValueError, match="file has 5 bytes, but at most 4 are read"):
        read_whole(path, 4)
    with pytest.raises(ValueError, match="pipe is not a regular file"):
        read_whole(pipe, 4)
    with pytest.raises(OSError, match="Is a directory"):
        read_whole(tmp_path, 4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[1]", "must hold an object"),
        (b"\xff", "can't decode"),
        (b"{", "Expecting property name"),
        (b" " * (files.MAX_JSON + 1), "at most 1048576 are read"),
    ],
)
def test_json_of_strangers(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"it.json is not a card: .*{reason}"):
        read_object(path, "a card")
    path.write_bytes(b'{"a": [1]}')
    assert read_object(path, "a card") == {"a": [1]}


def test_a_name_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="name too long"):
        check_new(tmp_path / ("x" * 256), True)

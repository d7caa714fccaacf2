"""Files of keys: read, refused by name, written for their owner alone and never overwritten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from keystego_tf.payload import keys
from keystego_tf.payload.keys import SecretKey, SharedKey

SHARED = SharedKey(bytes(range(0x40, 0x60)))
SECRET = SecretKey(bytes(range(0x20, 0x40)))
PUBLIC = SECRET.public


def shows(text: str, coded: str) -> bool:
    """Whether a text holds 6 letters in a row of a key's base64url."""
    return any(coded[at : at + 6] in text for at in range(len(coded) - 5))


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_files_come_back(tmp_path: Path) -> None:
    keys.write_secret(tmp_path / "shared", SHARED.to_text())
    assert keys.load_key(tmp_path / "shared") == SHARED
    paths = keys.write_pair(tmp_path / "alice.v1", SECRET)
    assert [path.name for path in paths] == ["alice.v1.key", "alice.v1.pub"]
    assert keys.load_key(paths[0]) == SECRET
    assert keys.load_public(paths[1]) == PUBLIC
    assert paths[1].read_bytes() == PUBLIC.to_text().encode() + b"\n"


def test_files_of_another_kind_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pub", PUBLIC.to_text().encode())
    with pytest.raises(ValueError, match=r"a\.pub is the public half of a key pair"):
        keys.load_key(path)
    for key, kind in ((SHARED, "a shared key"), (SECRET, "the secret half of a key pair")):
        path = write(tmp_path / "a.key", key.to_text().encode())
        with pytest.raises(ValueError, match=rf"a\.key is {kind}, but must be") as error:
            keys.load_public(path)
        assert not shows(str(error.value), key.to_text().split()[-1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with"),
        (b"\xff\xfe" + SHARED.to_text().encode("utf-16-le"), "characters of ASCII"),
        (SHARED.to_text().encode() + "\u00e9".encode(), "characters of ASCII"),
        (SHARED.to_text().encode() + b"\n" * 4096, "at most 4096 characters"),
        (SHARED.to_text().encode()[:-1], "has 47 characters"),
        (SHARED.to_text().split()[1].encode(), "must begin with"),
        (SECRET.to_text().split()[0].encode(), "has 0 characters"),
    ],
)
def test_broken_files_are_named_and_not_shown(tmp_path: Path, content: bytes, message: str) -> None:
    path = write(tmp_path / "broken", content)
    for load in (keys.load_key, keys.load_public):
        with pytest.raises(ValueError, match=message) as error:
            load(path)
        assert str(path) in str(error.value)
        assert not shows(str(error.value), SHARED.to_text().split()[1])
        assert not shows(str(error.value), SECRET.to_text().split()[1])


def test_files_that_cannot_be_read_are_os_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        keys.load_key(tmp_path / "none")
    with pytest.raises(OSError, match="directory"):
        keys.load_public(tmp_path)


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    old = os.umask(request.param)
    yield request.param
    os.umask(old)


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_secrets_are_for_their_owner_alone(tmp_path: Path, umask: int) -> None:
    paths = keys.write_pair(tmp_path / "a", SECRET)
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o600, 0o644 & ~umask]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = write(tmp_path / "a.key", b"mine")
    with pytest.raises(FileExistsError, match=r"a\.key exists, and keys are not overwritten"):
        keys.write_secret(path, SHARED.to_text())
    with pytest.raises(FileExistsError, match=r"a\.key exists"):
        keys.write_pair(tmp_path / "a", SECRET)
    write(tmp_path / "b.pub", b"mine")
    with pytest.raises(FileExistsError, match=r"b\.pub exists"):
        keys.write_pair(tmp_path / "b", SECRET)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.key", "b.pub"]
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"mine"}


def test_a_dangling_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        keys.write_secret(tmp_path / "a.key", SHARED.to_text())
    with pytest.raises(FileExistsError):
        keys.write_pair(tmp_path / "a", SECRET)
    assert not (tmp_path / "elsewhere").exists()


def test_half_a_pair_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Path] = []

    def appear(path: Path) -> bool:  # b.pub turns up between the look and the writing
        looked.append(path)
        return False

    write(tmp_path / "b.pub", b"mine")
    monkeypatch.setattr(os.path, "lexists", appear)
    with pytest.raises(FileExistsError, match=r"b\.pub exists"):
        keys.write_pair(tmp_path / "b", SECRET)
    assert looked == [tmp_path / "b.key", tmp_path / "b.pub"]
    assert [path.name for path in tmp_path.iterdir()] == ["b.pub"]
    assert (tmp_path / "b.pub").read_bytes() == b"mine"


def test_half_a_file_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keys.write_secret(tmp_path / "a", SHARED.to_text())
    with pytest.raises(OSError, match="No space"):
        keys.write_pair(tmp_path / "a", SECRET)
    assert not list(tmp_path.iterdir())


def test_a_pair_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must end in a file name"):
        keys.write_pair(tmp_path / "..", SECRET)
    assert not list(tmp_path.iterdir())

"""keygen and fingerprint."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from commands import run

from keystego_tf.payload import keys as formats
from keystego_tf.payload.keys import fingerprint, load_key, load_public


def test_a_pair_has_its_modes_and_its_fingerprint(tmp_path: Path) -> None:
    result = run("keygen", tmp_path / "anna")
    assert result.code == 0 and result.errors == ""
    secret, public = tmp_path / "anna.key", tmp_path / "anna.pub"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert load_key(secret).x25519_public == load_public(public).x25519  # type: ignore[union-attr]
    digits = fingerprint(load_public(public))
    for part in (str(secret), str(public), digits):
        assert part in result.text
    assert load_key(secret).to_text().split()[-1] not in result.text
    assert run("fingerprint", public).text == digits + "\n"


def test_a_shared_key(tmp_path: Path) -> None:
    result = run("keygen", tmp_path / "ours", "--shared")
    assert result.code == 0 and [path.name for path in tmp_path.iterdir()] == ["ours.key"]
    path = tmp_path / "ours.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = load_key(path)
    assert isinstance(key, formats.SharedKey) and fingerprint(key) in result.text
    assert run("fingerprint", path).text == fingerprint(key) + "\n"


@pytest.mark.parametrize("there", ["anna.key", "anna.pub"])
def test_keys_are_not_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_bytes(b"old")
    run("keygen", tmp_path / "anna").assert_error(1, there, "not overwritten")
    if there == "anna.key":
        run("keygen", tmp_path / "anna", "--shared").assert_error(1, there, "not overwritten")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_nothing_stays_of_a_pair_that_was_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = formats._write_new

    def full(path: Path, text: str, mode: int) -> None:
        if path.suffix == ".pub":
            raise OSError(28, "No space left on device")
        write(path, text, mode)

    monkeypatch.setattr(formats, "_write_new", full)
    run("keygen", tmp_path / "anna").assert_error(1, "No space left")
    assert list(tmp_path.iterdir()) == []


def test_wrong_use_of_keygen(tmp_path: Path) -> None:
    run("keygen").assert_error(2, "NAME")
    run("keygen", tmp_path / "a.key").assert_error(2, "without .key or .pub")
    run("keygen", tmp_path / "a.pub", "--shared").assert_error(2, "without .key or .pub")
    run("keygen", "..").assert_error(2, "NAME")
    run("keygen", "").assert_error(2, "NAME")
    run("keygen", tmp_path / "a", "--model", "x").assert_error(2, "--model")
    run("keygen", tmp_path / "none" / "a").assert_error(1, "there is no folder")
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_fingerprint(tmp_path: Path, keys: Path) -> None:
    run("fingerprint", keys / "anna.key").assert_error(1, "public half")
    run("fingerprint", tmp_path / "none").assert_error(1, "No such file")
    text = (keys / "anna.pub").read_text()
    (tmp_path / "typo").write_text(text.replace(text[60], "B" if text[60] == "A" else "A", 1))
    run("fingerprint", tmp_path / "typo").assert_error(1, "typo holds no key, or a damaged one")


def test_json_of_keys(tmp_path: Path) -> None:
    pair = json.loads(run("keygen", tmp_path / "own", "--json").text)
    shared = json.loads(run("keygen", tmp_path / "ours", "--shared", "--json").text)
    assert pair["secret"] == str(tmp_path / "own.key") and set(shared) == {"shared", "fingerprint"}
    for made, path, kind in (
        (pair, pair["public"], "public"),
        (shared, shared["shared"], "shared"),
    ):
        told = json.loads(run("fingerprint", path, "--json").text)
        assert told == {"kind": kind, "fingerprint": made["fingerprint"]}

"""Several images at once, and a message that is split over them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from commands import Result, run_alone
from commands import run as run_any
from PIL import Image

from keystego_tf.io.extras import MissingExtra


@pytest.fixture(autouse=True)
def key(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are quicker than passphrases, which are stretched for every image."""
    for name in ("shared", "anna"):
        monkeypatch.setitem(KEYS, name, keys / f"{name}.key")


KEYS: dict[str, Path] = {}


def run(*words: str | Path, key: str = "shared", stdin: bytes = b"") -> Result:
    return run_any(*words, "--key", KEYS[key], stdin=stdin)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Three small photos of two kinds, and a text that is none."""
    folder, rng = tmp_path / "album", np.random.default_rng(3)
    folder.mkdir()
    for name, size in (("a.jpg", 160), ("b.png", 96), ("c.jpg", 200)):
        y, x = np.mgrid[:size, :size]
        photo = np.dstack([x, y, (x + y) // 2]) + rng.integers(0, 50, (size, size, 3))
        Image.fromarray(photo.clip(0, 255).astype(np.uint8)).save(folder / name, quality=90)
    (folder / "notes.txt").write_text("none")
    return folder


def test_every_image_gets_the_whole_message(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "sent"
    result = run("hide", album, "-o", out, "-m", "Noon", "--json")
    assert result.code == 0, result
    assert sorted(each.name for each in out.iterdir()) == ["a.jpg", "b.png", "c.jpg"]
    assert [each["bytes"] for each in json.loads(result.text)] == [4, 4, 4]
    for image in out.iterdir():
        assert run("reveal", image).output == b"Noon"
    assert run("reveal", out).output == b"Noon"


def test_a_split_message_is_joined_in_any_order(album: Path, tmp_path: Path) -> None:
    out, message = tmp_path / "sent", np.random.default_rng(0).bytes(2600)
    result = run("hide", album, "-o", out, "--split", stdin=message)
    assert result.code == 0 and result.text.count("\n") == 3, result
    images = [out / name for name in ("c.jpg", "a.jpg", "b.png")]
    assert run("reveal", *images).output == message
    # photos without a message beside them do no harm, and are named
    (out / "d.jpg").write_bytes((album / "a.jpg").read_bytes())
    joined = run("reveal", out)
    assert joined.output == message and f"nothing can be read in {out / 'd.jpg'}" in joined.errors
    run("reveal", images[1], "--quiet").assert_error(1, "2 are missing: 2, 3")
    wrong = run("reveal", *images, "--quiet", key="anna")
    wrong.assert_error(1, "nothing can be read")


def test_a_message_that_fits_into_one_image_is_not_split(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "sent"
    assert run("hide", album, "-o", out, "-m", "Noon", "--split").code == 0
    assert [each.name for each in out.iterdir()] == ["a.jpg"]


def test_what_is_wrong_is_said_before_anything_is_written(album: Path, tmp_path: Path) -> None:
    out, a = tmp_path / "sent", album / "a.jpg"
    hide = ("hide", album, "-m", "x")
    for code, words, told in (
        (2, (*hide, "-o", "one.jpg"), "for several images --out is a folder"),
        (2, ("hide", a, a, "-m", "x", "-o", out), "would both become"),
        (1, (*hide, "-o", album), "exists: --overwrite replaces it"),
        (1, ("hide", tmp_path, "-m", "x", "-o", out), "has no images"),
        (2, (*hide, "-o", out, "--split", "--scale", "0.5"), "exclude each other"),
    ):
        run(*words).assert_error(code, told)
        assert not out.exists()
    long = np.random.default_rng(0).bytes(90_000)
    result = run("hide", album, "-o", out, "--split", stdin=long)
    result.assert_error(1, "90,000 bytes, but the 3 images hold")


@pytest.mark.parametrize("destination", ["jpeg:70", "whatsapp,signal"])
def test_a_message_is_split_for_any_destination(tmp_path: Path, destination: str) -> None:
    album, out, rng = tmp_path / "album", tmp_path / "sent", np.random.default_rng(0)
    album.mkdir()
    for name in "ab":
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).resize((320, 320)).save(
            album / f"{name}.png"
        )
    message = rng.bytes(350)
    hidden = run("hide", album, "-o", out, "--split", "--for", destination, stdin=message)
    assert hidden.code == 0 and len([*out.iterdir()]) == 2, hidden
    assert run("reveal", out).output == message


def test_what_is_no_image_in_a_folder_does_no_harm(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "sent"
    (album / "._a.jpg").write_bytes(b"a file of macOS")
    (album / "folder.jpg").mkdir()
    assert run("hide", album, "-o", out, "-m", "Noon").code == 0
    (out / "broken.png").write_bytes((out / "b.png").read_bytes()[:2000])
    result = run("reveal", out)
    assert (result.code, result.output) == (0, b"Noon")
    assert "broken.png is left out" in result.errors
    run("reveal", out, "--model", "strange").assert_error(1, "strange")


def test_what_does_not_exist_is_told_before_anything_is_written(
    album: Path, tmp_path: Path
) -> None:
    for words, code in ((["--model", "nosuch"], 1), (["--for", "nosuch"], 2)):
        for more in ([], ["--split"]):
            result = run("hide", album, "-o", tmp_path / "sent", "-m", "x", *words, *more)
            result.assert_error(code, "nosuch")
            assert not (tmp_path / "sent").exists()


def test_a_photo_that_needs_an_extra_is_left_out(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "sent"
    assert run("hide", album, "-o", out, "-m", "Noon").code == 0
    (out / "d.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))

    def missing(*_: str) -> None:
        raise MissingExtra("this needs pi-heif")

    monkeypatch.setattr("keystego_tf.io.decoders.extra_package", missing)
    result = run("reveal", out)
    assert (result.code, result.output) == (0, b"Noon"), result
    assert "d.heic is left out: this needs pi-heif" in result.errors


def test_what_fails_halfway_is_named_and_the_rest_is_told(album: Path, tmp_path: Path) -> None:
    Image.new("RGB", (63, 64)).save(album / "d.png")
    result = run("hide", album, "-o", tmp_path / "sent", "-m", "Noon", "--json")
    assert result.code == 1 and "d.png: the image has 63 x 64 pixels" in result.errors
    assert [Path(each["out"]).name for each in json.loads(result.text)] == [
        "a.jpg",
        "b.png",
        "c.jpg",
    ]


def test_a_message_does_not_replace_its_image(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "sent.jpg"
    assert run("hide", album / "a.jpg", "-o", out, "-m", "Noon").code == 0
    run("reveal", out, "-o", out, "--overwrite").assert_error(2, "is IMAGE itself")
    assert run("reveal", out).output == b"Noon"


def test_syndrome_by_name_keeps_jpeg_files(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "sent"
    assert run("hide", album, "-o", out, "-m", "Noon", "--model", "syndrome").code == 0
    assert sorted(each.name for each in out.iterdir()) == ["a.jpg", "b.png", "c.jpg"]


def test_an_empty_destination_is_none(album: Path, tmp_path: Path) -> None:
    words = ("hide", album / "a.jpg", "-o", tmp_path / "sent.jpg", "-m", "Noon", "--for", "")
    run(*words).assert_error(2, "''")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_among_images_does_not_block(album: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    words = ("hide", tmp_path / "pipe.png", album / "b.png", "-o", tmp_path / "sent", "-m", "Noon")
    run(*words).assert_error(1, "pipe.png is not a regular file")


def test_a_name_that_the_output_cannot_show_is_escaped(
    album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    out = tmp_path / "日本.jpg"
    words = ("hide", album / "a.jpg", "-o", out, "-m", "Noon", "--key", KEYS["shared"])
    result = run_alone(*words)
    assert result.code == 0 and b"\\u65e5\\u672c.jpg" in result.output and out.is_file()

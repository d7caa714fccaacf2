"""hide and reveal, with keys in files."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import run, write_photo
from PIL import Image

from keystego_tf import codec
from keystego_tf.bundles.catalogue import bundled
from keystego_tf.channel.platforms import PLATFORMS
from keystego_tf.cli import revealing
from keystego_tf.embedders.syndrome import search
from keystego_tf.payload import frame

EVERY_BYTE = bytes(range(256))

ASYMMETRIC = next(model.name for model in bundled() if model.agents.asymmetric)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("message", [EVERY_BYTE, b"", b"\n", "Grüße\r\n".encode()])
def test_standard_input_comes_back_byte_for_byte(
    photo: Path, keys: Path, tmp_path: Path, message: bytes
) -> None:
    out, key = tmp_path / "stego.png", ["--key", keys / "shared.key"]
    result = run("hide", photo, "-o", out, *key, stdin=message)
    assert result.code == 0, result
    found = run("reveal", out, *key)
    assert (found.code, found.output, found.errors) == (0, message, "")


def test_a_key_pair_and_a_message_file(photo: Path, keys: Path, tmp_path: Path) -> None:
    file, out, read = tmp_path / "message", tmp_path / "stego.webp", tmp_path / "read"
    file.write_bytes(EVERY_BYTE)
    assert run("hide", photo, "-o", out, "-f", file, "--to", keys / "anna.pub").code == 0
    old = os.umask(0o000)
    try:
        result = run("reveal", out, "--key", keys / "anna.key", "-o", read)
    finally:
        os.umask(old)
    assert (result.code, result.output) == (0, b"") and read.read_bytes() == EVERY_BYTE
    assert stat.S_IMODE(read.stat().st_mode) == 0o600
    assert names(tmp_path) == ["message", "read", "stego.webp"]


def test_a_message_from_an_option_and_from_a_dash(photo: Path, keys: Path, tmp_path: Path) -> None:
    key = ["--key", keys / "shared.key"]
    for number, (words, stdin, message) in enumerate(
        [
            (["-m", "Grüße"], b"not this", "Grüße".encode()),
            (["-m", ""], b"not this", b""),
            (["-f", "-"], b"this", b"this"),
        ]
    ):
        out = tmp_path / f"{number}.png"
        assert run("hide", photo, "-o", out, *key, *words, stdin=stdin).code == 0
        assert run("reveal", out, *key, "-o", "-").output == message


def test_one_line_or_json_tells_what_came_of_it(photo: Path, keys: Path, tmp_path: Path) -> None:
    out = tmp_path / "stego.png"
    words = ["hide", photo, "-o", out, "-m", "twelve bytes", "--key", keys / "shared.key"]
    line = run(*words).text
    assert line.startswith(f"{out}: 12 bytes, ") and line.count("\n") == 1
    assert " of 98,304 samples changed (0." in line and " dB to the cover, a file of " in line
    assert line.endswith(" bytes (syndrome)\n")
    result = run(*words, "--overwrite", "--json", "--model", "syndrome")
    figures = json.loads(result.text)
    assert (figures["bytes"], figures["embedder"], figures["samples"]) == (12, "syndrome", 98304)
    cover, stego = (np.asarray(Image.open(path), np.int16) for path in (photo, out))
    assert figures["samples_changed"] == np.count_nonzero(cover != stego)
    mse = np.mean(np.square(cover - stego))
    assert figures["psnr"] == pytest.approx(10 * np.log10(255**2 / mse))


def test_for_a_messenger(keys: Path, tmp_path: Path) -> None:
    image, out = write_photo(tmp_path / "photo.png", 1610, 400), tmp_path / "out.jpg"
    words = ["hide", image, "-m", "At noon", "--key", keys / "shared.key", "--for", "whatsapp"]
    result = run(*words, "-o", out)
    assert result.code == 0
    sizes = "from 1610 x 400 to 1600 x 398 pixels"
    assert result.errors == f"note: scaled {sizes}, as whatsapp would\n"
    assert result.text.startswith(f"{out}: 7 bytes, ") and "coefficients changed" in result.text
    assert result.text.endswith(" bytes (qim)\n")
    sent = tmp_path / "sent.jpg"
    sent.write_bytes(PLATFORMS["whatsapp"].send(Image.open(out)))
    assert run("reveal", sent, "--key", keys / "shared.key").output == b"At noon"
    run(*words, "-o", tmp_path / "a.png").assert_error(2, "a.png must end in .jpg: --for whatsapp")
    run(*words, "-o", out).assert_error(1, "exists: --overwrite replaces it")
    other = [*words[:-1], "insta", "-o", tmp_path / "b.jpg"]
    run(*other).assert_error(2, "the destination is 'insta', but must be one of whatsapp, ")
    run(*words, "-o", tmp_path / "b.jpg", "--scale", "0.5").assert_error(2, "--for and --scale")
    assert names(tmp_path) == ["out.jpg", "photo.png", "sent.jpg"]


def test_a_grayscale_cover_stays_so(photo: Path, keys: Path, tmp_path: Path) -> None:
    gray, out, key = tmp_path / "gray.png", tmp_path / "a.png", ["--key", keys / "shared.key"]
    Image.open(photo).convert("L").save(gray)
    result = run("hide", gray, "-o", out, "-m", "x", *key)
    assert (result.code, result.errors) == (0, "")
    with Image.open(out) as image:
        assert image.mode == "L"
    assert run("reveal", out, *key).output == b"x"


def test_an_empty_message_has_a_note(photo: Path, keys: Path, tmp_path: Path) -> None:
    key = ["--key", keys / "shared.key"]
    for name, words in (("a.png", ["-m", ""]), ("b.png", [])):
        result = run("hide", photo, "-o", tmp_path / name, *words, *key)
        assert (result.code, result.errors) == (0, "note: the message is empty\n")
    result = run("hide", photo, "-o", tmp_path / "c.png", *key, "--quiet")
    assert (result.code, result.errors) == (0, "")


def test_reveal_to_a_file_says_so_in_a_line(keys: Path, stego: Path, tmp_path: Path) -> None:
    out, key = tmp_path / "blob.out", ["--key", keys / "shared.key"]
    result = run("reveal", stego, "-o", out, *key)
    assert (result.output, result.errors) == (b"", f"5 bytes in {out}\n")
    result = run("reveal", stego, "-o", out, *key, "--overwrite", "--quiet")
    assert (result.output, result.errors) == (b"", "")


class Terminal:
    """A standard output that is a terminal."""

    def __init__(self) -> None:
        self.buffer = io.BytesIO()

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("message", "binary"),
    [
        (b"noon\n", False),
        ("\u00fcber\tuns\r\n".encode(), False),
        (b"\xff\xd8\xff", True),
        (b"\x1b[2J", True),
        (b"a\0b", True),
    ],
)
def test_a_terminal_gets_no_binary_message_unless_asked_for(
    message: bytes,
    binary: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for asked in (False, True):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stdout", terminal)
        revealing._print(message, asked)
        hidden = binary and not asked
        assert terminal.buffer.getvalue() == (b"" if hidden else message)
        errors = capsys.readouterr().err
        assert ("the message is binary" in errors and "--out FILE" in errors) == hidden


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("C1 \x9b2J", r"C1 \x9b2J"),
        ("delete \x7f", r"delete \x7f"),
        ("pay 10\rpay 99", r"pay 10\rpay 99"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("two\u2028lines", r"two\u2028lines"),
        ("gr\u00fc\u00dfe \U0001f469\u200d\U0001f467, \u4f60\u597d\r\n\t1 \u20ac", None),
    ],
)
def test_a_message_cannot_act_on_a_terminal(
    message: str,
    shown: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    revealing._print(message.encode(), False)
    assert terminal.buffer.getvalue().decode() == (shown or message)
    assert ("--out FILE has it raw" in capsys.readouterr().err) == (shown is not None)


def test_names_in_errors_and_results_are_escaped(photo: Path, keys: Path, tmp_path: Path) -> None:
    odd = tmp_path / "a\x1b[31m\x9b\u202eb.png"
    shown, key = r"a\x1b[31m\x9b\u202eb.png", ["--key", keys / "shared.key"]
    run("reveal", odd, *key).assert_error(1, f"{shown}: No such file")
    run("capacity", odd, odd).assert_error(2, shown)
    result = run("hide", photo, "-o", odd, "-m", "x", *key)
    assert result.code == 0 and result.text.startswith(f"{tmp_path}/{shown}: ")


@pytest.mark.parametrize("command", ["hide", "reveal"])
def test_a_name_that_is_too_long_fails_before_the_work(
    command: str,
    photo: Path,
    keys: Path,
    stego: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("hide", "reveal"):
        monkeypatch.setattr(codec, name, lambda *_, **__: pytest.fail("too late"))
    image, words = (photo, ["-m", "x"]) if command == "hide" else (stego, [])
    out = tmp_path / ("x" * 252 + ".png")
    result = run(command, image, "-o", out, *words, "--key", keys / "shared.key")
    result.assert_error(1, "File name too long")


@pytest.mark.parametrize("command", ["hide", "reveal"])
def test_a_file_that_somebody_makes_meanwhile_is_kept(
    command: str,
    photo: Path,
    keys: Path,
    stego: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out.png"
    work = getattr(codec, command) if command == "reveal" else search.embed

    def late(*words: object, **options: object) -> object:
        out.write_bytes(b"theirs")
        return work(*words, **options)

    monkeypatch.setattr(*((codec, "reveal") if command == "reveal" else (search, "embed")), late)
    image, words = (photo, ["-m", "x"]) if command == "hide" else (stego, [])
    before = sorted([*names(tmp_path), "out.png"])
    result = run(command, image, "-o", out, *words, "--key", keys / "shared.key")
    result.assert_error(1, "out.png has been made in the meantime, and is kept")
    assert out.read_bytes() == b"theirs" and names(tmp_path) == before


def test_wrong_use_of_hide(photo: Path, keys: Path, tmp_path: Path) -> None:
    key, out = ["--key", keys / "shared.key"], ["-o", tmp_path / "out.png"]
    for words, part in [
        ([*out, *key, "-m", "x", "-f", "y"], "--message and --message-file exclude"),
        ([*out, *key, "-m", "x", "--passphrase", "y"], "--passphrase and --key exclude"),
        ([*out, *key, "-m", "x", "--to", keys / "anna.pub"], "--key and --to exclude"),
        ([*key, "-m", "x"], "--out"),
        (["-o", tmp_path / "out.gif", *key, "-m", "x"], "would destroy the message"),
        (["-o", tmp_path / "out", *key, "-m", "x"], "out' has no ending, but must end in one of"),
        (["-o", photo, *key, "-m", "x", "--overwrite"], "is IMAGE itself"),
        ([*out, *key, "-m", "x", "--colour", "red"], "--colour"),
    ]:
        run("hide", photo, *words).assert_error(2, part, "keystego-tf hide --help")
    to_jpeg = run("hide", photo, "-o", tmp_path / "out.jpg", *key, "-m", "x")
    to_jpeg.assert_error(1, "is no JPEG file, and .jpg takes one")
    run("hid").assert_error(2, "hid", "keystego-tf --help")
    assert names(tmp_path) == []


def test_a_link_to_the_cover_is_the_cover(keys: Path, tmp_path: Path) -> None:
    cover, link = write_photo(tmp_path / "cover.png"), tmp_path / "link.png"
    os.link(cover, link)
    words = ["-m", "x", "--key", keys / "shared.key", "--overwrite"]
    run("hide", cover, "-o", link, *words).assert_error(2, "is IMAGE itself")


def test_what_hide_cannot_do(photo: Path, keys: Path, tmp_path: Path) -> None:
    small, torn = write_photo(tmp_path / "small.png", 63, 100), tmp_path / "torn.png"
    torn.write_bytes(photo.read_bytes()[:2000])
    key, out = ["--key", keys / "shared.key"], ["-o", tmp_path / "out.png", "-m", "x"]
    before = names(tmp_path)
    for words, part in [
        ([tmp_path / "none.png", *out, *key], "none.png: No such file"),
        ([small, *out, *key], "63 x 100 pixels"),
        ([torn, *out, *key], "damaged"),
        ([keys / "anna.pub", *out, *key], "is not an image"),
        ([photo, "-o", tmp_path / "none" / "out.png", "-m", "x", *key], "there is no folder"),
        ([photo, *out, *key, "--model", "strange"], "'strange'"),
        ([photo, *out, *key, "--model", ASYMMETRIC], f"{ASYMMETRIC} is of the asymmetric"),
        ([photo, *out[:2], "-f", tmp_path / "none", *key], "none: No such file"),
        ([photo, *out[:2], "-f", tmp_path, *key], "directory"),
        ([photo, *out, "--key", tmp_path / "none.key"], "none.key: No such file"),
        ([photo, *out, "--key", photo], "must be at most 4096 characters"),
        ([photo, *out, "--key", keys / "anna.key"], "only reads"),
        ([photo, *out, "--key", keys / "anna.pub"], "--to"),
        ([photo, *out, "--to", keys / "shared.key"], "--key"),
        ([photo, *out, "--to", keys / "anna.key"], "only reads"),
        ([photo, *out, "--passphrase", ""], "passphrase"),
    ]:
        run("hide", *words).assert_error(1, part)
    result = run("hide", photo, *out[:2], *key, stdin=os.urandom(9000))
    result.assert_error(1, "9,000 bytes", "with syndrome")
    assert names(tmp_path) == before


def test_no_more_is_read_than_can_be_hidden(
    photo: Path, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "MAX_MESSAGE", 10)
    words = ["hide", photo, "-o", tmp_path / "out.png", "--key", keys / "shared.key"]
    run(*words, stdin=bytes(11)).assert_error(1, "more than 10 bytes")
    assert run(*words, stdin=bytes(10)).code == 0


def test_nothing_is_overwritten_unless_asked(
    photo: Path, keys: Path, stego: Path, tmp_path: Path
) -> None:
    key = ["--key", keys / "shared.key"]
    for command in (["hide", photo, "-m", "x"], ["reveal", stego]):
        out = tmp_path / f"{command[0]}.png"
        out.write_bytes(b"old")
        run(*command, "-o", out, *key).assert_error(1, "--overwrite")
        assert out.read_bytes() == b"old"
        assert run(*command, "-o", out, *key, "--overwrite").code == 0
        assert out.read_bytes() != b"old"
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    run("reveal", stego, "-o", pipe, *key, "--overwrite").assert_error(1, "regular file")
    result = run("reveal", stego, "-o", tmp_path, *key, "--overwrite")
    result.assert_error(1, f"{tmp_path} is a folder, but must be a file")
    run("reveal", stego, "-o", tmp_path / "no" / "x", *key).assert_error(1, "there is no folder")


def test_whatever_keeps_it_from_reading_is_one_error(
    photo: Path, keys: Path, stego: Path, tmp_path: Path
) -> None:
    other, changed, out = tmp_path / "other", tmp_path / "changed.png", tmp_path / "out"
    assert run("keygen", other, "--shared").code == 0
    pixels = np.array(Image.open(stego))
    Image.fromarray(255 - pixels).save(changed)
    results = [
        run("reveal", stego, "--key", tmp_path / "other.key"),
        run("reveal", stego, "--key", keys / "anna.key"),
        run("reveal", photo, "--key", keys / "shared.key"),
        run("reveal", changed, "--key", keys / "shared.key", "-o", out),
        run("reveal", write_photo(tmp_path / "s.png", 50, 50), "--key", keys / "shared.key"),
    ]
    results[0].assert_error(1, "nothing can be read")
    assert all(each == results[0] for each in results)
    assert not out.exists()


def test_what_reveal_cannot_do(keys: Path, stego: Path, tmp_path: Path) -> None:
    key = ["--key", keys / "shared.key"]
    run("reveal", tmp_path / "none.png", *key).assert_error(1, "No such file")
    run("reveal", keys / "anna.pub", *key).assert_error(1, "is not an image")
    run("reveal", stego, "--key", keys / "anna.pub").assert_error(1, "only hides")
    run("reveal", stego, "--key", stego).assert_error(1, "must be at most 4096 characters")
    run("reveal", stego, *key, "--model", ASYMMETRIC).assert_error(1, ASYMMETRIC)
    run("reveal", stego, *key, "--passphrase", "x").assert_error(2, "exclude each other")
    run("reveal").assert_error(2, "IMAGE")


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (MemoryError(), 1, "not enough memory"),
        (ImportError("no interpreter"), 1, "no interpreter"),
        (ValueError("two\nlines"), 1, "two lines"),
    ],
)
def test_what_goes_wrong_half_way_leaves_nothing(
    photo: Path,
    keys: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    part: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(search, "embed", fail)
    words = ["hide", photo, "-o", tmp_path / "x.png", "-m", "x", "--key", keys / "shared.key"]
    run(*words).assert_error(code, part)
    assert names(tmp_path) == []

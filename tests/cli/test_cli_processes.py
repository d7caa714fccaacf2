"""What only a real process shows: what it imports, signals, pipes and terminals."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from commands import LISTENING, RUN, environment, run_alone, start, write_photo

from keystego_tf.bundles.catalogue import bundled
from keystego_tf.cli import COMMANDS

#: Runs a command and names those of the modules at [1] that it has loaded.
WATCHED = """
import sys
from keystego_tf.cli import main
try:
    main(sys.argv[2:])
except SystemExit as end:
    assert end.code == 0, end.code
print(*(name for name in sys.argv[1].split(",") if name in sys.modules), file=sys.stderr)
"""
#: Makes the terminal at standard input its own, to run a command there.
ON_TERMINAL = """
import os
os.close(os.open(os.ttyname(0), os.O_RDWR))
"""
HEAVY = "tensorflow,keras,tensorflow_addons"
NOT_FOR_HELP = f"{HEAVY},numpy,PIL,ai_edge_litert,cryptography,reedsolo,tqdm"


def loaded(modules: str, *words: str | Path) -> str:
    result = subprocess.run(
        [sys.executable, "-c", WATCHED, modules, *map(str, words)],
        env=environment(),
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return result.stderr.decode().strip()


WORDS = [["--help"], ["--version"], *([each, "--help"] for each in COMMANDS)]


@pytest.mark.parametrize("words", WORDS)
def test_help_loads_nothing(words: list[str]) -> None:
    assert loaded(NOT_FOR_HELP, *words) == ""


def test_hiding_loads_no_tensorflow(photo: Path, keys: Path, tmp_path: Path) -> None:
    out, pair = tmp_path / "out.png", tmp_path / "pair"
    assert loaded(HEAVY, "keygen", pair) == ""
    assert loaded(HEAVY, "hide", photo, "-m", "x", "-o", out, "--to", f"{pair}.pub") == ""
    assert loaded(HEAVY, "reveal", out, "--key", f"{pair}.key") == ""
    for words in (["models"], ["capacity", photo], ["fingerprint", f"{pair}.pub"]):
        assert loaded(HEAVY, *words) == ""


def test_hiding_without_nets_loads_no_runtime_of_nets(
    photo: Path, keys: Path, tmp_path: Path
) -> None:
    out, runtimes = tmp_path / "out.png", f"{HEAVY},ai_edge_litert,keystego_tf.bundles.runner"
    assert loaded(runtimes, "hide", photo, "-m", "x", "-o", out, "--to", keys / "anna.pub") == ""
    assert loaded(runtimes, "reveal", out, "--key", keys / "anna.key") == ""
    assert loaded(runtimes, "keygen", tmp_path / "pair") == ""


def test_a_passphrase_by_option_and_by_environment(photo: Path, tmp_path: Path) -> None:
    out, message = tmp_path / "out.png", bytes(range(256))
    result = run_alone("hide", photo, "-o", out, "--passphrase", "sesame", stdin=message)
    assert result.code == 0, result
    found = run_alone("reveal", out, passphrase="sesame")
    assert (found.code, found.output, found.errors) == (0, message, "")
    found = run_alone("reveal", out, "--passphrase", "sesame", passphrase="other")
    assert found.output == message
    run_alone("reveal", out, passphrase="Sesame").assert_error(1, "nothing can be read")


def test_a_key_beats_the_environment(stego: Path, keys: Path) -> None:
    words = ["reveal", stego, "--key", keys / "shared.key"]
    assert run_alone(*words, passphrase="x").output == b"Hello"


def test_without_a_passphrase_and_without_a_terminal(photo: Path, tmp_path: Path) -> None:
    for words in (["hide", photo, "-o", tmp_path / "out.png", "-m", "x"], ["reveal", photo]):
        run_alone(*words).assert_error(2, "no passphrase", "KEYSTEGO_PASSPHRASE", "--key")
    assert list(tmp_path.iterdir()) == []


def converse(words: list[str | Path], answers: list[tuple[bytes, bytes]]) -> tuple[int, str]:
    """A command at a terminal; answers: what to type after which prompt. What the user sees."""
    terminal, its_end = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENING + ON_TERMINAL + RUN, *map(str, words)],
        **dict.fromkeys(("stdin", "stdout", "stderr"), its_end),
        env=environment(),
        start_new_session=True,
    )
    os.close(its_end)
    seen, since, left = b"", 0, list(answers)
    while True:
        if not select.select([terminal], [], [], 60)[0]:
            process.kill()
            pytest.fail(f"the command neither says anything nor ends, after {seen!r}")
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other end has gone
            piece = b""
        if not piece:
            break
        seen += piece
        if left and left[0][0] in seen[since:]:
            since = len(seen)
            os.write(terminal, left.pop(0)[1])
    os.close(terminal)
    return process.wait(60), seen.decode()


def test_a_terminal_is_asked_unseen(photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    twice = [
        (b"Passphrase: ", b"sesame\n"),
        (b"again: ", b"seasme\n"),
        (b"Passphrase: ", b"sesame\n"),
        (b"again: ", b"sesame\n"),
    ]
    code, seen = converse(["hide", photo, "-o", out, "-m", "Hi"], twice)
    assert code == 0 and "do not match" in seen and "2 bytes, " in seen
    assert "sesame" not in seen
    code, seen = converse(["reveal", out], [(b"Passphrase: ", b"sesame\n")])
    assert code == 0 and seen.endswith("Hi\r\n") and "sesame" not in seen
    code, seen = converse(["reveal", out], [(b"Passphrase: ", b"\x03")])
    assert code == 130 and seen.endswith("error: stopped\r\n")
    code, seen = converse(["reveal", tmp_path / "none.png"], [])
    assert code == 1 and "Passphrase" not in seen


def test_a_terminal_is_no_message(photo: Path, keys: Path, tmp_path: Path) -> None:
    words = ["hide", photo, "-o", tmp_path / "out.png", "--key", keys / "shared.key"]
    code, seen = converse(words, [])
    assert code == 2 and "-m TEXT or -f FILE" in seen


def test_many_tiles_have_a_bar_on_a_terminal_alone(keys: Path, tmp_path: Path) -> None:
    photo, file = write_photo(tmp_path / "large.png", 512, 384), tmp_path / "message"
    model = next(model for model in bundled() if model.name.endswith("-symmetric-0.0625"))
    sender = ["--key", keys / "shared.key"]
    file.write_bytes(os.urandom(1250))
    words = ["hide", photo, "-f", file, *sender, "--model", model.name]
    code, seen = converse([*words, "-o", tmp_path / "a.png"], [])
    assert code == 0 and "hiding" in seen
    code, seen = converse([*words, "-o", tmp_path / "b.png", "--quiet"], [])
    assert code == 0 and "hiding" not in seen
    result = run_alone(*words, "-o", tmp_path / "c.png")
    assert (result.code, result.errors) == (0, "")


def test_ctrl_c_leaves_nothing(photo: Path, keys: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = ["hide", photo, "-o", tmp_path / "out.png", "-f", pipe, "--key", keys / "shared.key"]
    # the pipe opens when the command opens it, which then waits for the message
    with start(*words) as process, pipe.open("wb"):
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (130, b"", b"error: stopped\n")
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_reader_who_leaves_is_no_error_text(stego: Path, keys: Path) -> None:
    for words in (["reveal", stego, "--key", keys / "shared.key"], ["models"]):
        reading, writing = os.pipe()
        os.close(reading)
        with start(*words, stdout=writing) as process:
            os.close(writing)
            assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_one_line(stego: Path, keys: Path) -> None:
    for words in (["reveal", stego, "--key", keys / "shared.key"], ["models"]):
        with open("/dev/full", "wb") as full, start(*words, stdout=full) as process:
            assert process.communicate(timeout=60)[1] == b"error: No space left on device\n"
        assert process.returncode == 1

"""The browser page, in headless Chromium, against what the package hides.

Needs what `make web` makes, and Chromium: a command `chromium`, or what the environment variable
CHROMIUM names.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from keystego_tf.codec import hide, new_pair, reveal
from keystego_tf.payload.keys import SharedKey, fingerprint, load_public

WEB = Path(__file__).parents[2] / "export" / "web"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
NODE = shutil.which("node")

MISSING = [
    reason
    for found, reason in (
        (NODE, "node is not installed"),
        (CHROMIUM, "chromium is not installed"),
        ((WEB / "node_modules" / "playwright-core").is_dir(), "npm modules are missing (make web)"),
        ((WEB / "dist" / "models" / "models.json").is_file(), "the page is not built (make web)"),
    )
    if not found
]
pytestmark = pytest.mark.skipif(bool(MISSING), reason="; ".join(MISSING))

PHRASE = "Ein Paßwort, cafe\u0301"
NOTHING = "No message can be read."

Ask = Callable[..., Any]


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Counting(Quiet):
    """Stands for another server, to which nothing must get."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, str]]:
    """The addresses of the page and of another server."""
    handlers = (partial(Quiet, directory=str(WEB / "dist")), Counting)
    running = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for handler in handlers]
    for server in running:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    page, other = (f"http://127.0.0.1:{server.server_port}/" for server in running)
    yield page, other
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def ask(servers: tuple[str, str]) -> Iterator[Ask]:
    """Gives commands to drive.mjs, which has one browser for all tests."""
    command = [str(NODE), str(WEB / "test" / "drive.mjs"), str(CHROMIUM), servers[0]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as driver:
        assert driver.stdin is not None and driver.stdout is not None
        stdin, stdout = driver.stdin, driver.stdout

        def asked(command: str, **given: Any) -> Any:
            stdin.write(json.dumps({"ask": command, **given}).encode() + b"\n")
            stdin.flush()
            line = stdout.readline()
            assert line, f"drive.mjs ended with {driver.wait()}"
            answer = json.loads(line)
            assert "failed" not in answer, answer["failed"]
            return answer

        yield asked
        stdin.close()


@pytest.fixture
def page(ask: Ask) -> Iterator[Ask]:
    """The page, newly opened; afterwards it has asked nobody else and logged no trouble."""
    assert ask("open")["title"].startswith("keystego")
    yield ask
    assert ask("report")["troubles"] == []


def photo(width: int = 300, height: int = 270) -> Image.Image:
    """Something like a photo: colours that change slowly, and noise."""
    chance = np.random.default_rng(5)
    coarse = chance.integers(60, 196, (5, 5, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    noise = chance.normal(0, 3, smooth.shape)
    return Image.fromarray(np.clip(smooth + noise, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def stego(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short text for PHRASE."""
    path = tmp_path_factory.mktemp("stego") / "stego.png"
    hide(photo(), "Grüße aus dem Park".encode(), path, passphrase=PHRASE)
    return path


@pytest.fixture(scope="module")
def shared_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "shared.key"
    path.write_text(SharedKey.generate().to_text() + "\n", encoding="ascii")
    return path


def in_base64(path: Path) -> dict[str, str]:
    return {"name": path.name, "base64": base64.b64encode(path.read_bytes()).decode("ascii")}


def test_passphrase(page: Ask, stego: Path) -> None:
    # the composed letter is the same passphrase
    answer = page("reveal", image=str(stego), passphrase="Ein Paßwort, café")
    assert answer["message"] == "Grüße aus dem Park"
    assert answer["focused"] == "result-title"


def test_wrong_passphrase(page: Ask, stego: Path) -> None:
    answer = page("reveal", image=str(stego), passphrase="another")
    assert answer["error"].startswith(NOTHING) and not answer["read"]


def test_right_after_wrong(page: Ask, stego: Path) -> None:
    page("reveal", image=str(stego), passphrase="another")
    answer = page("reveal", passphrase=PHRASE)
    assert (answer["error"], answer["message"]) == ("", "Grüße aus dem Park")


def test_cancel(page: Ask, stego: Path) -> None:
    answer = page("cancel", image=str(stego), passphrase="another", step="Trying the passphrase")
    assert answer["disabled"] and not answer["read"]
    assert (answer["error"], answer["step"]) == ("", "")
    assert page("reveal", passphrase=PHRASE)["message"] == "Grüße aus dem Park"


def test_nothing_in_it(page: Ask, tmp_path: Path) -> None:
    photo().save(tmp_path / "plain.png")
    answer = page("reveal", image=str(tmp_path / "plain.png"), passphrase=PHRASE)
    assert answer["error"].startswith(NOTHING)


def test_changed_image(page: Ask, stego: Path, tmp_path: Path) -> None:
    with Image.open(stego) as image:
        image.resize((290, 260)).save(tmp_path / "smaller.png")
    answer = page("reveal", image=str(tmp_path / "smaller.png"), passphrase=PHRASE)
    assert answer["error"].startswith(NOTHING)


def test_binary_with_shared_key(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    # of 0.5 bits per pixel, in several tiles, with transparency that a canvas would multiply by
    message = np.random.default_rng(1).bytes(1500)
    cover = photo(400, 300)
    cover.putalpha(Image.linear_gradient("L").resize(cover.size))
    stego = hide(cover, message, tmp_path / "stego.png", key=shared_key)
    assert stego.tiles > 1 and stego.model == "symmetric-0.5"
    saved = tmp_path / "message"
    answer = page(
        "reveal", image=str(tmp_path / "stego.png"), key=str(shared_key), saveAs=str(saved)
    )
    assert answer["message"] is None and "1,500 bytes" in answer["note"]
    assert saved.read_bytes() == message


def test_long_text(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    # HTML stays text
    text = "<b>bold</b> & <script>alert(1)</script>\n" + "Zeile\tfür Zeile\n" * 200
    hide(photo(), text.encode(), tmp_path / "stego.png", key=shared_key)
    saved = tmp_path / "message"
    answer = page(
        "reveal", image=str(tmp_path / "stego.png"), key=str(shared_key), saveAs=str(saved)
    )
    assert (answer["message"], answer["name"]) == (text, "message.txt")
    assert saved.read_bytes() == text.encode()


def test_empty_message(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    hide(photo(), b"", tmp_path / "stego.png", key=shared_key)
    answer = page("reveal", image=str(tmp_path / "stego.png"), key=str(shared_key))
    assert answer["read"] and answer["note"] == "The message is empty."


def test_pair_of_the_package(page: Ask, tmp_path: Path) -> None:
    secret, public = new_pair()
    (tmp_path / "own.key").write_text(secret.to_text() + "\n", encoding="ascii")
    for length in (12, 900):  # one model each
        message = np.random.default_rng(length).bytes(length)
        hide(photo(), message, tmp_path / "stego.png", to=public)
        saved = tmp_path / "message"
        page("open")
        page(
            "reveal",
            image=str(tmp_path / "stego.png"),
            key=str(tmp_path / "own.key"),
            saveAs=str(saved),
        )
        assert saved.read_bytes() == message


def test_pair_of_the_page(page: Ask, tmp_path: Path) -> None:
    made = page("pair", name="alice", folder=str(tmp_path))
    assert made["names"] == ["alice.key", "alice.pub"]
    public = load_public(tmp_path / "public")
    assert made["fingerprint"] == fingerprint(public)
    stego = tmp_path / "stego.png"
    hide(photo(), b"for Alice", stego, to=tmp_path / "public")
    assert reveal(stego, key=tmp_path / "secret") == b"for Alice"
    answer = page("reveal", image=str(stego), key=str(tmp_path / "secret"))
    assert answer["message"] == "for Alice"


def test_name_of_a_pair(page: Ask, tmp_path: Path) -> None:
    answer = page("pair", name="../up", folder=str(tmp_path))
    assert answer["error"].startswith("The name must be")


def test_key_of_other_models(page: Ask, stego: Path, tmp_path: Path) -> None:
    secret, _ = new_pair()
    text = type(secret)(secret.seed, "another").to_text()
    (tmp_path / "own.key").write_text(text, encoding="ascii")
    answer = page("reveal", image=str(stego), key=str(tmp_path / "own.key"))
    assert "models that this page does not have" in answer["error"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"keystego-shared-1 AAAA", "letters of base64url"),
        (b"hello", "must begin with"),
        (b"\xff\xfe" * 20, "ASCII"),
        (b"k" * 5000, "too large"),
    ],
)
def test_files_that_are_no_keys(
    page: Ask, stego: Path, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "bad.key").write_bytes(content)
    answer = page("reveal", image=str(stego), key=str(tmp_path / "bad.key"))
    assert answer["error"].startswith("bad.key: ") and words in answer["error"]


def test_public_half(page: Ask, stego: Path, tmp_path: Path) -> None:
    _, public = new_pair()
    (tmp_path / "own.pub").write_text(public.to_text(), encoding="ascii")
    answer = page("reveal", image=str(stego), key=str(tmp_path / "own.pub"))
    assert "public half" in answer["error"]


def test_jpeg(page: Ask, stego: Path, tmp_path: Path) -> None:
    with Image.open(stego) as image:
        image.save(tmp_path / "stego.jpg", quality=95)
    # the name does not hide it
    (tmp_path / "stego.jpg").rename(tmp_path / "stego.png")
    answer = page("reveal", image=str(tmp_path / "stego.png"), passphrase=PHRASE)
    assert answer["error"].startswith("This is a JPEG.") and "original PNG" in answer["error"]


def test_files_that_will_not_do(page: Ask, stego: Path, tmp_path: Path) -> None:
    deep = Image.fromarray(np.zeros((200, 200), np.uint16))
    deep.save(tmp_path / "deep.png")
    photo(127, 300).save(tmp_path / "small.png")
    photo().save(tmp_path / "other.bmp")
    (tmp_path / "text.png").write_text("hello", encoding="ascii")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "cut.png").write_bytes(stego.read_bytes()[:-5000])
    words = {
        "deep.png": "16 bits",
        "small.png": "127 x 300",
        "other.bmp": "reads PNG only",
        "text.png": "not an image",
        "empty.png": "not an image",
        "cut.png": "damaged",
    }
    for name, expected in words.items():
        page("open")
        answer = page("reveal", image=str(tmp_path / name), passphrase=PHRASE)
        assert expected in answer["error"], name


def test_nothing_chosen(page: Ask, stego: Path) -> None:
    assert page("reveal")["error"] == "Choose the picture first."
    page("open")
    assert page("reveal", image=str(stego))["error"] == "Type the passphrase or choose a key file."


def test_keyboard_alone(page: Ask, stego: Path) -> None:
    answer = page("keyboard", image=str(stego), passphrase=PHRASE)
    assert answer["message"] == "Grüße aus dem Park"
    assert answer["focused"] == "result-title"


def test_dropped_files_find_their_places(page: Ask, stego: Path, shared_key: Path) -> None:
    files = [in_base64(stego), in_base64(shared_key)]
    answer = page("drop", on="body", files=files)
    assert "stego.png" in answer["image"] and "shared.key" in answer["key"]


def test_nothing_goes_out(page: Ask, servers: tuple[str, str], stego: Path) -> None:
    _, other = servers
    page("reveal", image=str(stego), passphrase=PHRASE)
    answers = page("escape", other=other)
    assert "TypeError" in answers["page"]
    assert len(answers["workers"]) == 1 and "TypeError" in answers["workers"][0]
    assert Counting.asked == []


def test_only_the_own_server_was_asked(page: Ask, servers: tuple[str, str]) -> None:
    # of all tests before: requests that the policy stopped were never made
    assert set(page("report")["origins"]) <= {each.rstrip("/") for each in servers}
    assert Counting.asked == []

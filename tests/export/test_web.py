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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from javascript import NO_NODE, NODE, WEB, photo
from PIL import Image, ImageOps

from keystego_tf.bundles.catalogue import Model, bundled
from keystego_tf.channel.platforms import PLATFORMS, destinations, ways
from keystego_tf.cli.page import ARCHIVE, server_of
from keystego_tf.codec import hide, join, reveal, split
from keystego_tf.io import jpeg
from keystego_tf.payload.keys import SecretKey, SharedKey, fingerprint, load_key, load_public

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")

MISSING = [
    reason
    for reason, missing in (
        (NO_NODE, bool(NO_NODE)),
        ("chromium is not installed", CHROMIUM is None),
        ("the page is not built (make web)", not ARCHIVE.is_file()),
    )
    if missing
]
pytestmark = [pytest.mark.ci, pytest.mark.skipif(bool(MISSING), reason="; ".join(MISSING))]

PHRASE = "Ein Paßwort, cafe\u0301"
NOTHING = "No message can be read."

Ask = Callable[..., Any]


class Counting(BaseHTTPRequestHandler):
    """Stands for another server, to which nothing must get."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, str]]:
    """The addresses of the page and of another server."""
    running = [server_of(ARCHIVE, 0), ThreadingHTTPServer(("127.0.0.1", 0), Counting)]
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
    assert answer["focused"] == "reveal-result-title"


def test_right_after_wrong(page: Ask, stego: Path) -> None:
    answer = page("reveal", image=str(stego), passphrase="another")
    assert answer["error"].startswith(NOTHING) and not answer["done"]
    answer = page("reveal", passphrase=PHRASE)
    assert (answer["error"], answer["message"]) == ("", "Grüße aus dem Park")


def test_cancel(page: Ask, stego: Path) -> None:
    answer = page(
        "cancel", image=str(stego), passphrase="another", step="Working on the passphrase"
    )
    assert answer["disabled"] and not answer["done"]
    assert (answer["error"], answer["step"]) == ("", "")
    assert page("reveal", passphrase=PHRASE)["message"] == "Grüße aus dem Park"


def test_another_picture_stops_the_work(page: Ask, stego: Path, tmp_path: Path) -> None:
    photo().save(tmp_path / "other.png")
    answer = page(
        "cancel",
        image=str(stego),
        passphrase=PHRASE,
        step="Working on the passphrase",
        another=str(tmp_path / "other.png"),
    )
    assert answer["disabled"] and not answer["done"]
    assert (answer["error"], answer["step"]) == ("", "")


def test_everything_is_forgotten(page: Ask, stego: Path, shared_key: Path, tmp_path: Path) -> None:
    page("pair", name="alice", folder=str(tmp_path))
    photo(80, 80).save(tmp_path / "photo.png")
    given = {"image": str(tmp_path / "photo.png"), "message": "x", "key": str(shared_key)}
    assert page("hide", **given)["done"]
    assert page("reveal", image=str(stego), passphrase="another")["error"].startswith(NOTHING)
    assert page("forget", tab="reveal")["left"] == []


def test_nothing_in_it(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    photo().save(tmp_path / "plain.png")
    answer = page("reveal", image=str(tmp_path / "plain.png"), key=str(shared_key))
    assert answer["error"].startswith(NOTHING)


def test_changed_image(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    stego = hide(photo(), b"hidden", key=shared_key)
    with Image.open(BytesIO(stego.file)) as image:
        image.resize((290, 260)).save(tmp_path / "smaller.png")
    answer = page("reveal", image=str(tmp_path / "smaller.png"), key=str(shared_key))
    assert answer["error"].startswith(NOTHING)


def test_binary_with_shared_key(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    # with transparency, which a canvas would multiply colours by
    message = np.random.default_rng(1).bytes(1500)
    cover = photo(400, 300)
    cover.putalpha(Image.linear_gradient("L").resize(cover.size))
    hide(cover, message, tmp_path / "stego.png", key=shared_key)
    saved = tmp_path / "message"
    answer = page(
        "reveal", image=str(tmp_path / "stego.png"), key=str(shared_key), saveAs=str(saved)
    )
    assert answer["message"] is None and "1,500 bytes" in answer["note"]
    assert saved.read_bytes() == message


@pytest.mark.parametrize("model", bundled(), ids=lambda model: str(model.name))
def test_every_model(page: Ask, model: Model, tmp_path: Path) -> None:
    cover = photo(400, 300) if model.agents.channels == 3 else photo(400, 300).convert("L")
    shared, secret = SharedKey.generate(), SecretKey.generate()
    symmetric = model.agents.scheme == "symmetric"
    keys: dict[str, Any] = {"key": shared} if symmetric else {"to": secret.public}
    stego, key = tmp_path / "stego.png", tmp_path / "own.key"
    key.write_text((shared if symmetric else secret).to_text(), encoding="ascii")
    hide(cover, b"by nets", stego, model=model.name, **keys)
    answer = page("reveal", image=str(stego), key=str(key))
    assert (answer["error"], answer["message"]) == ("", "by nets")


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
    assert answer["done"] and answer["note"] == "The message is empty."


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


def test_hidden_by_the_page_with_a_passphrase(page: Ask, tmp_path: Path) -> None:
    photo().save(tmp_path / "holiday.png")
    saved = tmp_path / "saved.png"
    answer = page(
        "hide",
        image=str(tmp_path / "holiday.png"),
        message="Grüße",
        passphrase=PHRASE,
        saveAs=str(saved),
    )
    assert (answer["error"], answer["name"]) == ("", "holiday.png")
    assert "7 bytes" in answer["note"] and answer["focused"] == "hide-result-title"
    assert reveal(saved, passphrase=PHRASE) == "Grüße".encode()
    with Image.open(saved) as stego:
        change = np.abs(np.asarray(stego).astype(int) - np.asarray(photo()))
    assert change.max() == 1 and change.mean() < 0.01


def test_hidden_by_the_page_for_a_public_key(page: Ask, tmp_path: Path) -> None:
    secret, message = SecretKey.generate(), np.random.default_rng(3).bytes(700)
    (tmp_path / "own.pub").write_text(secret.public.to_text(), encoding="ascii")
    (tmp_path / "message").write_bytes(message)
    photo(900, 600).save(tmp_path / "photo.webp", quality=90)
    saved = tmp_path / "saved.png"
    answer = page(
        "hide",
        image=str(tmp_path / "photo.webp"),
        attach=str(tmp_path / "message"),
        key=str(tmp_path / "own.pub"),
        saveAs=str(saved),
    )
    assert (answer["error"], answer["name"]) == ("", "photo.png")
    assert "scaled to 630 x 420" in answer["described"]
    assert reveal(saved, key=secret) == message
    with Image.open(saved) as stego, Image.open(tmp_path / "photo.webp") as cover:
        assert (stego.size, stego.mode) == ((630, 420), "RGB")
        expected = np.asarray(cover.resize(stego.size, Image.Resampling.LANCZOS)).astype(int)
        assert np.abs(np.asarray(stego) - expected).mean() < 6  # it is the photo


def test_what_cannot_be_hidden(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    photo(64, 64).save(tmp_path / "small.png")
    photo(64, 63).save(tmp_path / "smaller.png")
    (tmp_path / "text.png").write_text("hello", encoding="ascii")
    (tmp_path / "own.key").write_text(SecretKey.generate().to_text(), encoding="ascii")
    given = {"message": "x" * 5, "key": str(shared_key)}
    small, noise = str(tmp_path / "small.png"), "".join(map(chr, range(0x4E00, 0x5600)))
    cases: list[tuple[dict[str, Any], str]] = [
        ({**given}, "Choose the picture first."),
        ({**given, "image": str(tmp_path / "smaller.png")}, "too few for any message"),
        ({**given, "image": str(tmp_path / "text.png")}, "not an image"),
        ({**given, "image": small, "message": ""}, "Type the message"),
        ({**given, "image": small, "message": noise}, "Take a larger image"),
        ({**given, "image": small, "key": str(tmp_path / "own.key")}, "only reveals"),
        ({"image": small, "message": "x"}, "Type the passphrase"),
    ]
    for case, words in cases:
        page("open")
        assert words in page("hide", **case)["error"], case


def test_name_of_a_pair(page: Ask, tmp_path: Path) -> None:
    answer = page("pair", name="../up", folder=str(tmp_path))
    assert answer["error"].startswith("The name must be")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"keystego-shared-2 AAAA", "characters of base64url"),
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
    public = SecretKey.generate().public
    (tmp_path / "own.pub").write_text(public.to_text(), encoding="ascii")
    answer = page("reveal", image=str(stego), key=str(tmp_path / "own.pub"))
    assert "public half" in answer["error"]


def test_a_jpeg_stays_a_jpeg(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    cover, saved, key = tmp_path / "holiday.jpeg", tmp_path / "saved.jpg", str(shared_key)
    photo(500, 333).save(cover, quality=88, comment=b"by me")
    answer = page("hide", image=str(cover), message="Grüße", key=key, saveAs=str(saved))
    assert (answer["error"], answer["name"]) == ("", "holiday.jpg")
    assert "coefficients" in answer["note"] and "scaled" not in answer["described"]
    assert reveal(saved, key=key) == "Grüße".encode()
    assert page("reveal", image=str(saved), key=key)["message"] == "Grüße"
    before, after = jpeg.read(cover.read_bytes()), jpeg.read(saved.read_bytes())
    away = np.abs(after.components[0].coefficients - before.components[0].coefficients)
    assert away.max() == 1 and away.mean() < 0.01
    for one, other in zip(before.components[1:], after.components[1:]):
        assert np.array_equal(one.coefficients, other.coefficients)
    # Python writes the same file from these coefficients
    assert before.to_bytes([each.coefficients for each in after.components]) == saved.read_bytes()


def test_a_jpeg_of_the_package(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    hide(saved_jpeg(progressive=True), b"from Python", tmp_path / "a.jpg", key=shared_key)
    hide(saved_jpeg(optimize=True), b"from Python", tmp_path / "b.jpg", key=shared_key)
    for name in ("a.jpg", "b.jpg"):
        answer = page("reveal", image=str(tmp_path / name), key=str(shared_key))
        assert answer["message"] == "from Python", answer


def test_a_progressive_jpeg_stays_one(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(saved_jpeg(progressive=True))
    saved = tmp_path / "saved.jpg"
    answer = page(
        "hide",
        image=str(tmp_path / "photo.jpg"),
        message="x",
        key=str(shared_key),
        saveAs=str(saved),
    )
    assert (answer["error"], answer["name"]) == ("", "photo.jpg")
    assert reveal(saved, key=shared_key) == b"x"
    assert jpeg.read(saved.read_bytes()).progressive


def saved_jpeg(**options: Any) -> bytes:
    file = BytesIO()
    photo().save(file, "JPEG", quality=88, **options)
    return file.getvalue()


def arrivals(file: bytes, names: str) -> Iterator[bytes]:
    """What comes out of every way that a file for these destinations may go."""
    for way in ways(destinations(names)):
        arrived = file
        for platform in way:
            arrived = platform.send(Image.open(BytesIO(arrived)))
        yield arrived


def test_the_destinations_by_keyboard(page: Ask) -> None:
    answer = page("destinations", letters="Sig")
    assert answer["all"] == ["file", *PLATFORMS, "jpeg:60"]
    assert (answer["focused"], answer["chosen"]) == ("hide-destination", "signal")
    assert "becomes a JPEG of the size that the app sends" in answer["note"]
    page("open")
    assert "cropped to a square" in page("destinations", letters="Insta")["note"]


@pytest.mark.parametrize(
    "names",
    [
        *("whatsapp", "jpeg:60"),
        *(pytest.param(name, marks=pytest.mark.slow) for name in PLATFORMS if name != "whatsapp"),
    ],
)
def test_each_destination(page: Ask, shared_key: Path, tmp_path: Path, names: str) -> None:
    """What the page hides arrives in Python, and what Python hides on the page."""
    cover, saved, key = tmp_path / "a.b.png", tmp_path / "saved.jpg", load_key(shared_key)
    photo(350, 310).save(cover)
    given = {"image": str(cover), "message": "Grüße", "key": str(shared_key)}
    answer = page("hide", destination=names, saveAs=str(saved), **given)
    assert (answer["error"], answer["name"]) == ("", "a.b.jpg")
    assert "after it was compressed again" in answer["note"] and "as a photo" in answer["advice"]
    for file in (saved.read_bytes(), *arrivals(saved.read_bytes(), names)):
        assert reveal(file, key=key) == "Grüße".encode()
    made = hide(cover, b"from Python", key=key, destination=names).file
    for number, file in enumerate((made, *arrivals(made, names))):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(file)
        assert page("reveal", image=str(path), key=str(shared_key))["message"] == "from Python"


def test_a_photo_for_a_destination_may_be_of_any_kind(
    page: Ask, shared_key: Path, tmp_path: Path
) -> None:
    # a progressive JPEG that lies on its side, and a photo that the app scales
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(400, 310).save(tmp_path / "a.jpg", exif=exif, quality=90, progressive=True)
    photo(1700, 500).save(tmp_path / "b.webp", quality=90)
    for name, size in (("a.jpg", (310, 400)), ("b.webp", (1600, 471))):
        saved = tmp_path / "saved.jpg"
        given = {"image": str(tmp_path / name), "message": "x", "key": str(shared_key)}
        answer = page("hide", destination="whatsapp", saveAs=str(saved), **given)
        assert answer["error"] == "" and f"{size[0]} x {size[1]} pixels" in answer["note"]
        with Image.open(saved) as image, Image.open(tmp_path / name) as cover:
            assert image.size == size and "exif" not in image.info
            upright = ImageOps.exif_transpose(cover).resize(size, Image.Resampling.LANCZOS)
            away = np.abs(np.asarray(image).astype(int) - np.asarray(upright.convert("RGB")))
        assert away.mean() < 6
        assert reveal(saved, key=load_key(shared_key)) == b"x"


def test_what_does_not_fit_for_a_destination(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    photo(200, 200).save(tmp_path / "small.png")
    given = {"image": str(tmp_path / "small.png"), "key": str(shared_key)}
    noise = "".join(map(chr, range(0x4E00, 0x5600)))
    answer = page("hide", destination="whatsapp", message=noise, **given)
    assert "200 x 200 pixels for whatsapp" in answer["error"]
    assert page("hide", destination="file", message="short", key=given["key"])["done"]


def test_a_part_of_a_message_says_so(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    _, second = split(np.random.default_rng(0).bytes(600), [400, 400])
    path = tmp_path / "part.jpg"
    hide(saved_jpeg(), second, path, key=load_key(shared_key))
    answer = page("reveal", image=str(path), key=str(shared_key))
    assert answer["done"] and "part 2 of 2" in answer["note"]


def test_a_message_that_looks_like_a_part(page: Ask, shared_key: Path, tmp_path: Path) -> None:
    _, message = split(np.random.default_rng(0).bytes(600), [400, 400])
    (tmp_path / "message").write_bytes(message)
    photo().save(tmp_path / "photo.png")
    saved, back = tmp_path / "saved.png", tmp_path / "back"
    given = {"image": str(tmp_path / "photo.png"), "key": str(shared_key), "saveAs": str(saved)}
    assert page("hide", attach=str(tmp_path / "message"), **given)["done"]
    assert join([reveal(saved, key=load_key(shared_key))]) == message
    answer = page("reveal", image=str(saved), key=str(shared_key), saveAs=str(back))
    assert back.read_bytes() == message and "part" not in answer["note"]


def test_without_a_network(page: Ask, shared_key: Path, stego: Path, tmp_path: Path) -> None:
    photo(80, 80).save(tmp_path / "photo.png")
    try:
        assert page("offline")["title"].startswith("keystego")
        answer = page("reveal", image=str(stego), passphrase=PHRASE)
        assert answer["message"] == "Grüße aus dem Park"
        given = {"image": str(tmp_path / "photo.png"), "message": "x", "key": str(shared_key)}
        assert page("hide", **given)["done"]
        answer = page("reveal", image=str(stego), key=str(shared_key))
        assert "the models cannot be loaded" in answer["error"]
    finally:
        page("online")


def test_files_that_will_not_do(page: Ask, stego: Path, tmp_path: Path) -> None:
    deep = Image.fromarray(np.zeros((200, 200), np.uint16))
    deep.save(tmp_path / "deep.png")
    photo().save(tmp_path / "other.bmp")
    (tmp_path / "text.png").write_text("hello", encoding="ascii")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "cut.png").write_bytes(stego.read_bytes()[:-5000])
    words = {
        "deep.png": "16 bits",
        "other.bmp": "reads PNG and JPEG",
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
    assert answer["focused"] == "reveal-result-title"


@pytest.mark.parametrize(
    ("width", "dark"),
    [
        *((360, False), (1100, True)),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in ((360, True), (1100, False))),
    ],
)
def test_accessible(
    page: Ask, shared_key: Path, stego: Path, tmp_path: Path, width: int, dark: bool
) -> None:
    photo(80, 80).save(tmp_path / "photo.png")
    keys = {"key": str(shared_key)}
    page("open", width=width, dark=dark)
    assert page("hide", image=str(tmp_path / "photo.png"), message="x", **keys)["done"]
    assert page("axe")["violations"] == []
    photo(350, 310).save(tmp_path / "photo.png")
    given = {"image": str(tmp_path / "photo.png"), "destination": "signal"}
    assert page("hide", message="x", **given)["done"]
    assert page("axe")["violations"] == []
    assert page("reveal", image=str(stego), **keys)["error"].startswith(NOTHING)
    assert page("axe")["violations"] == []
    page("pair", name="alice", folder=str(tmp_path))
    assert page("axe")["violations"] == []


def test_dropped_files_find_their_places(page: Ask, stego: Path, shared_key: Path) -> None:
    files = [in_base64(stego), in_base64(shared_key)]
    answer = page("drop", tab="reveal", on="body", files=files)
    assert "stego.png" in answer["image"] and "shared.key" in answer["key"]


def test_a_message_can_be_asked_for_at_once(page: Ask, stego: Path) -> None:
    answer = page("hasty", files=[in_base64(stego)], passphrase=PHRASE)
    assert answer["message"] == "Grüße aus dem Park", answer["error"]


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

"""What does not read, and what is refused: one answer where a key is wrong, a reason elsewhere."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from keystego_tf.codec import DoesNotFit, Stego, hide, reveal
from keystego_tf.payload.frame import NothingThere
from keystego_tf.payload.keys import SecretKey, SharedKey, write_pair, write_secret

sys.path.insert(0, str(Path(__file__).parents[1] / "embedders"))
from net_stub import photo

KEY, PHRASE, PAIR = SharedKey(bytes(range(32))), "correct horse", SecretKey(bytes(range(32)))
MESSAGE = bytes(range(40))


@pytest.fixture(scope="module")
def shared() -> Stego:
    return hide(photo(96, 64), MESSAGE, key=KEY)


@pytest.fixture(scope="module")
def to_bob() -> Stego:
    return hide(photo(96, 64), MESSAGE, to=PAIR.public)


@pytest.fixture(scope="module")
def phrased() -> Stego:
    return hide(photo(64, 64), MESSAGE, passphrase=PHRASE)


def assert_nothing(image: Any, **given: Any) -> None:
    with pytest.raises(NothingThere) as error:
        reveal(image, **given)
    # the same words whatever was wrong, and no trail to what it was
    assert str(error.value) == str(NothingThere())


def one_bit_off(content: bytes, bit: int) -> bytes:
    return (int.from_bytes(content, "big") ^ 1 << bit).to_bytes(len(content), "big")


@pytest.mark.parametrize("bit", [0, 77, 255])
def test_a_shared_key_one_bit_off(shared: Stego, bit: int) -> None:
    assert_nothing(shared.file, key=SharedKey(one_bit_off(KEY.secret, bit)))


@pytest.mark.parametrize("bit", [0, 77, 255])
def test_a_secret_key_one_bit_off(to_bob: Stego, bit: int) -> None:
    off = replace(PAIR, seed=one_bit_off(PAIR.seed, bit))
    assert_nothing(to_bob.file, key=off)


@pytest.mark.parametrize("phrase", ["correct horsf", "correct hors", "Correct horse", PHRASE + " "])
def test_a_passphrase_one_character_off(phrased: Stego, phrase: str) -> None:
    assert_nothing(phrased.file, passphrase=phrase)


def test_another_pair(to_bob: Stego) -> None:
    assert_nothing(to_bob.file, key=SecretKey.generate())


def test_keys_of_another_kind(shared: Stego, to_bob: Stego, phrased: Stego) -> None:
    assert_nothing(phrased.file, key=KEY)
    assert_nothing(shared.file, passphrase=PHRASE)
    assert_nothing(shared.file, key=PAIR)
    assert_nothing(to_bob.file, key=KEY)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_an_innocent_image(mode: str) -> None:
    for key in (KEY, PAIR):
        assert_nothing(photo(130, 140, mode), key=key)


@pytest.mark.parametrize("sample", [0, 128, 255])
def test_a_plain_image(sample: int) -> None:
    assert_nothing(Image.new("RGB", (256, 256), (sample,) * 3), key=KEY)


@pytest.mark.parametrize("size", [(1, 1), (63, 63), (63, 500), (500, 63)])
def test_a_small_image(size: tuple[int, int]) -> None:
    assert_nothing(photo(*size), key=KEY)
    with pytest.raises(DoesNotFit, match=f"{size[0]} x {size[1]} pixels, too few for any message"):
        hide(photo(*size), b"", key=KEY)


@pytest.mark.parametrize("quality", [95, 75, 30])
def test_a_jpeg_of_a_stego_image(shared: Stego, quality: int) -> None:
    file = BytesIO()
    Image.fromarray(shared.picture.rgb_u8).save(file, "JPEG", quality=quality)
    assert_nothing(file.getvalue(), key=KEY)


@pytest.mark.parametrize("box", [(1, 0, 96, 64), (0, 0, 95, 64), (0, 0, 64, 64)])
def test_a_crop_of_a_stego_image(shared: Stego, box: tuple[int, int, int, int]) -> None:
    assert_nothing(Image.fromarray(shared.picture.rgb_u8).crop(box), key=KEY)


@pytest.mark.parametrize("side", [1, 4, 16, 60])
def test_a_block_that_was_overwritten(shared: Stego, side: int) -> None:
    """No sample that carries something can change, and none of the others matters."""
    pixels = shared.picture.rgb_u8.copy()
    pixels[:side, :side] = 0
    with suppress(NothingThere):
        assert reveal(Image.fromarray(pixels), key=KEY) == MESSAGE
        assert side < 16


def test_a_file_that_is_no_image() -> None:
    for content in (b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(50)):
        with pytest.raises(ValueError, match="the image"):
            reveal(content, key=KEY)


def test_a_receiver_cannot_hide_with_his_own_key(tmp_path: Path) -> None:
    path = tmp_path / "bob.key"
    write_secret(path, PAIR.to_text())
    for key in (path, PAIR):
        with pytest.raises(ValueError, match="the secret half of a key pair, which only reads"):
            hide(photo(64, 64), b"", key=key)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be a public key"):
        hide(photo(64, 64), b"", to=path)


@pytest.mark.parametrize("given", [{"key": 1}, {"to": KEY}, {"to": 1}])
def test_what_is_no_key_to_hide_with(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        hide(photo(64, 64), b"", **given)


def test_a_public_key_does_not_reveal(to_bob: Stego, tmp_path: Path) -> None:
    _, pub = write_pair(tmp_path / "bob", PAIR)
    for key, rule in (
        (pub, "is the public half"),
        (PAIR.public, "key is a PublicKey, but must be"),
    ):
        with pytest.raises(ValueError, match=rule):
            reveal(to_bob.file, key=key)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be"):
        reveal(to_bob.file, key=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("noon", r"message is str, but must be bytes: text.encode\(\)"),
        (None, "message is NoneType"),
    ],
)
def test_a_message_that_is_no_bytes(message: Any, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        hide(photo(64, 64), message, key=KEY)


def test_one_secret_and_only_one() -> None:
    cover = photo(64, 64)
    for given in ({}, {"passphrase": "a", "key": KEY}, {"key": KEY, "to": PAIR.public}):
        with pytest.raises(ValueError, match="one of passphrase, key and to is needed"):
            hide(cover, b"", **given)  # type: ignore[arg-type]
    for given in ({}, {"passphrase": "a", "key": KEY}):
        with pytest.raises(ValueError, match="either passphrase or key is needed"):
            reveal(cover, **given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be text and not empty"):
        reveal(cover, passphrase="")


@pytest.mark.parametrize("suffix", [".gif", "", ".txt"])
def test_a_format_that_loses_samples(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueError, match="must end in one of"):
        hide(photo(64, 64), b"", tmp_path / f"stego{suffix}", key=KEY)
    assert os.listdir(tmp_path) == []


def test_a_jpeg_takes_a_jpeg(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"is no JPEG file, and \.jpg takes one"):
        hide(photo(64, 64), b"", tmp_path / "stego.jpg", key=KEY)
    assert os.listdir(tmp_path) == []


def test_what_fails_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "stego.png"
    out.write_bytes(b"old")
    with pytest.raises(DoesNotFit):
        hide(photo(64, 64), os.urandom(2000), out, key=KEY, overwrite=True)
    with pytest.raises(DoesNotFit):
        hide(Image.new("L", (64, 64)), os.urandom(300), out, key=KEY, overwrite=True)
    with pytest.raises(FileExistsError, match=r"stego\.png exists"):
        hide(photo(64, 64), b"", out, key=KEY)
    assert out.read_bytes() == b"old" and os.listdir(tmp_path) == ["stego.png"]

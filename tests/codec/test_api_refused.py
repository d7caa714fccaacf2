"""What does not read, and what is refused: one answer where a key is wrong, a reason elsewhere."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from stub import photo

from keystego_tf.codec import DoesNotFit, Stego, hide, new_pair, reveal
from keystego_tf.payload.frame import NothingThere
from keystego_tf.payload.keys import PublicKey, SecretKey, SharedKey, write_pair, write_secret

KEY, PHRASE = SharedKey(bytes(range(32))), "correct horse"
MESSAGE = bytes(range(40))


@pytest.fixture(scope="module")
def pair() -> tuple[SecretKey, PublicKey]:
    return new_pair()


@pytest.fixture(scope="module")
def shared() -> Stego:
    return hide(photo(256, 128), MESSAGE, key=KEY)


@pytest.fixture(scope="module")
def to_bob(pair: tuple[SecretKey, PublicKey]) -> Stego:
    return hide(photo(256, 128), MESSAGE, to=pair[1])


@pytest.fixture(scope="module")
def phrased() -> Stego:
    return hide(photo(128, 128), MESSAGE, passphrase=PHRASE)


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
def test_a_secret_key_one_bit_off(
    to_bob: Stego, pair: tuple[SecretKey, PublicKey], bit: int
) -> None:
    off = replace(pair[0], seed=one_bit_off(pair[0].seed, bit))
    assert_nothing(to_bob.file, key=off)


@pytest.mark.parametrize("phrase", ["correct horsf", "correct hors", "Correct horse", PHRASE + " "])
def test_a_passphrase_one_character_off(phrased: Stego, phrase: str) -> None:
    assert_nothing(phrased.file, passphrase=phrase)


def test_another_pair(to_bob: Stego) -> None:
    assert_nothing(to_bob.file, key=new_pair()[0])


def test_keys_of_another_kind(
    shared: Stego, to_bob: Stego, phrased: Stego, pair: tuple[SecretKey, PublicKey]
) -> None:
    assert_nothing(phrased.file, key=KEY)
    assert_nothing(shared.file, passphrase=PHRASE)
    assert_nothing(shared.file, key=pair[0])
    assert_nothing(to_bob.file, key=KEY)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_an_innocent_image(mode: str, pair: tuple[SecretKey, PublicKey]) -> None:
    for key in (KEY, pair[0]):
        assert_nothing(photo(300, 270, mode), key=key)


@pytest.mark.parametrize("sample", [0, 128, 255])
def test_a_plain_image(sample: int) -> None:
    assert_nothing(Image.new("RGB", (256, 256), (sample,) * 3), key=KEY)


@pytest.mark.parametrize("size", [(1, 1), (127, 127), (127, 500), (500, 127)])
def test_a_small_image(size: tuple[int, int]) -> None:
    assert_nothing(photo(*size), key=KEY)
    with pytest.raises(DoesNotFit, match=f"{size[0]} x {size[1]} pixels, but must have 128 x 128"):
        hide(photo(*size), b"", key=KEY)


@pytest.mark.parametrize("quality", [100, 95, 75, 30])
def test_a_jpeg_of_a_stego_image(shared: Stego, quality: int) -> None:
    file = BytesIO()
    Image.fromarray(shared.picture.rgb_u8).save(file, "JPEG", quality=quality)
    try:
        assert reveal(file.getvalue(), key=KEY) == MESSAGE
    except NothingThere:
        return
    assert quality >= 95


@pytest.mark.parametrize("box", [(1, 0, 256, 128), (0, 0, 255, 128), (0, 0, 128, 128)])
def test_a_crop_of_a_stego_image(shared: Stego, box: tuple[int, int, int, int]) -> None:
    """Another size has other candidates, so even an untouched opening tile may not be looked at."""
    with suppress(NothingThere):
        assert reveal(Image.fromarray(shared.picture.rgb_u8).crop(box), key=KEY) == MESSAGE


@pytest.mark.parametrize("side", [1, 4, 16, 60, 128])
def test_a_block_that_was_overwritten(shared: Stego, side: int) -> None:
    pixels = shared.picture.rgb_u8.copy()
    for left in (0, 128):
        pixels[64 - side // 2 : 64 - side // 2 + side, left + 64 - side // 2 :][:, :side] = 0
    try:
        assert reveal(Image.fromarray(pixels), key=KEY) == MESSAGE
    except NothingThere:
        # with coding a sample bears on many bits, and the opening has no correction
        assert side > 1
        return
    assert side < 128


def test_noise_is_corrected_or_nothing_is_there(shared: Stego) -> None:
    rng, found = np.random.default_rng(0), []
    for strength in (0.5, 2, 8, 32):
        noisy = shared.picture.rgb_u8 + rng.normal(0, strength, shared.picture.rgb_u8.shape)
        try:
            message = reveal(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)), key=KEY)
        except NothingThere:
            found.append(False)
        else:
            assert message == MESSAGE
            found.append(True)
    assert not found[-1]


def test_a_file_that_is_no_image() -> None:
    for content in (b"", b"no image", b"\x89PNG\r\n\x1a\n" + bytes(50)):
        with pytest.raises(ValueError, match="the image"):
            reveal(content, key=KEY)


def test_a_receiver_cannot_hide_with_his_own_key(
    pair: tuple[SecretKey, PublicKey], tmp_path: Path
) -> None:
    path = tmp_path / "bob.key"
    write_secret(path, pair[0].to_text())
    for key in (path, pair[0]):
        with pytest.raises(ValueError, match="the secret half of a key pair, which only reads"):
            hide(photo(128, 128), b"", key=key)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be a public key"):
        hide(photo(128, 128), b"", to=path)


@pytest.mark.parametrize("given", [{"key": 1}, {"to": KEY}, {"to": 1}])
def test_what_is_no_key_to_hide_with(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        hide(photo(128, 128), b"", **given)


def test_a_public_key_does_not_reveal(
    to_bob: Stego, pair: tuple[SecretKey, PublicKey], tmp_path: Path
) -> None:
    _, pub = write_pair(tmp_path / "bob", *pair)
    for key, rule in ((pub, "is the public half"), (pair[1], "key is a PublicKey, but must be")):
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
        hide(photo(128, 128), message, key=KEY)


@pytest.mark.parametrize("effort", [-1, 4, "2"])
def test_efforts_that_there_are_not(effort: Any, tmp_path: Path) -> None:
    rule = f"effort is {effort!r}, but must be one of 0, 1, 2, 3"
    with pytest.raises(ValueError, match=rule):
        hide(photo(128, 128), b"", tmp_path / "stego.png", key=KEY, effort=effort)
    assert not list(tmp_path.iterdir())


def test_one_secret_and_only_one(pair: tuple[SecretKey, PublicKey]) -> None:
    cover = photo(128, 128)
    for given in ({}, {"passphrase": "a", "key": KEY}, {"key": KEY, "to": pair[1]}):
        with pytest.raises(ValueError, match="one of passphrase, key and to is needed"):
            hide(cover, b"", **given)  # type: ignore[arg-type]
    for given in ({}, {"passphrase": "a", "key": KEY}):
        with pytest.raises(ValueError, match="either passphrase or key is needed"):
            reveal(cover, **given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be text and not empty"):
        reveal(cover, passphrase="")


def test_a_pair_of_another_generator(pair: tuple[SecretKey, PublicKey], to_bob: Stego) -> None:
    secret, public = (replace(each, generator="another") for each in pair)
    for model, rule in [(None, "no bundled model has"), ("asymmetric-0.5", "is for another")]:
        with pytest.raises(ValueError, match=rule):
            hide(photo(128, 128), b"", to=public, model=model)
        with pytest.raises(ValueError, match=rule):
            reveal(to_bob.file, key=secret, model=model)


def test_a_model_of_the_other_scheme(pair: tuple[SecretKey, PublicKey], shared: Stego) -> None:
    with pytest.raises(
        ValueError, match="a model of the asymmetric scheme, which takes a key pair"
    ):
        hide(photo(128, 128), b"", key=KEY, model="asymmetric-0.5")
    with pytest.raises(
        ValueError, match="a model of the symmetric scheme, which takes a passphrase"
    ):
        reveal(shared.file, key=pair[0], model="symmetric-0.5")


@pytest.mark.parametrize("suffix", [".jpg", ".gif", "", ".txt"])
def test_a_format_that_loses_samples(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueError, match="must end in one of"):
        hide(photo(128, 128), b"", tmp_path / f"stego{suffix}", key=KEY)
    assert os.listdir(tmp_path) == []


def test_what_fails_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "stego.png"
    out.write_bytes(b"old")
    with pytest.raises(DoesNotFit):
        hide(photo(128, 128), os.urandom(5000), out, key=KEY)
    with pytest.raises(DoesNotFit):
        hide(Image.new("RGB", (128, 128)), os.urandom(900), out, key=KEY)
    assert out.read_bytes() == b"old" and os.listdir(tmp_path) == ["stego.png"]

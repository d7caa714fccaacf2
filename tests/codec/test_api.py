"""Hide and reveal with the bundled models: exact bytes through files, or an error that says why."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from stub import photo

from keystego_tf.bundles.catalogue import BUNDLED, bundled
from keystego_tf.codec import DoesNotFit, capacity, hide, new_pair, reveal
from keystego_tf.codec.embedding import DEFAULT_EFFORT
from keystego_tf.codec.sender import Sender
from keystego_tf.io.images import LOSSLESS, read, read_exact
from keystego_tf.payload.keys import PublicKey, SecretKey, SharedKey, write_pair, write_secret

KEY = SharedKey(bytes(range(32)))
NAMES = ["symmetric-0.0625", "symmetric-0.5", "asymmetric-0.0625", "asymmetric-0.5"]


@pytest.fixture(scope="module")
def pair() -> tuple[SecretKey, PublicKey]:
    return new_pair()


def room(image: Any, model: str) -> int:
    message = capacity(image, model)[0].message
    assert message is not None
    return message


@pytest.fixture(scope="module")
def keys(pair: tuple[SecretKey, PublicKey]) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """By scheme, what hide and what reveal is given."""
    return {
        "symmetric": ({"key": KEY}, {"key": KEY}),
        "asymmetric": ({"to": pair[1]}, {"key": pair[0]}),
    }


@pytest.mark.parametrize("model", NAMES)
@pytest.mark.parametrize("suffix", LOSSLESS)
def test_round_trips_through_every_lossless_format(
    model: str, suffix: str, keys: dict[str, Any], tmp_path: Path
) -> None:
    out, message = tmp_path / f"stego{suffix}", os.urandom(30)
    sender, receiver = keys[model.split("-")[0]]
    stego = hide(photo(140, 130), message, out, model=model, **sender)
    assert os.listdir(tmp_path) == [out.name] and out.read_bytes() == stego.file
    assert stego.model == model and stego.tiles == 1 and stego.psnr > 35
    assert reveal(out, **receiver) == message
    assert reveal(str(out), model=model, **receiver) == message
    assert reveal(stego.file, **receiver) == message


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P"])
@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_round_trips_in_every_mode(mode: str, scheme: str, keys: dict[str, Any]) -> None:
    sender, receiver = keys[scheme]
    cover = photo(150, 128, "RGBA" if mode == "LA" else "RGB" if mode == "P" else mode)
    if mode == "LA":
        cover = cover.convert(mode)
    if mode == "P":  # a palette of its own: the nets cannot read what a fixed one is dithered to
        cover = cover.quantize(256)
    stego = hide(cover, b"whatever the mode", **sender)
    assert reveal(stego.file, **receiver) == b"whatever the mode"
    before, after = read(cover), read_exact(stego.file)
    assert (before.alpha_u8 is None) == (after.alpha_u8 is None)
    if before.alpha_u8 is not None:
        np.testing.assert_array_equal(after.alpha_u8, before.alpha_u8, strict=True)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_hidden_in_as_it_is_seen(orientation: int) -> None:
    file, exif = BytesIO(), Image.Exif()
    exif[274] = orientation
    photo(128, 260).save(file, "PNG", exif=exif)
    stego = hide(file.getvalue(), b"upright", key=KEY)
    assert stego.picture.rgb_u8.shape == ((260, 128, 3) if orientation < 5 else (128, 260, 3))
    assert reveal(stego.file, key=KEY) == b"upright"


@pytest.mark.parametrize("size", [(128, 128), (129, 300), (300, 129), (1024, 128), (128, 1024)])
@pytest.mark.parametrize("model", NAMES)
def test_capacity_is_what_fits(size: tuple[int, int], model: str, keys: dict[str, Any]) -> None:
    sender, receiver = keys[model.split("-")[0]]
    cover = photo(*size)
    full = os.urandom(room(cover, model))
    stego = hide(cover, full, model=model, **sender)
    tiles = (size[0] // 128) * (size[1] // 128)
    assert stego.tiles <= capacity(cover, model)[0].tiles == tiles
    assert reveal(stego.file, **receiver) == full
    rule = f"takes {len(full) + 1:,} bytes, but the image holds {len(full):,} with {model}"
    with pytest.raises(DoesNotFit, match=rule):
        hide(cover, os.urandom(len(full) + 1), model=model, **sender)


@pytest.mark.parametrize("model", NAMES)
@pytest.mark.parametrize("message", [b"", b"\0", b"a"], ids=["empty", "zero", "letter"])
def test_the_shortest_messages(model: str, message: bytes, keys: dict[str, Any]) -> None:
    sender, receiver = keys[model.split("-")[0]]
    assert reveal(hide(photo(128, 128), message, model=model, **sender).file, **receiver) == message


@pytest.mark.parametrize("model", NAMES)
def test_every_effort_is_read_alike(model: str, keys: dict[str, Any], tmp_path: Path) -> None:
    sender, receiver = keys[model.split("-")[0]]
    cover, message, out = photo(200, 140), os.urandom(20), tmp_path / "stego.png"
    changed = {}
    for effort in (0, 1, 2, 3, None):
        stego = hide(cover, message, out, model=model, effort=effort, **sender)
        assert reveal(out, **receiver) == message
        assert stego.effort == (DEFAULT_EFFORT if effort is None else effort)
        changed[effort] = stego.changed
    # Alice alone fills all slots of a tile, the searches what the message takes of them.
    assert max(changed[effort] for effort in (1, 2, 3)) < 0.5 * changed[0]


@pytest.mark.parametrize("model", [name for name in NAMES if name.endswith("-0.5")])
def test_a_short_message_changes_less_than_a_long_one(model: str, keys: dict[str, Any]) -> None:
    sender, _ = keys[model.split("-")[0]]
    cover = photo(128, 128)
    short, long = (
        hide(cover, message, model=model, **sender)
        for message in (b"", os.urandom(room(cover, model)))
    )
    assert short.changed < 0.4 * long.changed
    # Nor do tiles after the first cost more than what is in them: here little more than a half.
    two = hide(photo(128, 256), os.urandom(1100), model=model, **sender)
    assert two.tiles == 2 and two.changed < 0.8 * long.changed


def test_what_deflates_may_be_longer_than_the_capacity() -> None:
    message = b"never odd or even " * 4000
    assert reveal(hide(photo(128, 128), message, key=KEY).file, key=KEY) == message


@settings(max_examples=12, deadline=None)
@given(
    data=st.data(),
    width=st.integers(128, 280),
    height=st.integers(128, 280),
    model=st.sampled_from(NAMES[:2]),
    seed=st.integers(0, 2**32),
)
def test_any_bytes_in_any_size(
    data: st.DataObject, width: int, height: int, model: str, seed: int
) -> None:
    cover = photo(width, height, seed=seed)
    message = data.draw(st.binary(max_size=room(cover, model)))
    stego = hide(cover, message, key=KEY, model=model)
    assert stego.picture.rgb_u8.shape == (height, width, 3)
    assert reveal(stego.file, key=KEY) == message


def test_sources_of_every_kind(tmp_path: Path) -> None:
    cover = photo(128, 128)
    path = tmp_path / "cover.png"
    cover.save(path)
    for source in (path, str(path), path.read_bytes(), cover, read(path)):
        stego = hide(source, b"from anywhere", key=KEY)
        assert reveal(stego.picture, key=KEY) == b"from anywhere"
        image = Image.fromarray(stego.picture.rgb_u8)
        assert reveal(image, key=KEY) == b"from anywhere"


def test_keys_from_files(tmp_path: Path, pair: tuple[SecretKey, PublicKey]) -> None:
    write_secret(tmp_path / "shared", KEY.to_text())
    secret, public = write_pair(tmp_path / "bob", *pair)
    cover = photo(128, 128)
    for path in (tmp_path / "shared", str(tmp_path / "shared")):
        assert reveal(hide(cover, b"shared", key=path).file, key=path) == b"shared"
    assert reveal(hide(cover, b"to Bob", to=str(public)).file, key=str(secret)) == b"to Bob"


def test_a_passphrase_however_it_is_typed() -> None:
    stego = hide(photo(128, 128), b"scrypt", passphrase="Gr\u00fc\u00dfe")
    assert reveal(stego.file, passphrase="Gru\u0308\u00dfe", model=stego.model) == b"scrypt"


def test_a_model_by_its_folder() -> None:
    folder = str(BUNDLED / "symmetric-0.5")
    stego = hide(photo(128, 128), b"by folder", key=KEY, model=folder)
    assert stego.model == "symmetric-0.5"
    assert reveal(stego.file, key=KEY, model=folder) == b"by folder"


@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_the_gentlest_model_that_holds_the_message_is_taken(
    scheme: str, keys: dict[str, Any]
) -> None:
    sender, _ = keys[scheme]
    cover = photo(128, 128)
    rooms = [room(cover, f"{scheme}-{rate}") for rate in ("0.0625", "0.5")]
    for length, rate in [(0, "0.0625"), (rooms[0], "0.0625"), (rooms[0] + 1, "0.5")]:
        assert hide(cover, os.urandom(length), **sender).model == f"{scheme}-{rate}"
    with pytest.raises(DoesNotFit) as error:
        hide(cover, os.urandom(rooms[1] + 1), **sender)
    for name, message in zip(("0.0625", "0.5"), rooms):
        assert f"{message} with {scheme}-{name}" in str(error.value)


def test_capacities_of_all_models() -> None:
    found = capacity(photo(300, 260))
    assert [each.model for each in found] == [model.name for model in bundled()] == NAMES
    assert {each.tiles for each in found} == {4}
    small = capacity(photo(127, 300))
    assert {(each.tiles, each.message) for each in small} == {(0, None)}
    assert capacity(photo(128, 128), "symmetric-0.5")[0].model == "symmetric-0.5"


def test_the_cover_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cover.png"
    photo(128, 128).save(path)
    before = path.read_bytes()
    picture = read(path)
    samples = picture.rgb_u8.copy()
    hide(picture, b"elsewhere", tmp_path / "stego.png", key=KEY)
    assert path.read_bytes() == before
    np.testing.assert_array_equal(picture.rgb_u8, samples)


def test_where_one_model_misreads_the_next_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Sender.hide

    def choosy(self: Sender, *given: Any) -> Any:
        if self.model.name == "symmetric-0.0625":
            raise DoesNotFit("misread")
        return whole(self, *given)

    monkeypatch.setattr(Sender, "hide", choosy)
    stego = hide(photo(128, 128), b"the next", key=KEY)
    assert stego.model == "symmetric-0.5" and reveal(stego.file, key=KEY) == b"the next"
    with pytest.raises(DoesNotFit, match="misread"):
        hide(photo(128, 128), b"", key=KEY, model="symmetric-0.0625")


@pytest.mark.slow
@pytest.mark.parametrize("model", NAMES)
def test_larger_images_at_full_capacity(model: str, keys: dict[str, Any]) -> None:
    sender, receiver = keys[model.split("-")[0]]
    cover = photo(900, 700, seed=3)
    message = os.urandom(room(cover, model))
    stego = hide(cover, message, model=model, **sender)
    # capacities are reckoned with more correction than most images turn out to need
    assert 30 < stego.tiles <= 35
    assert reveal(stego.file, **receiver) == message

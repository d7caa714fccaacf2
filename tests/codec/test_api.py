"""Hide and reveal by the syndrome embedder: exact bytes through files, or an error that says why.

The nets that come with the package are in test_bundled.py.
"""

from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from keystego_tf.codec import DoesNotFit, capacity, hide, reveal
from keystego_tf.io.images import LOSSLESS, read, read_exact
from keystego_tf.payload.keys import SecretKey, SharedKey, write_pair, write_secret

sys.path.insert(0, str(Path(__file__).parents[1] / "embedders"))
import plain_reader
from net_stub import photo

KEY, PAIR = SharedKey(bytes(range(32))), SecretKey(bytes(range(32)))

#: What hide and what reveal is given.
GIVEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "shared": ({"key": KEY}, {"key": KEY}),
    "pair": ({"to": PAIR.public}, {"key": PAIR}),
    "passphrase": ({"passphrase": "Gr\u00fc\u00dfe"}, {"passphrase": "Gru\u0308\u00dfe"}),
}


def room(image: Any) -> int:
    message = capacity(image, "syndrome")[0].message
    assert message is not None
    return message


# A passphrase takes seconds, and knows nothing of the format.
@pytest.mark.parametrize(
    ("kind", "suffix"),
    [("passphrase", ".png"), *((kind, each) for kind in ("shared", "pair") for each in LOSSLESS)],
)
def test_round_trips_through_every_lossless_format(kind: str, suffix: str, tmp_path: Path) -> None:
    out, message = tmp_path / f"stego{suffix}", os.urandom(30)
    sender, receiver = GIVEN[kind]
    stego = hide(photo(80, 70), message, out, **sender)
    assert os.listdir(tmp_path) == [out.name] and out.read_bytes() == stego.file
    assert (stego.embedder, stego.samples) == ("syndrome", 80 * 70 * 3) and stego.psnr > 60
    assert reveal(out, **receiver) == message
    if kind != "passphrase":
        assert reveal(str(out), model="syndrome", **receiver) == message
        assert reveal(stego.file, **receiver) == message


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P"])
@pytest.mark.parametrize("kind", ["shared", "pair"])
@pytest.mark.filterwarnings("ignore:changes show in flat areas")  # those of a palette
def test_round_trips_in_every_mode(mode: str, kind: str) -> None:
    sender, receiver = GIVEN[kind]
    cover = photo(70, 64, "RGBA" if mode == "LA" else "RGB" if mode == "P" else mode)
    if mode in ("LA", "P"):
        cover = cover.convert(mode)
    stego = hide(cover, b"whatever the mode", **sender)
    assert reveal(stego.file, **receiver) == b"whatever the mode"
    before, after = read(cover), read_exact(stego.file)
    assert before.gray == after.gray
    assert (before.alpha_u8 is None) == (after.alpha_u8 is None)
    if before.alpha_u8 is not None:
        np.testing.assert_array_equal(after.alpha_u8, before.alpha_u8, strict=True)


@pytest.mark.parametrize("kind", GIVEN)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_second_reader_reads_it(kind: str, mode: str) -> None:
    sender, receiver = GIVEN[kind]
    stego = hide(photo(64, 66, mode), b"as docs/format.md says", **sender)
    key = receiver.get("passphrase") or receiver["key"].to_text()
    image = np.asarray(Image.open(BytesIO(stego.file)))
    assert plain_reader.read(image.reshape(*image.shape[:2], -1), key) == b"as docs/format.md says"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_hidden_in_as_it_is_seen(orientation: int) -> None:
    file, exif = BytesIO(), Image.Exif()
    exif[274] = orientation
    photo(64, 80).save(file, "PNG", exif=exif)
    stego = hide(file.getvalue(), b"upright", key=KEY)
    assert stego.picture.rgb_u8.shape == ((80, 64, 3) if orientation < 5 else (64, 80, 3))
    assert reveal(stego.file, key=KEY) == b"upright"


@pytest.mark.parametrize("size", [(64, 64), (65, 90), (200, 64)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_capacity_is_what_fits(size: tuple[int, int], mode: str) -> None:
    cover = photo(*size, mode)
    full = os.urandom(room(cover))
    assert reveal(hide(cover, full, to=PAIR.public).file, key=PAIR) == full
    rule = f"takes {len(full) + 1:,} bytes, but the image holds {len(full):,} with syndrome"
    with pytest.raises(DoesNotFit, match=rule):
        hide(cover, os.urandom(len(full) + 1), to=PAIR.public)


@pytest.mark.parametrize("message", [b"", b"\0", b"a"], ids=["empty", "zero", "letter"])
def test_the_shortest_messages(message: bytes) -> None:
    assert reveal(hide(photo(64, 64), message, key=KEY).file, key=KEY) == message


def test_what_deflates_may_be_longer_than_the_capacity() -> None:
    message = b"never odd or even " * 1000
    cover = photo(64, 64)
    assert len(message) > room(cover)
    assert reveal(hide(cover, message, key=KEY).file, key=KEY) == message


@settings(max_examples=8, deadline=None)
@given(
    message=st.binary(max_size=200),
    width=st.integers(64, 100),
    height=st.integers(64, 100),
    seed=st.integers(0, 2**32),
)
def test_any_bytes_in_any_size(message: bytes, width: int, height: int, seed: int) -> None:
    stego = hide(photo(width, height, seed=seed), message, key=KEY)
    assert stego.picture.rgb_u8.shape == (height, width, 3)
    assert reveal(stego.file, key=KEY) == message


def test_sources_of_every_kind(tmp_path: Path) -> None:
    cover = photo(64, 64)
    path = tmp_path / "cover.png"
    cover.save(path)
    for source in (path, str(path), path.read_bytes(), cover, read(path)):
        stego = hide(source, b"from anywhere", key=KEY)
        assert reveal(stego.picture, key=KEY) == b"from anywhere"
        image = Image.fromarray(stego.picture.rgb_u8)
        assert reveal(image, key=KEY) == b"from anywhere"


def test_keys_from_files(tmp_path: Path) -> None:
    write_secret(tmp_path / "shared", KEY.to_text())
    secret, public = write_pair(tmp_path / "bob", PAIR)
    cover = photo(64, 64)
    for path in (tmp_path / "shared", str(tmp_path / "shared")):
        assert reveal(hide(cover, b"shared", key=path).file, key=path) == b"shared"
    assert reveal(hide(cover, b"to Bob", to=str(public)).file, key=str(secret)) == b"to Bob"


def test_the_cover_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cover.png"
    photo(64, 64).save(path)
    before = path.read_bytes()
    picture = read(path)
    samples = picture.rgb_u8.copy()
    hide(picture, b"elsewhere", tmp_path / "stego.png", key=KEY)
    assert path.read_bytes() == before
    np.testing.assert_array_equal(picture.rgb_u8, samples)

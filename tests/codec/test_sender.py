"""Hiding, with nets of NumPy that misread what they are told to: never an unreadable image."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from keystego_tf.codec import DoesNotFit, Stego
from keystego_tf.codec.reader import first_message
from keystego_tf.codec.sender import MOST_SHARE, WANTED_SHARE, hide_with
from keystego_tf.embedders.nets import NetEmbedder
from keystego_tf.embedders.syndrome.samples import SampleEmbedder
from keystego_tf.io import images
from keystego_tf.io.images import Picture
from keystego_tf.payload.correction import REED_SOLOMON
from keystego_tf.payload.frame import pack
from keystego_tf.payload.keys import SharedKey
from keystego_tf.payload.layout import body_bits, header_bits, room
from keystego_tf.payload.schedule import locator_of

sys.path.insert(0, str(Path(__file__).parents[1] / "embedders"))
from net_stub import Faults, Stub, marked, photo

KEY = SharedKey(bytes(range(32)))

#: Bits of the body of one tile at 0.0625 bits per pixel, symmetric.
ONE_TILE = 1024 - 256 - header_bits(REED_SOLOMON)


def nets(faults: Faults | None = None) -> NetEmbedder:
    return NetEmbedder("stub", Stub(faults=faults))


def hide(embedder: NetEmbedder, picture: Picture, message: bytes) -> Stego:
    return hide_with(embedder, KEY, picture, pack(message), message, "PNG")


def revealed(embedder: NetEmbedder, stego: Stego) -> bytes:
    return first_message([embedder], images.read_exact(stego.file), KEY, locator_of(KEY))


def test_the_repr_of_a_stego_image_is_short() -> None:
    text = repr(hide(nets(), Picture(marked(2, 2)), b"Meet me at noon"))
    assert "embedder='stub'" in text and "psnr=" in text
    assert "file" not in text and "picture" not in text and len(text) < 250


@pytest.mark.parametrize("length", [0, 1, 60, 300])
def test_nets_without_an_error_need_the_least_correction(length: int) -> None:
    embedder, message = nets(), os.urandom(length)
    stego = hide(embedder, Picture(marked(4, 3)), message)
    assert (stego.level, stego.spent, stego.embedder) == (0, 0, "stub")
    assert stego.bits == header_bits(REED_SOLOMON) + body_bits(
        pack(message).length, 0, REED_SOLOMON
    )
    assert revealed(embedder, stego) == message


def test_figures_are_those_of_the_file() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (100, 90, 3), dtype=np.uint8)
    alpha = rng.integers(0, 256, (100, 90), dtype=np.uint8)
    stego = hide_with(SampleEmbedder(), KEY, Picture(pixels, alpha), pack(b"a"), b"a", "PNG")
    after = images.read_exact(stego.file)
    np.testing.assert_array_equal(after.rgb_u8, stego.picture.rgb_u8)
    np.testing.assert_array_equal(after.alpha_u8, alpha, strict=True)
    difference = after.rgb_u8.astype(int) - pixels
    assert (stego.changed, stego.samples) == (np.count_nonzero(difference), difference.size)
    assert stego.psnr == pytest.approx(10 * np.log10(255**2 / np.mean(difference**2)))
    assert (stego.embedder, stego.level, stego.spent) == ("syndrome", 0, 0)


def test_a_gray_picture_stays_gray() -> None:
    gray = images.read(photo(70, 80, "L"))
    stego = hide_with(SampleEmbedder(), KEY, gray, pack(b"a"), b"a", "PNG")
    assert stego.picture.gray and images.read_exact(stego.file).gray
    assert stego.samples == 70 * 80
    assert (
        first_message([SampleEmbedder()], images.read_exact(stego.file), KEY, locator_of(KEY))
        == b"a"
    )


@pytest.mark.parametrize("wrong", [2, 6, 12])
def test_correction_grows_until_half_of_it_is_spare(wrong: int) -> None:
    """The message fills a tile at the least level, so that its wrong bits all count."""
    embedder = nets(Faults(others=dict.fromkeys(range(6), wrong)))
    message = os.urandom(room(ONE_TILE, 0, REED_SOLOMON))
    stego = hide(embedder, Picture(marked(3, 2)), message)
    assert revealed(embedder, stego) == message
    assert stego.spent <= WANTED_SHARE
    if wrong != 6:
        assert (stego.level == 0) == (wrong == 2)


@pytest.mark.parametrize("wrong", [0, 4, 8, 12, 16])
@pytest.mark.parametrize("length", [0, 20, room(ONE_TILE, 0, REED_SOLOMON)])
def test_an_image_is_readable_with_a_reserve_or_there_is_none(wrong: int, length: int) -> None:
    embedder, message = nets(Faults(others={0: wrong})), os.urandom(length)
    try:
        stego = hide(embedder, Picture(marked(1, 1)), message)
    except DoesNotFit:
        # 4 errors in a block are within the least correction's reserve, whatever they hit
        assert wrong > 4
        return
    assert revealed(embedder, stego) == message
    # above WANTED_SHARE only where each stronger correction did not fit, or was spent even more
    assert stego.spent <= MOST_SHARE


def test_hopeless_nets_make_no_image() -> None:
    with pytest.raises(DoesNotFit, match="too many bits are read wrong"):
        hide(nets(Faults(others=dict.fromkeys(range(4), 300))), Picture(marked(2, 2)), b"a")
    with pytest.raises(DoesNotFit, match="the opening of the message is misread"):
        hide(nets(Faults(first=dict.fromkeys(range(4), 300))), Picture(marked(2, 2)), b"a")


@pytest.mark.parametrize("kind", ["syndrome", "nets"])
def test_a_file_that_keeps_other_samples_is_never_handed_out(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is checked is the file, not the samples that went into it."""
    encode = images.encode

    def lossy(picture: Picture, format: str) -> bytes:
        return encode(Picture(picture.rgb_u8 & 0xFE), format)

    monkeypatch.setattr(images, "encode", lossy)
    embedder = SampleEmbedder() if kind == "syndrome" else nets()
    with pytest.raises(DoesNotFit, match="too many bits are read wrong"):
        hide_with(embedder, KEY, Picture(marked(2, 2)), pack(b"a"), b"a", "PNG")


class Once(NetEmbedder):
    """Misreads the first opening that it is given, as nets do now and then."""

    refused = 0

    def embed(self, *given: object) -> np.ndarray:
        if not self.refused:
            self.refused += 1
            raise DoesNotFit("the opening of the message is misread")
        return super().embed(*given)  # type: ignore[arg-type]


def test_another_opening_is_drawn_where_one_is_misread() -> None:
    embedder, message = Once("stub", Stub()), b"Meet me at noon"
    stego = hide(embedder, Picture(marked(2, 2)), message)
    assert embedder.refused == 1 and revealed(embedder, stego) == message

"""The syndrome embedder: exact bits in any image, changes of one step where they cost least."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from net_stub import photo

from keystego_tf.embedders.embedder import Opening
from keystego_tf.embedders.syndrome import code
from keystego_tf.embedders.syndrome.samples import SampleEmbedder
from keystego_tf.payload.layout import header_bits

LOCATOR, ROOT, OPENING = bytes(32), bytes(range(32)), bytes(range(16))
EMBEDDER = SampleEmbedder(seed=0)
HEAD = header_bits(EMBEDDER.correction)


def covers() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "gray": np.asarray(photo(64, 64, "L"))[..., None],
        "colour": np.asarray(photo(90, 70)),
        "black": np.zeros((64, 80, 3), np.uint8),
        "white": np.full((64, 64, 1), 255, np.uint8),
        "two colours": (255 * rng.integers(0, 2, (64, 64, 3))).astype(np.uint8),
    }


def bits_of(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2, count, dtype=np.uint8)


def read(image: np.ndarray, opening: bytes, count: int) -> list[int]:
    """Header and body, as a receiver asks for them."""
    found = Opening(opening)
    head = EMBEDDER.read(image, found, LOCATOR, ROOT, 0, HEAD)
    body = EMBEDDER.read(image, found, LOCATOR, ROOT, HEAD, count - HEAD)
    return [*head.astype(int), *body.astype(int)]


@pytest.mark.parametrize("opening", [OPENING, bytes(range(32))], ids=["symmetric", "asymmetric"])
@pytest.mark.parametrize("cover", covers().values(), ids=covers())
def test_every_bit_comes_back_from_any_cover(cover: np.ndarray, opening: bytes) -> None:
    bits = bits_of(500)
    stego = EMBEDDER.embed(cover, opening, LOCATOR, ROOT, bits)
    assert (stego.dtype, stego.shape) == (np.uint8, cover.shape)
    assert np.abs(stego.astype(int) - cover).max() == 1
    assert list(EMBEDDER.openings(stego, LOCATOR, len(opening))) == [Opening(opening)]
    assert read(stego, opening, len(bits)) == bits.tolist()


@settings(max_examples=5, deadline=None)
@given(
    height=st.integers(64, 90),
    width=st.integers(64, 90),
    channels=st.sampled_from([1, 3]),
    share=st.floats(0, 1),
)
def test_as_many_bits_as_it_says(height: int, width: int, channels: int, share: float) -> None:
    cover = np.random.default_rng(0).integers(0, 256, (height, width, channels), dtype=np.uint8)
    most = EMBEDDER.holds(cover.shape, 16)
    count = HEAD + round(share * (most - HEAD))
    bits = bits_of(count)
    stego = EMBEDDER.embed(cover, OPENING, LOCATOR, ROOT, bits)
    assert read(stego, OPENING, count) == bits.tolist()


def test_what_it_holds_in_closed_form() -> None:
    per_bit = code.SAMPLES_PER_BIT
    for shape in ((64, 64, 1), (512, 512, 3)):
        total = int(np.prod(shape))
        taken = min(128 * per_bit, total // 4) + min(32 * per_bit, total // 16)
        assert EMBEDDER.holds(shape, 16) == 32 + code.most_bits(total - taken)
    assert EMBEDDER.holds((64, 63, 3), 16) < 0


def test_too_many_bits_are_refused() -> None:
    cover = covers()["gray"]
    with pytest.raises(ValueError, match=r"but \d+ samples carry"):
        EMBEDDER.embed(cover, OPENING, LOCATOR, ROOT, bits_of(EMBEDDER.holds(cover.shape, 16) + 20))


def test_another_locator_or_root_reads_other_bits() -> None:
    bits = bits_of(2000)
    cover = np.asarray(photo(128, 128))
    stego = EMBEDDER.embed(cover, OPENING, LOCATOR, ROOT, bits)
    (found,) = EMBEDDER.openings(stego, bytes([1]) + bytes(31), 16)
    assert found.content != OPENING
    wrong = EMBEDDER.read(stego, Opening(OPENING), LOCATOR, bytes(32), HEAD, 2000 - HEAD)
    assert 0.4 < np.mean(wrong == bits[HEAD:]) < 0.6


def test_changes_fall_where_texture_hides_them_and_are_spread_over_it() -> None:
    rng = np.random.default_rng(1)
    cover = np.full((128, 128, 1), 120, np.uint8)
    cover[:64] = np.clip(rng.normal(128, 25, (64, 128, 1)), 0, 255)
    differs = EMBEDDER.embed(cover, OPENING, LOCATOR, ROOT, bits_of(1000)) != cover
    assert differs[:64].sum() > 0.97 * differs.sum()
    quarters = [differs[:64, at : at + 32].sum() for at in range(0, 128, 32)]
    assert min(quarters) > 0.5 * max(quarters)


def test_a_short_message_changes_few_samples() -> None:
    cover = np.asarray(photo(256, 256))
    stego = EMBEDDER.embed(cover, OPENING, LOCATOR, ROOT, bits_of(HEAD + 8 * 40))
    # 512 bits and more, at 4 bits a change or better
    assert np.count_nonzero(stego != cover) < 130


def test_a_seed_fixes_the_image_and_none_does_not() -> None:
    cover, bits = covers()["gray"], bits_of(300)
    fixed = [SampleEmbedder(3).embed(cover, OPENING, LOCATOR, ROOT, bits) for _ in range(2)]
    np.testing.assert_array_equal(*fixed)
    free = [SampleEmbedder().embed(cover, OPENING, LOCATOR, ROOT, bits) for _ in range(2)]
    assert (free[0] != free[1]).any()


def test_openings_of_innocent_images_are_like_those_of_stego_images() -> None:
    """Each bit is 1 in half of them, to five standard errors, whether hidden or not."""
    count = 60
    rng = np.random.default_rng(5)
    noise = [rng.integers(90, 160, (64, 64, 1), dtype=np.uint8) for _ in range(count)]
    hidden = [
        EMBEDDER.embed(cover, rng.bytes(16), LOCATOR, rng.bytes(32), bits_of(40))
        for cover in noise[:8]
    ]
    for images in (noise, hidden):
        read = [next(EMBEDDER.openings(image, LOCATOR, 16)).content for image in images]
        bits = np.unpackbits(np.frombuffer(b"".join(read), np.uint8))
        assert abs(bits.mean() - 0.5) < 5 * 0.5 / len(bits) ** 0.5

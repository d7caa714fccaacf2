"""Hiding, with nets of NumPy that misread what they are told to: never an unreadable image."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stub import Faults, Stub, install, marked, stub_model

from keystego_tf.bundles.catalogue import Model
from keystego_tf.codec import DoesNotFit, sender
from keystego_tf.codec.reader import CERTAIN, FLOOR, Reader, first_message
from keystego_tf.codec.sender import AT_MOST, SPARE, TRIES, Sender, Stego
from keystego_tf.codec.tiles import Grid, to_bits, to_bytes
from keystego_tf.io import images
from keystego_tf.io.images import Picture
from keystego_tf.payload.frame import PARITY, TAG_BYTES, cost, pack, room
from keystego_tf.payload.keys import SecretKey, SharedKey
from keystego_tf.payload.root import candidates

KEY = SharedKey(bytes(range(32)))

#: Bits of the body of one tile at 0.0625 bits per pixel, symmetric.
ONE_TILE = 1024 - 128 - 96


def hide(model: Model, picture: Picture, message: bytes, **options: Any) -> Stego:
    return Sender(model, KEY, **options).hide(picture, pack(message), message, "PNG")


def revealed(runner: Stub, stego: Stego) -> bytes:
    grid = Grid(images.read_exact(stego.file).rgb_u8)
    return first_message([(Reader(runner, KEY), grid)])


def test_the_repr_of_a_stego_image_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stub_model()
    install(monkeypatch, model)
    text = repr(hide(model, marked(4, 3), b"Meet me at noon"))
    assert "model='stub'" in text and "psnr=" in text
    assert "file" not in text and "picture" not in text and len(text) < 250


def changed_tiles(cover: Picture, stego: Stego) -> set[int]:
    """The marks of the tiles that differ."""
    differs = (cover.rgb_u8 != stego.picture.rgb_u8).any(axis=-1)
    return set(cover.rgb_u8[differs][:, 2].tolist())


@pytest.mark.parametrize("rate", [0.0625, 0.5])
@pytest.mark.parametrize("length", [0, 1, 60, 500])
def test_nets_without_an_error_need_the_least_correction(
    monkeypatch: pytest.MonkeyPatch, rate: float, length: int
) -> None:
    model, picture = stub_model(rate=rate), marked(4, 3)
    runner, message = install(monkeypatch, model), os.urandom(length)
    stego = hide(model, picture, message)
    assert (stego.parity, stego.spent, stego.model) == (PARITY[0], 0, "stub")
    assert revealed(runner, stego) == message
    layout = Sender(model, KEY).shape.layout(12)
    needed = 1 + layout.tiles_needed(cost(length + TAG_BYTES, 0))
    assert stego.tiles == needed == len(changed_tiles(picture, stego))


def test_without_coding_there_is_nothing_to_search_in(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stub_model()
    install(monkeypatch, model)
    for effort in (None, 0):
        assert hide(model, marked(1, 1), b"as painted", effort=effort).effort == 0
    with pytest.raises(ValueError, match="effort is 2, but must be 0 with a model that has no cod"):
        Sender(model, KEY, effort=2)


def test_what_lies_outside_the_tiles_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stub_model()
    runner = install(monkeypatch, model)
    pixels = np.random.default_rng(0).integers(0, 256, (200, 150, 3), dtype=np.uint8)
    pixels[..., 2] = 0
    alpha = np.random.default_rng(1).integers(0, 256, (200, 150), dtype=np.uint8)
    stego = hide(model, Picture(pixels, alpha), b"inside")
    after = images.read_exact(stego.file)
    np.testing.assert_array_equal(after.rgb_u8[128:], pixels[128:])
    np.testing.assert_array_equal(after.rgb_u8[:, 128:], pixels[:, 128:])
    np.testing.assert_array_equal(after.alpha_u8, alpha, strict=True)
    difference = after.rgb_u8.astype(int) - pixels
    assert stego.changed == np.mean(difference != 0)
    assert stego.psnr == pytest.approx(10 * np.log10(255**2 / np.mean(difference**2)))
    assert revealed(runner, stego) == b"inside"


@pytest.mark.parametrize("wrong", [2, 6, 12])
def test_correction_grows_until_half_of_it_is_spare(
    monkeypatch: pytest.MonkeyPatch, wrong: int
) -> None:
    """The message fills a tile at the least level, so that its wrong bits all count."""
    model = stub_model()
    runner = install(monkeypatch, model, Faults(wrong=dict.fromkeys(range(6), wrong)))
    message = os.urandom(room(ONE_TILE, 0) - TAG_BYTES)
    stego = hide(model, marked(3, 2), message)
    assert revealed(runner, stego) == message
    assert stego.spent <= SPARE
    if wrong != 6:
        assert (stego.parity == PARITY[0]) == (wrong == 2)


@settings(max_examples=15, deadline=None)
@given(
    wrong=st.integers(0, 16),
    length=st.integers(0, room(ONE_TILE, 0) - TAG_BYTES),
    seed=st.integers(0, 2**32),
)
def test_an_image_is_readable_with_a_reserve_or_there_is_none(
    wrong: int, length: int, seed: int
) -> None:
    message = np.random.default_rng(seed).bytes(length)
    with pytest.MonkeyPatch.context() as patch:
        runner = install(patch, model := stub_model(), Faults(wrong={0: wrong}))
        try:
            stego = hide(model, marked(1, 1), message)
        except DoesNotFit:
            # 4 errors in 100 bytes are within the least correction's reserve, whatever they hit
            assert wrong > 4
            return
    assert revealed(runner, stego) == message
    assert stego.spent <= AT_MOST
    level = PARITY.index(stego.parity)
    if stego.spent > SPARE:  # put up with only if every level that fits was tried
        tried = [each for each in range(8) if cost(length + TAG_BYTES, each) <= ONE_TILE]
        assert level in tried
    elif wrong == 0:
        assert level == 0


def test_hopeless_nets_make_no_image(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stub_model()
    install(monkeypatch, model, Faults(wrong=dict.fromkeys(range(4), 300)))
    with pytest.raises(DoesNotFit, match="too many bits are read wrong"):
        hide(model, marked(2, 2), b"anything")


def test_a_file_that_keeps_other_samples_is_never_handed_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is checked is the file, not the samples that went into it."""
    model, encode = stub_model(), images.encode
    install(monkeypatch, model)

    def lossy(picture: Picture, format: str) -> bytes:
        return encode(Picture(picture.rgb_u8 & 0xFE), format)

    monkeypatch.setattr(images, "encode", lossy)
    with pytest.raises(DoesNotFit):
        hide(model, marked(2, 2), b"anything")


def test_an_opening_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    model, picture = stub_model(), marked(2, 2)
    first = int(candidates(256, 256, 4)[0])
    faults = Faults(openings={first: TRIES - 1})
    runner = install(monkeypatch, model, faults)
    stego = hide(model, picture, b"anything")
    assert changed_tiles(picture, stego) == {first}
    assert len(runner.tried[first]) >= TRIES
    assert revealed(runner, stego) == b"anything"


def test_the_next_candidate_is_taken_where_no_opening_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, picture = stub_model(), marked(3, 3)
    numbers = [int(each) for each in candidates(384, 384, 9)]
    never = {number: 10**6 for number in numbers[:3]}
    runner = install(monkeypatch, model, Faults(openings=never))
    stego = hide(model, picture, b"anything")
    assert changed_tiles(picture, stego) == {numbers[3]}
    assert len(runner.tried[numbers[0]]) == TRIES
    assert revealed(runner, stego) == b"anything"


def test_without_a_readable_opening_there_is_no_image(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stub_model()
    numbers = [int(each) for each in candidates(384, 384, 9)]
    runner = install(monkeypatch, model, Faults(openings=dict.fromkeys(numbers, 10**6)))
    with pytest.raises(DoesNotFit):
        hide(model, marked(3, 3), b"anything")
    assert {tile: len(tried) for tile, tried in runner.tried.items()} == dict.fromkeys(
        numbers, TRIES
    )


def test_a_body_that_does_not_read_moves_to_another_candidate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, picture = stub_model(), marked(2, 1)
    first, second = (int(each) for each in candidates(256, 128, 2))
    runner = install(monkeypatch, model, Faults(wrong={first: 400}))
    message = os.urandom(room(ONE_TILE, 0) - TAG_BYTES)
    stego = hide(model, picture, message)
    assert changed_tiles(picture, stego) == {second}
    assert revealed(runner, stego) == message


@pytest.mark.parametrize(
    ("logits", "taken"),
    [
        ((CERTAIN + 0.1, 8.0), 0),
        ((CERTAIN - 0.1, CERTAIN + 0.1), 1),
        ((1.0, 1.5), 1),
        ((1.5, 1.0), 0),
        ((FLOOR - 0.1, 1.0), 1),
        ((FLOOR - 0.1, FLOOR - 0.2), None),
    ],
)
def test_certain_openings_come_first(
    monkeypatch: pytest.MonkeyPatch, logits: tuple[float, float], taken: int | None
) -> None:
    model, picture = stub_model(), marked(2, 1)
    numbers = [int(each) for each in candidates(256, 128, 2)]
    runner = install(monkeypatch, model, Faults(logits=dict(zip(numbers, logits))))
    if taken is None:
        with pytest.raises(DoesNotFit):
            hide(model, picture, b"anything")
        return
    stego = hide(model, picture, b"anything")
    assert changed_tiles(picture, stego) == {numbers[taken]}
    assert revealed(runner, stego) == b"anything"


def test_progress_hides_and_then_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    model, calls = stub_model(), []
    install(monkeypatch, model)
    stego = hide(model, marked(3, 1), os.urandom(150), progress=lambda *call: calls.append(call))
    total = stego.tiles
    assert total > 1
    hiding = [("hiding", done, total) for done in range(total + 1)]
    assert calls == hiding + [("reading", done, total) for done in range(1, total + 1)]


def test_the_same_message_twice_gives_unrelated_openings(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stub_model()
    runner = install(monkeypatch, model)
    openings = set()
    for _ in range(5):
        grid = Grid(hide(model, marked(1, 1), b"the same").picture.rgb_u8)
        openings.add(Reader(runner, KEY).opening(grid, 0).content)
    assert len(openings) == 5


@pytest.mark.parametrize("rate", [0.0625, 0.5])
def test_a_public_key_hides_what_the_secret_one_reads(
    monkeypatch: pytest.MonkeyPatch, rate: float
) -> None:
    model, picture = stub_model("asymmetric", rate), marked(2, 2)
    runner, secret = install(monkeypatch, model), SecretKey.generate("stub")
    public = secret.public(to_bytes(runner.mask(to_bits(secret.neural))))
    message = os.urandom(100)
    stego = Sender(model, public).hide(picture, pack(message), message, "PNG")
    grid = Grid(images.read_exact(stego.file).rgb_u8)
    assert first_message([(Reader(runner, secret), grid)]) == message
    with pytest.raises(ValueError, match="nothing can be read"):
        first_message([(Reader(runner, SecretKey.generate("stub")), grid)])


def test_a_passphrase_costs_one_scrypt_however_many_openings_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, asked = stub_model(), []
    install(monkeypatch, model, Faults(openings={0: 5}))
    monkeypatch.setattr(
        sender, "root_of", lambda key, opening: asked.append(opening) or opening * 2
    )
    hide(model, marked(1, 1), b"anything")
    assert len(asked) == 1

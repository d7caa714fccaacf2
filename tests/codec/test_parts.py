"""A message split over several images, and joined in any order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystego_tf.codec.parts import HEADER_BYTES, MARK, Part, PartsMissing, join, split, whole
from keystego_tf.embedders.embedder import DoesNotFit
from keystego_tf.payload.frame import pack

NOISE = random.Random(1).randbytes(1000)
TEXT = b"At noon, by the river, under the third tree. " * 40


@given(
    st.binary(max_size=600), st.lists(st.integers(60, 300), min_size=1, max_size=9), st.randoms()
)
def test_parts_fit_and_join_in_any_order(
    message: bytes, rooms: list[int], order: random.Random
) -> None:
    try:
        parts = split(message, rooms)
    except DoesNotFit:
        assert len(pack(message).content) > rooms[0]
        return
    assert all(len(pack(part).content) <= room for part, room in zip(parts, rooms))
    order.shuffle(parts)
    assert join(parts) == join([*parts, parts[0]]) == message


@pytest.mark.parametrize("alphabet", [b"ACGT", b"0123456789abcdef", bytes(range(97, 123))])
def test_parts_of_few_letters_fit(alphabet: bytes) -> None:
    """The header's bytes are rare among these, so they deflate badly."""
    message = bytes(random.Random(2).choices(alphabet, k=9000))
    rooms = [1000, 400, 386, 1500] * 3
    parts = split(message, rooms)
    assert len(parts) > 3 and join(parts) == message
    assert all(len(pack(part).content) <= room for part, room in zip(parts, rooms))


def test_a_message_that_no_single_image_can_hold_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystego_tf.payload.frame.MAX_SEALED", 500)
    with pytest.raises(ValueError, match="after deflating, but must have"):
        pack(NOISE)
    assert join(split(NOISE, [400] * 4)) == NOISE


def test_what_fits_into_the_first_image_stays_whole() -> None:
    assert split(NOISE, [len(NOISE), 5]) == [NOISE]
    assert split(TEXT, [200, 200]) == [TEXT]  # deflated
    assert len(split(NOISE, [len(NOISE) - 1, 500])) == 2


def test_the_layout_is_that_of_the_document() -> None:
    first, second = split(NOISE, [600, 600])
    name = first[16:24]
    assert first[:16] == b"keystego part 1 " and first[24:28] == b"\0\1\0\2"
    assert second[:28] == MARK + name + b"\0\2\0\2"
    assert first[28:] + second[28:] == NOISE


def test_missing_parts_are_named() -> None:
    parts = split(NOISE, [300] * 9)
    assert len(parts) == 4
    with pytest.raises(PartsMissing, match=r"4 parts, but 2 are missing: 2, 4$"):
        join([parts[2], parts[0]])
    with pytest.raises(PartsMissing, match=r"4 parts, but 1 is missing: 1$"):
        join(parts[1:])


def test_messages_that_do_not_belong_together_are_refused() -> None:
    one, other = split(NOISE, [600, 600]), split(NOISE, [600, 600])
    for messages in ([b"a", b"b"], [*one, b"a"]):
        with pytest.raises(ValueError, match="messages of their own: reveal them one at a time"):
            join(messages)
    with pytest.raises(ValueError, match="parts of 2 messages: reveal those of each alone"):
        join([*one, *other])


def test_what_is_too_long_says_what_is_held() -> None:
    with pytest.raises(DoesNotFit, match=r"1,000 bytes, but the 2 images hold 528 of it"):
        split(NOISE, [300, 300])


@pytest.mark.parametrize("numbers", [b"\0\0\0\1", b"\0\3\0\2", b"\0\0\0\0"])
def test_what_only_begins_like_a_part_is_a_message(numbers: bytes) -> None:
    message = MARK + bytes(8) + numbers + b"x"
    assert Part.of(message) is None and join([message]) == message
    assert Part.of(message[: HEADER_BYTES - 1]) is None


def test_a_message_that_looks_like_a_part_comes_back_as_it_was() -> None:
    message = MARK + bytes(8) + b"\0\1\0\1x"
    assert join([whole(message)]) == join(split(message, [100])) == message
    assert whole(NOISE) == NOISE

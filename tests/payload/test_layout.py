"""The flat string of coded bits: what plain loops make of docs/format.md, there and back."""

from __future__ import annotations

import numpy as np
import plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.payload.code import Spent
from keystego_tf.payload.correction import EXACT, REED_SOLOMON, SOFT, Correction
from keystego_tf.payload.derivation import stream
from keystego_tf.payload.frame import MAX_SEALED, TAG_BYTES, Header, NothingThere, pack, seal
from keystego_tf.payload.layout import (
    body_bits,
    code_opening,
    compose,
    header_bits,
    read_body,
    read_header,
    read_opening,
    room,
)

ROOT, LOCATOR = bytes(range(32)), bytes(range(32, 64))
CODES = {"exact": EXACT, "Reed-Solomon": REED_SOLOMON}
each_code = pytest.mark.parametrize("code", CODES.values(), ids=CODES)
codes = st.sampled_from([*CODES.values(), SOFT])


def read(bits: np.ndarray, root: bytes, code: Correction) -> tuple[bytes, Spent]:
    probabilities, head = bits.astype(np.float32), header_bits(code)
    header = read_header(probabilities[:head], root, code)
    count = body_bits(header.length, header.level, code)
    return read_body(probabilities[head : head + count], header, root, code)


@each_code
@pytest.mark.parametrize("length", [0, 1, 300])
def test_the_flat_string_is_that_of_the_format(code: Correction, length: int) -> None:
    level = len(code.body) - 1
    packed = pack(np.random.default_rng(length).bytes(length))
    header, sealed = seal(packed, ROOT, level)
    coded = plain.encode(header, code.header.parity) + plain.encode(sealed, code.body[level].parity)
    mask = stream(ROOT, "whitening", 0, len(coded))
    expected = plain.bits(bytes(a ^ b for a, b in zip(coded, mask)))
    assert compose(packed, ROOT, level, code).tolist() == expected


@each_code
@pytest.mark.parametrize("length", [16, 32])
def test_the_opening_is_that_of_the_format(code: Correction, length: int) -> None:
    opening = bytes(range(length))
    coded = plain.encode(opening, code.opening.parity)
    mask = stream(LOCATOR, "nets opening", 0, len(coded))
    bits = code_opening(opening, LOCATOR, "nets", code)
    assert bits.tolist() == plain.bits(bytes(a ^ b for a, b in zip(coded, mask)))
    assert len(bits) == code.opening.coded(length)
    found = read_opening(bits.astype(np.float32), LOCATOR, "nets", code, length)
    assert found == (opening, Spent(0.0, 0))


@settings(deadline=None)
@given(message=st.binary(max_size=600), code=codes, data=st.data())
def test_there_and_back(message: bytes, code: Correction, data: st.DataObject) -> None:
    level = data.draw(st.integers(0, len(code.body) - 1))
    bits = compose(pack(message), ROOT, level, code)
    assert len(bits) == header_bits(code) + body_bits(pack(message).length, level, code)
    assert read(bits, ROOT, code) == (message, Spent(0.0, 0))
    with pytest.raises(NothingThere):
        read(bits, bytes(32), code)


def test_misread_bits_are_corrected_where_there_is_parity() -> None:
    bits = compose(pack(b"as it was"), ROOT, 1, REED_SOLOMON)
    bits[[0, 9, 30, 90]] ^= 1
    bits[-8 * np.arange(1, 17)] ^= 1
    message, spent = read(bits, ROOT, REED_SOLOMON)
    assert (message, spent) == (b"as it was", Spent(1.0, 16))
    bits[-8 * 20] ^= 1
    with pytest.raises(NothingThere):
        read(bits, ROOT, REED_SOLOMON)
    opening = code_opening(bytes(16), LOCATOR, "nets", REED_SOLOMON)
    opening[8 * np.arange(8)] ^= 1
    found = read_opening(opening.astype(np.float32), LOCATOR, "nets", REED_SOLOMON, 16)
    assert found == (bytes(16), Spent(1.0, 8))


def test_every_bit_counts_where_there_is_none() -> None:
    bits = compose(pack(b"exact"), ROOT, 0, EXACT)
    for at in range(len(bits)):
        changed = bits.copy()
        changed[at] ^= 1
        with pytest.raises((NothingThere, ValueError)):
            assert read(changed, ROOT, EXACT)[0] != b"exact"


def test_doubt_counts_as_erasures() -> None:
    probabilities = compose(pack(b"as it was"), ROOT, 0, REED_SOLOMON).astype(np.float32)
    head = header_bits(REED_SOLOMON)
    wrong = -8 * np.arange(1, 10)  # one more than half the parity
    probabilities[wrong] = 0.5 + 0.01 * (0.5 - probabilities[wrong])
    header = read_header(probabilities[:head], ROOT, REED_SOLOMON)
    assert read_body(probabilities[head:], header, ROOT, REED_SOLOMON)[0] == b"as it was"
    probabilities[wrong] = np.where(probabilities[wrong] > 0.5, 1, 0)
    with pytest.raises(NothingThere):
        read_body(probabilities[head:], header, ROOT, REED_SOLOMON)


@pytest.mark.parametrize("code", [*CODES.values(), SOFT])
def test_openings_of_chance_are_read_only_without_parity(code: Correction) -> None:
    chance = np.random.default_rng(0).random((50, code.opening.coded(16)), np.float32)
    for probabilities in chance:
        if code is EXACT:  # nothing that a stranger could test
            assert len(read_opening(probabilities, LOCATOR, "samples", code, 16)[0]) == 16
        else:
            with pytest.raises(NothingThere):
                read_opening(probabilities, LOCATOR, "nets", code, 16)


@settings(deadline=None)
@given(length=st.integers(32, 2000) | st.integers(32, MAX_SEALED), code=codes, data=st.data())
def test_room_is_the_inverse_of_the_body(
    length: int, code: Correction, data: st.DataObject
) -> None:
    level = data.draw(st.integers(0, len(code.body) - 1))
    bits = body_bits(length, level, code)
    assert room(bits, level, code) == length - TAG_BYTES
    assert room(bits - 1, level, code) == length - TAG_BYTES - 1
    if length < 2000 and code is not SOFT:
        assert bits == 8 * len(plain.encode(bytes(length), code.body[level].parity))


@each_code
def test_a_level_that_the_embedder_has_not_is_refused(code: Correction) -> None:
    for level in (-1, len(code.body)):
        with pytest.raises(ValueError, match=f"level is {level}, but must be in"):
            compose(pack(b""), ROOT, level, code)
    head = Header(False, 7, 40).pack()
    mask = stream(ROOT, "whitening", 0, 4)
    bits = np.array(plain.bits(bytes(a ^ b for a, b in zip(head, mask))), np.float32)
    with pytest.raises(NothingThere):
        read_header(bits, ROOT, EXACT)


def test_bits_of_a_payload_are_even() -> None:
    """Equal messages under other roots: each bit is 1 in half of them, to five standard errors."""
    packed, count = pack(b"always the same"), 2000
    strings = np.stack(
        [compose(packed, number.to_bytes(32, "big"), 0, EXACT) for number in range(count)]
    )
    assert np.abs(strings.mean(axis=0) - 0.5).max() < 5 * 0.5 / count**0.5

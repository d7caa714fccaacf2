"""Error correction: what reedsolo makes of single blocks, for all blocks at once."""

from __future__ import annotations

import numpy as np
import plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.payload.code import Spent, Uncorrectable, to_bits
from keystego_tf.payload.reed_solomon import ReedSolomon

PARITIES = (1, 2, 8, 16, 48, 96, 192, 254)


def encode(data: bytes, parity: int) -> bytes:
    return np.packbits(ReedSolomon(parity).encode(data)).tobytes()


def decode(
    coded: bytes, parity: int, length: int, doubt: np.ndarray | None = None
) -> tuple[bytes, Spent]:
    """Decode bytes; all bits of each are as doubtful: [coded bytes] in [0, 1), 0 without."""
    bits = to_bits(coded)
    doubt = np.zeros(len(coded), np.float32) if doubt is None else doubt
    half = np.repeat(doubt, 8) / np.float32(2)
    return ReedSolomon(parity).decode(np.where(bits, 1 - half, half), length)


def spoil(
    coded: bytes, data_length: int, parity: int, wrong: int, seed: int
) -> tuple[bytes, np.ndarray]:
    """So many wrong bytes in every block, and where they are."""
    rng = np.random.default_rng(seed)
    content, where, start = np.frombuffer(coded, np.uint8).copy(), np.zeros(len(coded), bool), 0
    for block in plain.blocks(bytes(data_length), parity):
        length = len(block) + parity
        places = start + rng.choice(length, min(wrong, length), replace=False)
        content[places] ^= rng.integers(1, 256, len(places), dtype=np.uint8)
        where[places] = True
        start += length
    assert start == len(coded)
    return content.tobytes(), where


@pytest.mark.parametrize("parity", PARITIES)
def test_encoding_is_that_of_reedsolo_block_by_block(parity: int) -> None:
    most = 255 - parity
    rng = np.random.default_rng(parity)
    for length in {1, 2, most - 1, most, most + 1, 2 * most + 1, 7 * most + 5, 8 * most} - {0}:
        data = rng.bytes(length)
        assert encode(data, parity) == plain.encode(data, parity), length


@pytest.mark.parametrize("parity", PARITIES)
def test_clean_blocks_cost_nothing(parity: int) -> None:
    data = np.random.default_rng(0).bytes(1000)
    assert decode(encode(data, parity), parity, 1000) == (data, Spent(0.0, 0))


def test_without_parity_bytes_stay_as_they_are() -> None:
    data = np.random.default_rng(0).bytes(1000)
    assert encode(data, 0) == data
    assert decode(data, 0, 1000) == (data, Spent(0.0, 0))
    assert ReedSolomon(0).coded(1000) == 8000


def test_nothing_is_encoded_as_nothing() -> None:
    assert encode(b"", 16) == b""
    assert decode(b"", 16, 0) == (b"", Spent(0.0, 0))


@settings(deadline=None, max_examples=60)
@given(
    data=st.binary(min_size=1, max_size=600),
    parity=st.sampled_from((2, 8, 16, 32, 64, 128)),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32),
    doubts=st.booleans(),
)
def test_as_many_errors_as_the_parity_bears(
    data: bytes, parity: int, share: float, seed: int, doubts: bool
) -> None:
    wrong = int(share * (parity // 2))
    spoilt, where = spoil(encode(data, parity), len(data), parity, wrong, seed)
    doubt = np.random.default_rng(seed).random(len(spoilt), np.float32) if doubts else None
    found, spent = decode(spoilt, parity, len(data), doubt)
    assert found == data
    assert spent == Spent(2 * wrong / parity, int(where.sum()))


def test_the_block_that_took_most_is_reported() -> None:
    data = bytes(range(200)) * 3
    coded = bytearray(encode(data, 32))
    for place in (0, 300, 301, 302, len(coded) - 1):  # 1, 3 and 1 errors in 3 blocks
        coded[place] ^= 0x55
    assert len(coded) == 600 + 3 * 32
    assert decode(bytes(coded), 32, len(data)) == (data, Spent(6 / 32, 5))


@pytest.mark.parametrize("parity", [8, 32, 96])
def test_doubt_helps_beyond_half_the_parity(parity: int) -> None:
    data = np.random.default_rng(1).bytes(400)
    wrong = parity // 2 + 1
    spoilt, where = spoil(encode(data, parity), len(data), parity, wrong, seed=2)
    with pytest.raises(Uncorrectable):
        decode(spoilt, parity, len(data))
    rng = np.random.default_rng(3)
    doubt = np.where(where, 0.5, 0.1 * rng.random(len(spoilt))).astype(np.float32)
    if parity == 8:  # 5 errors, but with the slack of 4 there may be 4 erasures and no error more
        with pytest.raises(Uncorrectable):
            decode(spoilt, parity, len(data), doubt)
        return
    found, spent = decode(spoilt, parity, len(data), doubt)
    assert (found, spent.corrected) == (data, int(where.sum()))
    erased = parity // 4
    assert spent.share == (erased + 2 * (wrong - erased)) / parity


def test_three_quarters_of_the_parity_can_be_erased() -> None:
    data = np.random.default_rng(1).bytes(100)
    spoilt, where = spoil(encode(data, 32), len(data), 32, 24, seed=2)
    doubt = 0.9 * where.astype(np.float32)
    assert decode(spoilt, 32, len(data), doubt) == (data, Spent(24 / 32, 24))


def test_unknown_doubt_counts_as_the_most() -> None:
    data = np.random.default_rng(1).bytes(100)
    spoilt, where = spoil(encode(data, 32), len(data), 32, 20, seed=2)
    doubt = np.where(where, np.nan, 0.3).astype(np.float32)
    assert decode(spoilt, 32, len(data), doubt)[0] == data


@pytest.mark.parametrize("parity", [16, 32, 96])
def test_chance_bytes_are_no_block(parity: int) -> None:
    rng = np.random.default_rng(4)
    for length in (parity + 4, 200, 255):
        for _ in range(8):
            with pytest.raises(Uncorrectable):
                decode(rng.bytes(length), parity, length - parity, rng.random(length, np.float32))


def test_erasures_alone_do_not_make_a_block_of_chance_bytes() -> None:
    # without slack, 6 erasures and 1 error would: of 8 parity bytes nothing is left to look at
    rng = np.random.default_rng(5)
    for _ in range(300):
        with pytest.raises(Uncorrectable):
            decode(rng.bytes(12), 8, 4, rng.random(12, np.float32))


@given(length=st.integers(0, 3000), parity=st.integers(1, 254))
def test_lengths(length: int, parity: int) -> None:
    count = len(plain.blocks(bytes(length), parity))
    assert ReedSolomon(parity).coded(length) == 8 * (length + count * parity)

"""LDPC codes: their checks, what they correct, and a decoder that others wrote."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.payload import ldpc
from keystego_tf.payload.code import Uncorrectable
from keystego_tf.payload.ldpc import COLUMNS, RATES, STRONGEST, Ldpc, circulants

rates = pytest.mark.parametrize("rate", RATES, ids=str)

#: Share of wrong bits that 200 bytes must survive: about 0.6 of Shannon's limit.
SURVIVED = dict(zip(RATES, (0.008, 0.02, 0.034, 0.066, 0.104, 0.128, 0.158)))


def checks(rate: tuple[int, int], size: int) -> np.ndarray:
    """The code's checks by its definition, uint8 [checks in order, bits with the zeros]."""
    data = COLUMNS * rate[0] // rate[1]
    rows = COLUMNS - data
    matrix = np.zeros((rows * size, COLUMNS * size), np.uint8)
    for row, column, shift in circulants(rate, size):
        for z in range(size):
            matrix[z * rows + row, column * size + (z + shift) % size] ^= 1
    for number in range(rows * size):
        matrix[number, data * size + number] = 1
        if number:
            matrix[number, data * size + number - 1] = 1
    return matrix


def word(rate: tuple[int, int], data: bytes) -> np.ndarray:
    """The coded bits with the zeros that are not sent."""
    coded, sent = Ldpc(rate).encode(data), 8 * len(data)
    zeros = -(len(coded) - sent) % (COLUMNS - COLUMNS * rate[0] // rate[1])
    assert zeros == 0
    size = (len(coded) - sent) // (COLUMNS - COLUMNS * rate[0] // rate[1])
    filled = np.zeros(COLUMNS * rate[0] // rate[1] * size - sent, np.uint8)
    return np.concatenate([coded[:sent], filled, coded[sent:]])


def sent(coded: np.ndarray, wrong: float, seed: int = 0) -> tuple[np.ndarray, int]:
    """Probabilities after a channel that gets a share of the bits wrong, and how many it got so."""
    flips = np.random.default_rng(seed).random(len(coded)) < wrong
    return np.where(coded ^ flips, 1 - wrong, wrong).astype(np.float32), int(flips.sum())


@rates
@pytest.mark.parametrize("length", [4, 33, 100])
def test_words_meet_their_checks(rate: tuple[int, int], length: int) -> None:
    data = np.random.default_rng(length).bytes(length)
    coded = word(rate, data)
    size = len(coded) // COLUMNS
    matrix = checks(rate, size)
    assert not (matrix @ coded % 2).any()
    # every check has as many bits, but for the first, which begins the running sum
    bits = matrix.sum(axis=1)
    assert set(bits[1:]) == {bits[0] + 1}
    assert coded[: 8 * length].tolist() == np.unpackbits(np.frombuffer(data, np.uint8)).tolist()


@pytest.mark.ci
@rates
def test_there_are_no_cycles_of_four(rate: tuple[int, int]) -> None:
    matrix = checks(rate, 97).astype(np.float32)
    shared = matrix @ matrix.T
    np.fill_diagonal(shared, 0)
    assert shared.max() == 1


@rates
@given(data=st.binary(min_size=1, max_size=90), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=10)
def test_there_and_back(rate: tuple[int, int], data: bytes, seed: int) -> None:
    code = Ldpc(rate)
    coded = code.encode(data)
    assert len(coded) == code.coded(len(data)) and code.room(len(coded)) == len(data)
    found, spent = code.decode(coded.astype(np.float32), len(data))
    assert found == data and (spent.share, spent.corrected) == (0, 0)
    lost = coded.astype(np.float32)
    lost[np.random.default_rng(seed).integers(len(coded))] = np.nan
    assert code.decode(lost, len(data))[0] == data


@rates
def test_errors_are_corrected_up_to_some_part_of_the_limit(rate: tuple[int, int]) -> None:
    code, right = Ldpc(rate), 0
    for seed in range(8):
        data = np.random.default_rng(seed).bytes(200)
        read, wrong = sent(code.encode(data), SURVIVED[rate], seed)
        try:
            found, spent = code.decode(read, 200)
        except Uncorrectable:
            continue
        assert found == data and spent.corrected == wrong and 0 < spent.share < 1
        right += 1
    assert right >= 6
    with pytest.raises(Uncorrectable):
        code.decode(sent(code.encode(data), 2.5 * SURVIVED[rate])[0], 200)


def test_knowing_how_sure_it_is_helps() -> None:
    """Twice as many wrong bits, but half of all are known to be worthless."""
    code, rng = Ldpc((1, 3)), np.random.default_rng(0)
    data = rng.bytes(200)
    coded = code.encode(data)
    worthless = rng.random(len(coded)) < 0.5
    flips = worthless & (rng.random(len(coded)) < 0.5)
    assert flips.mean() > 0.22
    hard = np.where(coded ^ flips, 0.8, 0.2).astype(np.float32)
    with pytest.raises(Uncorrectable):
        code.decode(hard, 200)
    assert code.decode(np.where(worthless, np.float32(0.5), hard), 200)[0] == data


def test_chance_is_no_word() -> None:
    rng, code = np.random.default_rng(0), Ldpc(STRONGEST)
    for _ in range(20):
        with pytest.raises(Uncorrectable):
            code.decode(rng.random(code.coded(16), np.float32), 16)


@rates
def test_another_decoder_decodes_the_same(rate: tuple[int, int]) -> None:
    """``ldpc`` (PyPI), min-sum with the same factor: words come back, of ours and of its."""
    oracle = pytest.importorskip("ldpc")
    size, length = 40, COLUMNS * rate[0] // rate[1] * 40 // 8
    matrix, agreed = checks(rate, size), 0
    decoder = oracle.BpDecoder(
        matrix,
        error_rate=SURVIVED[rate] / 2,
        max_iter=ldpc.ROUNDS,
        bp_method="minimum_sum",
        ms_scaling_factor=ldpc._DEGREES[rate][1],
        input_vector_type="received_vector",
    )
    for seed in range(12):
        data = np.random.default_rng(seed).bytes(length)
        coded = Ldpc(rate).encode(data)
        read, _ = sent(coded, SURVIVED[rate] * (0.5 if seed % 2 else 1), seed)
        theirs = decoder.decode((read > 0.5).astype(np.uint8))
        try:
            ours = Ldpc(rate).decode(read, length)[0]
        except Uncorrectable:
            ours = None
        right = decoder.converge and theirs.tolist() == coded.tolist()
        agreed += right == (ours == data)
    assert agreed >= 11


@rates
def test_unmet_checks_are_counted_by_their_definition(rate: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    data = rng.bytes(24)
    coded = Ldpc(rate).encode(data)
    assert Ldpc(rate).unmet(coded.astype(np.float32), len(data)) == 0
    wrong = coded ^ (rng.random(len(coded)) < 0.1)
    padded = word(rate, data)
    padded[: 8 * len(data)] = wrong[: 8 * len(data)]
    padded[len(padded) - (len(coded) - 8 * len(data)) :] = wrong[8 * len(data) :]
    size = len(padded) // COLUMNS
    expected = np.mean(checks(rate, size) @ padded.astype(np.int64) % 2)
    found = Ldpc(rate).unmet(np.where(wrong, 0.7, 0.2), len(data))
    assert found == pytest.approx(expected) and 0 < found < 0.5

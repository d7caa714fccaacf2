"""The code against a slow reference, and its search against trying everything."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.config.run import AgentsConfig
from keystego_tf.embedders.syndrome import trellis
from keystego_tf.embedders.syndrome.trellis import HEIGHT, Code

CODES = [Code(channels, rate) for channels in (1, 3) for rate in (0.0625, 0.5)]


def name_of(code: Code) -> str:
    return f"{code.channels}-{code.bits_per_pixel}"


def map_shape(code: Code, height: int, width: int) -> tuple[int, int]:
    return AgentsConfig(bits_per_pixel=code.bits_per_pixel).message_shape(height, width)


def slow_syndrome(code: Code, image: Any) -> Any:
    """Every sample adds itself to each bit that it reaches, one after the other."""
    rows, columns = code.cell
    height, width = image.shape[0] // rows, image.shape[1] // columns
    sums = np.zeros((height, width), int)
    of_group = code.samples // code.groups
    for i, j in itertools.product(range(height), range(width)):
        for k in range(code.samples):
            y, x = divmod(k // code.channels, columns)
            group = k // of_group
            down, right = group * height // code.groups, group * width // code.groups
            row, column = (i + down) % height, (j + right) % width
            sample = int(image[row * rows + y, column * columns + x, k % code.channels])
            for reach in range(HEIGHT):
                if code.columns[k] >> reach & 1 and j + reach < width:
                    sums[i, j + reach] += sample
    return sums % 2


@pytest.mark.parametrize("code", CODES, ids=name_of)
def test_the_syndrome_is_that_of_the_slow_reference(code: Code) -> None:
    image = np.random.default_rng(0).integers(0, 256, (24, 48, code.channels), dtype=np.uint8)
    np.testing.assert_array_equal(code.syndrome(image), slow_syndrome(code, image))


@pytest.mark.parametrize("code", CODES, ids=name_of)
@pytest.mark.parametrize("size", [(12, 12), (32, 32), (48, 64)])
def test_cells_and_image_are_the_same_samples(code: Code, size: tuple[int, int]) -> None:
    image = np.arange(size[0] * size[1] * code.channels).reshape(*size, code.channels)
    cells = code.to_cells(image)
    assert cells.shape == (*map_shape(code, *size), code.samples)
    np.testing.assert_array_equal(code.to_image(cells), image)
    np.testing.assert_array_equal(np.sort(cells, axis=None), image.reshape(-1))


def test_columns_are_part_of_the_format() -> None:
    """Golden values: a model's Bob is of no use with any others."""
    assert [code.columns[:4] for code in CODES] == [
        (1, 867, 841, 627),
        (1, 783),
        (1, 615, 933, 589),
        (1, 545, 613, 625),
    ]
    for code in CODES:
        assert len(set(code.columns)) == len(code.columns) == code.samples
        assert all(column & 1 and column >> HEIGHT - 1 for column in code.columns[1:])


@pytest.mark.parametrize("code", CODES, ids=name_of)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0, 1))
def test_just_the_wrong_bits_turn_over(code: Code, seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (16, 32, code.channels), dtype=np.uint8)
    shape = map_shape(code, 16, 32)
    wrong, needed = rng.random(shape) < 0.5, rng.random(shape) < share
    flips = code.flips(rng.random(image.shape) + 0.01, wrong, needed)
    turned = code.syndrome(image ^ flips) ^ code.syndrome(image)
    np.testing.assert_array_equal(turned[needed], wrong[needed])
    if not (wrong & needed).any():
        assert not flips.any(), "what is right by chance costs nothing"


def test_rows_that_are_left_out_stay_as_they_are() -> None:
    code, rng = Code(3, 0.5), np.random.default_rng(1)
    image = rng.integers(0, 256, (16, 32, 3), dtype=np.uint8)
    wrong = np.ones((16, 16), np.uint8)
    flips = code.flips(rng.random(image.shape), wrong, rows=slice(1, 16, 4))
    turned = code.syndrome(image ^ flips) ^ code.syndrome(image)
    np.testing.assert_array_equal(turned, np.arange(16)[:, None] % 4 == np.ones((1, 16)))


@pytest.mark.parametrize("height", [3, 4, HEIGHT])
def test_no_change_is_cheaper_than_the_one_that_is_found(
    height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of 8 bits and 16 samples, shorter than the code's reach or longer: all 65,536 changes
    are tried."""
    monkeypatch.setattr(trellis, "HEIGHT", height)
    code, rng = Code(1, 0.5), np.random.default_rng(2)
    if height < HEIGHT:
        code.__dict__["columns"] = (1, {3: 0b111, 4: 0b1011}[height])
    changes = np.array(list(itertools.product((0, 1), repeat=16)), np.uint8)
    syndromes = np.array([code.syndrome(change.reshape(1, 16, 1))[0] for change in changes])
    for number in range(8):
        cost = rng.random((1, 16, 1)).astype(np.float32)
        if number % 2:  # ties
            cost = np.ceil(3 * cost)
        wrong, needed = rng.integers(0, 2, (1, 8)), rng.random((1, 8)) < 0.8
        fits = (syndromes == wrong)[:, needed[0]].all(axis=1)
        least = (changes[fits] @ cost.reshape(-1)).min()
        assert cost[code.flips(cost, wrong, needed)].sum() == pytest.approx(least, rel=1e-5)


@pytest.mark.parametrize("code", CODES, ids=name_of)
def test_no_other_way_to_turn_the_same_bits_is_cheaper(code: Code) -> None:
    """Other ways: what is cheapest at other costs, and each bit by the sample that is its own."""
    rng = np.random.default_rng(4)
    shape = (16, 64, code.channels)
    wrong = rng.integers(0, 2, map_shape(code, *shape[:2]), dtype=np.uint8)
    costs = [rng.exponential(1, shape) for _ in range(4)]
    own = np.zeros((*wrong.shape, code.samples), bool)
    own[..., 0] = wrong
    ways = [code.flips(cost, wrong) for cost in costs] + [code.to_image(own)]
    for way in ways:
        np.testing.assert_array_equal(code.syndrome(way.astype(np.uint8)), wrong)
    for cost, way in zip(costs, ways):
        assert cost[way].sum() < min(cost[each].sum() for each in ways if each is not way)


def test_samples_that_cost_a_thousand_times_as_much_are_left_alone() -> None:
    """A smooth half of the map: its bits are turned over in the other half."""
    code, rng = Code(3, 0.5), np.random.default_rng(5)
    cost = np.ones((32, 32, 3))
    cost[:16] = 1000
    flips = code.flips(cost, rng.integers(0, 2, (32, 16)))
    assert flips[:16].sum() < 0.01 * flips.sum()


def test_far_fewer_samples_change_than_there_are_wrong_bits() -> None:
    """A random message changes every other bit, and one change turns several at once."""
    rng = np.random.default_rng(3)
    for rate, most in ((0.0625, 0.31), (0.5, 0.41)):
        code = Code(3, rate)
        wrong = rng.integers(0, 2, map_shape(code, 64, 64))
        flips = code.flips(np.ones((64, 64, 3)), wrong)
        assert flips.sum() < most * wrong.size

"""Tiles: where they lie, which may hold the opening, and how their bits are shared out."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stub import Stub, stub_model

from keystego_tf.codec.tiles import (
    Grid,
    Shape,
    body_key,
    opening_mask,
    opening_reader,
    shape_of,
    to_bits,
    to_bytes,
)
from keystego_tf.config.run import AgentsConfig
from keystego_tf.payload.keys import Passphrase, SecretKey, SharedKey
from keystego_tf.payload.places import HEADER_BITS

SIDE = 128


@settings(max_examples=20, deadline=None)
@given(height=st.integers(SIDE, 500), width=st.integers(SIDE, 500))
def test_tiles_are_numbered_row_by_row(height: int, width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 1), dtype=np.uint8)
    grid = Grid(pixels)
    columns = width // SIDE
    assert grid.count == columns * (height // SIDE)
    for number in range(grid.count):
        top, left = SIDE * (number // columns), SIDE * (number % columns)
        np.testing.assert_array_equal(
            grid[number], pixels[top : top + SIDE, left : left + SIDE], strict=True
        )


def test_setting_a_tile_changes_that_tile_alone() -> None:
    before = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    after = before.copy()
    Grid(after)[4] = np.zeros((SIDE, SIDE, 3), np.uint8)
    changed = np.zeros((300, 400), bool)
    changed[128:256, 128:256] = True
    assert not after[changed].any()
    np.testing.assert_array_equal(after[~changed], before[~changed])


@pytest.mark.parametrize(("width", "height"), [(128, 128), (300, 129), (700, 500)])
def test_candidates_are_those_of_the_format(width: int, height: int) -> None:
    count = (width // SIDE) * (height // SIDE)
    seed = b"keystego-tf 1 candidates" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    words = hashlib.shake_256(seed).digest(8 * count)
    numbers = [int.from_bytes(words[8 * i : 8 * i + 8], "little") for i in range(count)]
    expected = sorted(range(count), key=numbers.__getitem__)[:4]
    grid = Grid(np.zeros((height, width, 3), np.uint8))
    assert grid.candidates(AgentsConfig(coding="none")) == expected
    assert grid.candidates(AgentsConfig(coding="trellis")) == expected[:1]


@pytest.mark.parametrize(
    ("scheme", "rate", "expected"),
    [
        ("symmetric", 0.0625, Shape(128, 4, 128, 1024)),
        ("symmetric", 0.5, Shape(128, 1, 256, 8192)),
        ("asymmetric", 0.0625, Shape(256, 8, 256, 1024)),
        ("asymmetric", 0.5, Shape(256, 1, 256, 8192)),
    ],
)
def test_an_opening_takes_whole_key_rows(scheme: str, rate: float, expected: Shape) -> None:
    shape = shape_of(stub_model(scheme, rate).agents)
    assert shape == expected
    body = expected.total - expected.first
    assert shape.layout(1).body_bits == body - HEADER_BITS
    assert shape.layout(6, 3).body_bits == body - HEADER_BITS + 5 * expected.total
    assert shape.layout(6, 3).opening_tile == 3


@given(content=st.binary(max_size=40))
def test_bits_run_from_the_highest(content: bytes) -> None:
    bits = to_bits(content)
    assert "".join(map(str, bits)) == "".join(f"{byte:08b}" for byte in content)
    assert to_bytes(bits) == content and to_bytes(bits > 0) == content


def test_the_opening_of_the_symmetric_scheme_lies_under_a_key_that_everybody_knows() -> None:
    runner = Stub(stub_model())
    known = to_bits(hashlib.shake_256(b"keystego-tf 1 opening").digest(128))
    for key in (SharedKey(bytes(32)), Passphrase("a")):
        np.testing.assert_array_equal(opening_mask(runner, key), known)


def test_both_halves_of_a_pair_have_one_opening_mask() -> None:
    runner, secret = Stub(stub_model("asymmetric")), SecretKey(bytes(32), "stub")
    public = secret.public(to_bytes(runner.mask(to_bits(secret.neural))))
    np.testing.assert_array_equal(opening_mask(runner, public), to_bits(public.neural))
    np.testing.assert_array_equal(opening_mask(runner, secret), to_bits(public.neural))
    rng = np.random.default_rng(2)
    tile = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    message = rng.integers(0, 2, 1024, dtype=np.uint8)
    stego = runner.hide(tile, message, to_bits(public.neural))
    for key in (public, secret):
        np.testing.assert_array_equal(opening_reader(runner, key)(stego) > 0.5, message == 1)


@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_every_tile_and_root_has_a_key_of_its_own(scheme: str) -> None:
    runner = Stub(stub_model(scheme))
    keys = {}
    for root in (bytes(32), b"\x01" + bytes(31)):
        for tile in range(3):
            key, mask = body_key(runner, root, tile)
            assert key.shape == mask.shape == (1024,)
            np.testing.assert_array_equal(mask, runner.mask(key))
            keys[to_bytes(key)] = (root, tile)
    assert len(keys) == 6

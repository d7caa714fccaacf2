"""Places: what plain loops straight from docs/format.md say, there and back, and chance bits."""

from __future__ import annotations

import numpy as np
import plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.payload.frame import PARITY, Header, NothingThere, cost, pack, room, seal
from keystego_tf.payload.places import (
    HEADER_BITS,
    Layout,
    body_places,
    compose,
    further_tiles,
    header_places,
    needed,
    read_body,
    read_header,
)

ROOT = bytes(range(32))
SMALL = Layout(opening_slots=896, tile_slots=1024, tiles=7, opening_tile=3)

roots = st.binary(min_size=32, max_size=32)
layouts = st.builds(
    lambda opening, tile, tiles, number: Layout(opening, tile, tiles, number % tiles),
    st.integers(96, 900),
    st.integers(1, 1100),
    st.integers(1, 12),
    st.integers(0, 11),
)


def chance(seed: int = 0):
    return np.random.default_rng(seed).bytes


def flat(tiles: list[tuple[int, np.ndarray]]) -> np.ndarray:
    return np.concatenate([bits for _, bits in tiles])


def sure(bits: np.ndarray) -> np.ndarray:
    """The probabilities of a reader who is rather sure of every bit."""
    return np.where(bits == 1, 0.98, 0.02).astype(np.float32)


def read(probabilities: np.ndarray, root: bytes, layout: Layout) -> bytes:
    header = read_header(probabilities[: layout.opening_slots], root, layout)
    return read_body(probabilities, header, root, layout)[0]


@settings(deadline=None, max_examples=60)
@given(root=roots, layout=layouts, share=st.floats(0, 1), level=st.integers(0, 7))
def test_bits_lie_where_the_format_says(
    root: bytes, layout: Layout, share: float, level: int
) -> None:
    most = room(layout.body_bits, level) - 16
    if most < 0:
        with pytest.raises(ValueError, match=f"but the image has room for {layout.body_bits}$"):
            compose(b"", root, level, layout)
        return
    message = np.random.default_rng(0).bytes(int(share * most))
    found = compose(message, root, level, layout, chance())
    header, ciphertext = seal(message, root, level)
    expected = plain.tiles_of_bits(
        plain.encode(header, 8),
        plain.encode(ciphertext, PARITY[level]),
        root,
        (layout.opening_slots, layout.tile_slots),
        layout.tiles,
        layout.opening_tile,
    )
    assert [number for number, _ in found] == list(expected)
    for index, (number, bits) in enumerate(found):
        assert bits.dtype == np.uint8 and bits.max() <= 1
        assert bits.shape == (layout.tile_slots if index else layout.opening_slots,)
        for slot, bit in expected[number].items():
            assert bits[slot] == bit
    assert read(sure(flat(found)), root, layout) == message


@settings(deadline=None, max_examples=60)
@given(
    message=st.binary(max_size=300),
    root=roots,
    level=st.integers(0, 7),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_there_and_back_with_errors(
    message: bytes, root: bytes, level: int, share: float, seed: int
) -> None:
    layout = Layout(896, 1024, 9, 4)
    rng = np.random.default_rng(seed)
    bits = flat(compose(message, root, level, layout, chance(seed)))
    # one wrong bit in as many bytes as the weakest block bears, 4 in the header
    body = body_places(root, layout, cost(pack(message).length, level))
    bear = int(share * (PARITY[level] // 2))
    wrong = rng.choice(len(body) // 8, min(bear, len(body) // 8), replace=False)
    bits[body[8 * wrong + rng.integers(0, 8, len(wrong))]] ^= 1
    bits[header_places(root, layout)[8 * rng.choice(12, 4, replace=False)]] ^= 1
    probabilities = sure(bits)
    header = read_header(probabilities[:896], root, layout)
    found, spent = read_body(probabilities, header, root, layout)
    assert found == message
    assert spent.corrected == len(wrong)
    assert spent.share <= 2 * len(wrong) / PARITY[level] <= 1


def test_uncertain_bits_are_taken_as_erasures() -> None:
    message = bytes(100)[::-1] + bytes(range(100))
    level = 1
    places = body_places(ROOT, SMALL, cost(pack(message).length, level))
    probabilities = sure(flat(compose(message, ROOT, level, SMALL, chance())))
    header = read_header(probabilities[:896], ROOT, SMALL)
    wrong = places[-8 * np.arange(1, 21)]  # 20 bytes of one block, which bears 16
    probabilities[wrong] = np.where(probabilities[wrong] > 0.5, 0.45, 0.55)
    assert read_body(probabilities, header, ROOT, SMALL)[0] == message
    probabilities[wrong] = np.where(probabilities[wrong] > 0.5, 1, 0)
    with pytest.raises(NothingThere):
        read_body(probabilities, header, ROOT, SMALL)


def test_slots_left_over_carry_chance_bits() -> None:
    places = body_places(ROOT, SMALL, cost(pack(b"few").length, 0))
    used = np.concatenate([places, header_places(ROOT, SMALL)])
    first, second = (flat(compose(b"few", ROOT, 0, SMALL, chance(seed))) for seed in (1, 2))
    np.testing.assert_array_equal(first[used], second[used])
    left = np.delete(first != second, used)
    assert len(left) == 896 - len(used) and 0.4 < left.mean() < 0.6
    fresh = flat(compose(b"few", ROOT, 0, SMALL)), flat(compose(b"few", ROOT, 0, SMALL))
    assert 0.4 < np.delete(fresh[0] != fresh[1], used).mean() < 0.6, "by default from the system"


@settings(deadline=None, max_examples=40)
@given(root=roots, layout=layouts, share=st.floats(0, 1), level=st.integers(0, 7))
def test_needed_slots_are_those_that_chance_does_not_fill(
    root: bytes, layout: Layout, share: float, level: int
) -> None:
    """Sixty-four messages' worth of chance: a slot that it fills is told apart in one of them."""
    most = room(layout.body_bits, level) - 16
    if most < 0:
        return
    message = np.random.default_rng(1).bytes(int(share * most))
    packed = pack(message)
    found = needed(root, layout, cost(packed.length, level))
    made = [compose(packed, root, level, layout, chance(seed)) for seed in range(64)]
    assert len(found) == len(made[0])
    for tile, needs in enumerate(found):
        bits = np.array([each[tile][1] for each in made])  # [64, slots]
        assert needs.dtype == bool
        np.testing.assert_array_equal(needs, (bits == bits[0]).all(axis=0), strict=True)
    assert sum(needs.sum() for needs in found) == HEADER_BITS + cost(packed.length, level)


def test_a_body_of_nothing_needs_its_header_alone() -> None:
    (needs,) = needed(ROOT, SMALL, 0)
    assert needs.shape == (896,)
    assert set(np.flatnonzero(needs)) == set(header_places(ROOT, SMALL).tolist())
    with pytest.raises(ValueError, match="room for"):
        needed(ROOT, SMALL, SMALL.body_bits + 1)


def test_bits_look_like_chance() -> None:
    message = bytes(300)
    total = np.zeros(896)
    for index in range(300):
        root = index.to_bytes(32, "big")
        total += compose(message, root, 0, SMALL, chance(index))[0][1]
    # 300 throws of a coin in each of 896 places: 4.5 standard deviations for the farthest
    assert (np.abs(total - 150) < 4.5 * np.sqrt(300) / 2).all()


@given(root=roots, layout=layouts, share=st.floats(0, 1))
def test_places_are_distinct_and_in_range(root: bytes, layout: Layout, share: float) -> None:
    bits = int(share * layout.body_bits)
    further = further_tiles(root, layout, bits)
    places = np.concatenate([header_places(root, layout), body_places(root, layout, bits)])
    assert len(places) == len(set(places.tolist())) == 96 + bits
    assert places.min() >= 0 and places.max() < layout.slots(len(further))
    assert (places[:96] < layout.opening_slots).all()
    assert len(further) == layout.tiles_needed(bits) == len(set(further.tolist()))
    assert layout.opening_tile not in further
    assert bits <= layout.slots(len(further)) - 96, "enough tiles"
    if len(further):
        assert bits > layout.slots(len(further) - 1) - 96, "and not one too many"


def test_places_are_spread_evenly_over_the_tiles() -> None:
    layout = Layout(1120, 1024, 9, 0)  # 1,024 slots of the body in every tile
    left = np.zeros(9)
    for index in range(40):
        places = body_places(index.to_bytes(32, "big"), layout, 9 * 1024 - 512)
        left += 1024 - np.bincount(np.maximum(places - 96, 0) // 1024, minlength=9)
    # 40 times 512 slots that are left over fall into 9 tiles
    assert left.sum() == 40 * 512
    assert (np.abs(left - left.mean()) < 4 * np.sqrt(40 * 512 * 8 / 81)).all()


def test_every_tile_is_as_likely_to_be_taken() -> None:
    counts = np.zeros(7)
    for index in range(700):
        taken = further_tiles(index.to_bytes(32, "big"), SMALL, 800 + 2 * 1024)
        assert len(taken) == 2
        counts[taken] += 1
    expected = np.full(7, 700 * 2 / 6)
    expected[SMALL.opening_tile] = 0
    assert (np.abs(counts - expected) < 4.5 * np.sqrt(700 * (1 / 3) * (2 / 3))).all()


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_wrong_roots_find_nothing(count: int) -> None:
    probabilities = sure(compose(b"for another", ROOT, 0, SMALL, chance())[0][1])
    for index in range(1, count + 1):
        with pytest.raises(NothingThere):
            read_header(probabilities, index.to_bytes(32, "little"), SMALL)


def test_wrong_headers_find_nothing() -> None:
    layout = Layout(896, 1024, 3, 0)
    probabilities = sure(flat(compose(bytes(range(256)), ROOT, 1, layout, chance())))
    rng = np.random.default_rng(0)
    for level in range(8):
        least = cost(16, level)
        lengths = rng.integers(16, room(layout.body_bits, level), 5)
        for length in lengths if least <= layout.body_bits else ():
            header = Header(bool(length % 2), level, int(length))
            bits = layout.slots(layout.tiles_needed(cost(header.length, level)))
            with pytest.raises(NothingThere):
                read_body(probabilities[:bits], header, ROOT, layout)


def test_a_header_that_promises_more_than_fits() -> None:
    large = Layout(896, 1024, 40, 0)
    message = np.random.default_rng(0).bytes(1024)
    opening = compose(message, ROOT, 0, large, chance())[0][1]
    assert read_header(sure(opening), ROOT, large).length == 1024 + 16
    with pytest.raises(NothingThere):
        read_header(sure(opening), ROOT, Layout(896, 1024, 2, 0))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), odd=st.sampled_from((np.nan, np.inf, -np.inf, 0.5, 2.0)))
def test_any_probabilities_find_nothing(seed: int, odd: float) -> None:
    rng = np.random.default_rng(seed)
    probabilities = rng.random(896 + 1024, np.float32)
    probabilities[rng.random(len(probabilities)) < rng.random()] = odd
    with pytest.raises(NothingThere):
        read_header(probabilities[:896], ROOT, SMALL)
    header = Header(True, 2, 150)
    with pytest.raises(NothingThere):
        read_body(probabilities, header, ROOT, SMALL)


def test_unknown_bits_are_corrected() -> None:
    probabilities = sure(flat(compose(b"still there", ROOT, 0, SMALL, chance())))
    places = body_places(ROOT, SMALL, cost(11 + 16, 0))
    probabilities[places[-96:]] = np.nan  # 12 bytes, where 8 errors can be borne
    probabilities[header_places(ROOT, SMALL)[:16]] = np.nan  # 2 bytes
    assert read(probabilities, ROOT, SMALL) == b"still there"


def test_a_message_that_does_not_fit() -> None:
    layout = Layout(896, 1024, 1, 0)
    most = room(800, 0)
    message = np.random.default_rng(0).bytes(most - 16)
    assert read(sure(flat(compose(message, ROOT, 0, layout))), ROOT, layout) == message
    rule = f"the payload takes {cost(most + 1, 0)} bits, but the image has room for 800"
    with pytest.raises(ValueError, match=rule):
        compose(message + b"\0", ROOT, 0, layout)


def test_wrong_sizes() -> None:
    for count in (0, 895, 897):
        with pytest.raises(ValueError, match=rf"have shape \({count},\), but must have \(896,\)"):
            read_header(np.zeros(count, np.float32), ROOT, SMALL)
    with pytest.raises(ValueError, match=r"must have \(896,\)"):
        read_header(np.zeros((28, 32), np.float32), ROOT, SMALL)
    with pytest.raises(ValueError, match=r"must have \(1920,\)"):
        read_body(np.zeros(896, np.float32), Header(False, 0, 150), ROOT, SMALL)
    with pytest.raises(ValueError, match="room for"):
        read_body(np.zeros(896, np.float32), Header(False, 0, 5000), ROOT, SMALL)


@pytest.mark.parametrize(
    "values", [(95, 1, 1, 0), (96, 0, 1, 0), (96, 1, 0, 0), (96, 1, 3, 3), (96, 1, 3, -1)]
)
def test_layouts_out_of_range(values: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"is -?\d+, but must be"):
        Layout(*values)

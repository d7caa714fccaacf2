"""The key exchange against published values, and openings that look like random bytes."""

from __future__ import annotations

import os
from collections import Counter

import curve
import monocypher
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystego_tf.payload import exchange

SECRET = bytes(range(32))
PUBLIC = exchange.public_of(SECRET)

#: The x coordinates of all points of low order, canonical.
LOW_ORDER = [
    0,
    1,
    curve.PRIME - 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
]


def little(number: int) -> bytes:
    return number.to_bytes(32, "little")


def test_the_plain_curve_is_that_of_rfc_7748() -> None:
    # section 6.1
    alice = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    bob = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    agreed = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    assert exchange.public_of(alice).hex() == public
    scalar = int.from_bytes(bob, "little") & ~7 & (2**254 - 1) | 2**254
    point = int.from_bytes(bytes.fromhex(public), "little")
    assert little(curve.affine(curve.multiplied(scalar, point))).hex() == agreed


# RFC 9380, appendix J.4.2: curve25519_XMD:SHA-512_ELL2_NU_, u and the x coordinate of Q
@pytest.mark.parametrize(
    ("number", "x"),
    [
        (
            0x608D892B641F0328523802A6603427C26E55E6F27E71A91A478148D45B5093CD,
            0x51125222DA5E763D97F3C10FCC92EA6860B9CCBBD2EB1285728F566721C1E65B,
        ),
        (
            0x46F5B22494BFEAA7F232CC8D054BE68561AF50230234D7D1D63D1D9ABECA8DA5,
            0x7D56D1E08CB0CCB92BAF069C18C49BB5A0DCD927EFF8DCF75CA921EF7F3E6EEB,
        ),
        (
            0x235FE40C443766CE7E18111C33862D66C3B33267EFA50D50F9E8E5D252A40AAA,
            0x3FBE66B9C9883D79E8407150E7C2A1C8680BEE496C62FABE4619A72B3CABE90F,
        ),
    ],
)
def test_the_map_is_that_of_rfc_9380(number: int, x: int) -> None:
    # the map takes a number and its negative to one point: openings stand for the smaller
    opening = little(min(number, curve.PRIME - number))
    assert curve.elligator(opening) == x
    ephemeral, agreed = x, exchange.decapsulate(opening, SECRET)
    scalar = int.from_bytes(SECRET, "little") & ~7 & (2**254 - 1) | 2**254
    assert agreed == little(curve.affine(curve.multiplied(scalar, ephemeral)))


@given(opening=st.binary(min_size=32, max_size=32))
def test_any_opening_stands_for_a_point(opening: bytes) -> None:
    point = curve.elligator(opening)
    assert curve.is_on_curve(point)
    assert monocypher.elligator_map(opening) == little(point)
    try:
        assert len(exchange.decapsulate(opening, SECRET)) == 32
    except ValueError as error:
        assert "low order" in str(error)


def test_both_sides_agree_and_others_do_not() -> None:
    for _ in range(20):
        opening, agreed = exchange.encapsulate(PUBLIC)
        assert exchange.decapsulate(opening, SECRET) == agreed
        assert exchange.decapsulate(opening, bytes(32)) != agreed
    assert exchange.encapsulate(PUBLIC)[0] != exchange.encapsulate(PUBLIC)[0]


def test_a_seed_fixes_the_opening() -> None:
    assert exchange.encapsulate(PUBLIC, SECRET) == exchange.encapsulate(PUBLIC, SECRET)


def test_openings_are_of_the_whole_curve_and_of_all_bits() -> None:
    """Each expectation with five standard errors; benchmarks/openings.py takes 20,000."""
    count = 200
    openings = [exchange.encapsulate(PUBLIC)[0] for _ in range(count)]
    bits = np.unpackbits(np.frombuffer(b"".join(openings), np.uint8)).reshape(count, 256)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 5 * 0.5 / count**0.5
    orders = Counter(curve.low_order(curve.elligator(opening)) for opening in openings)
    for order, share in ((1, 1 / 8), (2, 1 / 8), (4, 1 / 4), (8, 1 / 2)):
        assert abs(orders[order] / count - share) < 5 * (share * (1 - share) / count) ** 0.5
    plain = [exchange.public_of(os.urandom(32)) for _ in range(20)]
    assert {curve.low_order(int.from_bytes(key, "little")) for key in plain} == {1}


@pytest.mark.parametrize("point", LOW_ORDER)
def test_points_of_low_order_are_refused(point: int) -> None:
    assert curve.multiplied(8, point)[1] == 0
    with pytest.raises(ValueError, match="must not be a point of low order"):
        exchange.check_public(little(point))
    with pytest.raises(ValueError, match="must not be a point of low order"):
        exchange.encapsulate(little(point))


def test_an_opening_of_low_order_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be a point of low order"):
        exchange.decapsulate(bytes(32), SECRET)  # r = 0 stands for (0, 0)


@pytest.mark.parametrize("number", [curve.PRIME, curve.PRIME + 9, 2**255 - 1, 2**255 + 9])
def test_keys_that_are_not_canonical_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="must be canonical"):
        exchange.check_public(little(number))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_other_lengths_are_refused(length: int) -> None:
    for call in (
        lambda: exchange.public_of(bytes(length)),
        lambda: exchange.check_public(bytes(length)),
        lambda: exchange.decapsulate(bytes(length), SECRET),
    ):
        with pytest.raises(ValueError, match=f"has {length} bytes, but must have 32"):
            call()

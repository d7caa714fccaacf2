"""Locators, openings and roots against docs/format.md, computed with hashlib and hmac alone."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_derivation import hkdf_reference

from keystego_tf.payload import schedule
from keystego_tf.payload.exchange import decapsulate
from keystego_tf.payload.keys import Passphrase, SecretKey, SharedKey

OPENING = bytes(range(16))
SHARED = SharedKey(bytes(range(32)))
SECRET = SecretKey(bytes(range(32, 64)))
TEXT = "Größe über alles"


def stretched(text: str, salt: bytes) -> bytes:
    password = hashlib.sha256(b"keystego-tf 2 passphrase " + text.encode()).digest()
    return hashlib.scrypt(password, salt=salt, n=2**17, r=8, p=1, dklen=32, maxmem=2**28)


def test_of_a_shared_key() -> None:
    key = bytes(range(32))
    assert schedule.locator_of(SHARED) == hkdf_reference(key, b"", b"locator shared")
    expected = hkdf_reference(key, OPENING, b"root shared samples ")
    assert schedule.root_of(SHARED, "samples", OPENING) == expected


def test_of_a_passphrase_in_any_normal_form() -> None:
    key = Passphrase(unicodedata.normalize("NFD", TEXT))
    slow = stretched(TEXT, b"keystego-tf 2 locator")
    assert schedule.locator_of(key) == hkdf_reference(slow, b"", b"locator passphrase")
    slow = stretched(TEXT, OPENING)
    expected = hkdf_reference(slow, OPENING, b"root passphrase nets ")
    assert schedule.root_of(key, "nets", OPENING) == expected


def test_of_a_key_pair() -> None:
    public = SECRET.x25519_public
    expected = hkdf_reference(public, b"", b"locator pair")
    assert schedule.locator_of(SECRET) == schedule.locator_of(SECRET.public) == expected
    _, opening, root = schedule.begin(SECRET.public, "samples", bytes(range(200, 232)))
    agreed = decapsulate(opening, SECRET.x25519_secret)
    assert root == hkdf_reference(agreed, opening, b"root pair samples " + public)
    assert schedule.root_of(SECRET, "samples", opening) == root


def test_no_two_passphrases_meet_in_scrypt() -> None:
    """HMAC, which scrypt begins with, takes these for the same keys."""
    long = "x" * 65
    pairs = [("a", "a\0"), (long, hashlib.sha256(long.encode()).digest().decode("latin-1"))]
    assert stretched("a", OPENING) != stretched("a\0", OPENING)
    for one, other in pairs:
        assert schedule.root_of(Passphrase(one), "samples", OPENING) != schedule.root_of(
            Passphrase(other), "samples", OPENING
        )


def test_embedders_share_no_root() -> None:
    for key, opening in ((SHARED, OPENING), (SECRET, bytes(range(32)))):
        roots = {schedule.root_of(key, embedder, opening) for embedder in ("samples", "nets")}
        assert len(roots) == 2


@pytest.mark.parametrize("key", [SHARED, SECRET.public], ids=["shared", "public"])
def test_what_begins_is_fresh_and_for_its_owner_alone(key: object) -> None:
    own, other = (SHARED, SharedKey(bytes(32))) if key is SHARED else (SECRET, SecretKey(bytes(32)))
    drawn = [schedule.begin(key, "nets") for _ in range(20)]  # type: ignore[arg-type]
    assert len(set(drawn)) == len({root for _, _, root in drawn}) == 20
    for locator, opening, root in drawn:
        assert locator == schedule.locator_of(own)
        assert len(opening) == schedule.OPENING_BYTES[schedule.scheme_of(own)]
        assert schedule.root_of(own, "nets", opening) == root
        assert schedule.root_of(other, "nets", opening) != root


def test_schemes() -> None:
    keys = [Passphrase("a"), SHARED, SECRET, SECRET.public]
    assert [schedule.scheme_of(key) for key in keys] == ["symmetric"] * 2 + ["asymmetric"] * 2
    assert schedule.OPENING_BYTES == {"symmetric": 16, "asymmetric": 32}


@pytest.mark.parametrize("length", [0, 15, 17, 31, 33])
def test_an_opening_of_another_length_is_refused(length: int) -> None:
    for key in (Passphrase("a"), SHARED, SECRET):
        with pytest.raises(ValueError, match=f"the opening has {length} bytes, but must have"):
            schedule.root_of(key, "samples", bytes(length))


@given(opening=st.binary(min_size=32, max_size=32))
def test_any_opening_gives_a_root_or_a_value_error(opening: bytes) -> None:
    try:
        assert len(schedule.root_of(SECRET, "samples", opening)) == 32
    except ValueError as error:
        assert "low order" in str(error)

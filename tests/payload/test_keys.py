"""Keys: derivations, text forms that survive mail and betray mistakes, files, and no secret shown.

The texts are computed again with base64 and hashlib alone.
"""

from __future__ import annotations

import base64
import hashlib
import string

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from test_derivation import hkdf_reference

from keystego_tf.payload import keys
from keystego_tf.payload.keys import Passphrase, PublicKey, SecretKey, SharedKey

SHARED = SharedKey(bytes(range(0x40, 0x60)))
SECRET = SecretKey(bytes(range(0x20, 0x40)))
PUBLIC = SECRET.public
ALL = [SHARED, SECRET, PUBLIC]
KINDS = ["shared", "secret", "public"]

seeds = st.binary(min_size=32, max_size=32)
any_key = st.one_of(
    st.builds(SharedKey, seeds),
    st.builds(SecretKey, seeds),
    seeds.map(lambda seed: SecretKey(seed).public),
)


def text_reference(kind: str, body: bytes) -> str:
    word = f"keystego-{kind}-2"
    check = hashlib.sha256(f"{word} ".encode() + body).digest()[:4]
    coded = base64.b64encode(body + check).decode().translate(str.maketrans("+/", "-_"))
    return f"{word} {coded}"


def shows(text: str, secret: bytes) -> bool:
    """Whether a text holds 6 letters in a row of the secret: as hex, base64 or itself."""
    coded = [secret.hex(), base64.urlsafe_b64encode(secret).decode(), secret.decode("latin-1")]
    return any(form[i : i + 6] in text for form in coded for i in range(len(form) - 6))


def test_derivations() -> None:
    assert SECRET.x25519_secret == hkdf_reference(SECRET.seed, b"", b"x25519")
    private = X25519PrivateKey.from_private_bytes(SECRET.x25519_secret)
    assert SECRET.x25519_public == private.public_key().public_bytes_raw()
    assert PublicKey(SECRET.x25519_public) == PUBLIC


def test_generated_keys_differ() -> None:
    assert len({SharedKey.generate().secret for _ in range(20)}) == 20
    assert len({SecretKey.generate().seed for _ in range(20)}) == 20


def test_a_passphrase_is_nfc() -> None:
    assert Passphrase("e\u0301") == Passphrase("\u00e9")
    assert Passphrase("e\u0301").text == "\u00e9"
    assert Passphrase(" ").text == " "


@pytest.mark.parametrize("text", ["", "pass\udc80word", None, b"bytes"])
def test_a_passphrase_that_is_none_is_refused_without_being_shown(text: object) -> None:
    with pytest.raises(ValueError, match="the passphrase") as error:
        Passphrase(text)  # type: ignore[arg-type]
    assert "word" not in str(error.value)


@pytest.mark.parametrize("key", [Passphrase("open sesame"), SHARED, SECRET])
def test_a_repr_shows_no_secret(key: Passphrase | SharedKey | SecretKey) -> None:
    text = f"{key!r} {key}"
    assert not shows(text, b"open sesame")
    assert not shows(text, SHARED.secret)
    assert not shows(text, SECRET.seed)
    assert type(key).__name__ in text


def test_the_repr_of_a_public_key_is_its_fingerprint() -> None:
    text = repr(PUBLIC)
    assert keys.fingerprint(PUBLIC) in text and len(text) < 80


def test_text_forms() -> None:
    assert SHARED.to_text() == text_reference("shared", SHARED.secret)
    assert SECRET.to_text() == text_reference("secret", SECRET.seed)
    assert PUBLIC.to_text() == text_reference("public", PUBLIC.x25519)


@given(key=any_key)
def test_a_text_form_comes_back(key: SharedKey | SecretKey | PublicKey) -> None:
    text = key.to_text()
    assert text.isascii()
    assert not set(text) & set("\r\n")
    assert keys.parse(text) == key


@given(key=any_key, data=st.data())
def test_a_text_form_survives_wrapping(key: object, data: st.DataObject) -> None:
    text = key.to_text()  # type: ignore[attr-defined]
    body = text.rindex(" ") + 1
    blanks = st.text(alphabet=" \t\r\n", min_size=1, max_size=4)
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(body, len(text)))
        text = text[:at] + data.draw(blanks) + text[at:]
    text = data.draw(blanks) + text.replace(" ", data.draw(blanks), 1)
    assert keys.parse(text) == key


@pytest.mark.parametrize("key", ALL, ids=KINDS)
def test_every_change_of_one_letter_is_noticed(key: SharedKey | SecretKey | PublicKey) -> None:
    text = key.to_text()
    changed = [text[:at] + text[at + 1 :] for at in range(len(text))]
    changed += [
        text[:at] + letter + text[at + width :]
        for at in range(len(text))
        for letter in string.printable + "\x00=\x7f\u00e9"
        for width in (0, 1)
    ]
    changed += [text[:at] + text[at : at + 2][::-1] + text[at + 2 :] for at in range(len(text) - 1)]
    refused = []
    for other in changed:
        try:
            assert keys.parse(other) == key
            assert "".join(other.split()) == "".join(text.split())
        except ValueError as error:
            refused.append(str(error))
    assert len(refused) > 0.8 * len(changed)
    assert not any(shows(message, text.split()[-1].encode()) for message in set(refused))


@given(text=st.text(max_size=400) | any_key.map(lambda key: key.to_text()[:-1] + "="))
def test_other_text_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        keys.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must begin with"),
        ("keystego-shared-3 AAAA", "must begin with"),
        ("keystego-shared-2", "has 0 characters of base64url, but must have 48"),
        (SHARED.to_text() + "A", "has 49 characters of base64url, but must have 48"),
        (SHARED.to_text()[:-1] + "+", "holds a character that is not of base64url"),
        (SHARED.to_text().replace("shared", "secret"), "the wrong checksum"),
        (text_reference("public", bytes(32)), "must not be a point of low order"),
        (text_reference("public", b"\xff" * 32), "must be canonical"),
        (PUBLIC.to_text() + " " * 4096, "at most 4096 characters of ASCII"),
    ],
)
def test_what_is_wrong_with_a_text_is_said(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        keys.parse(text)


@pytest.mark.parametrize("value", [b"\xab" * 31, b"\xab" * 33, "\xab" * 32, None])
def test_bytes_are_checked_and_not_shown(value: bytes) -> None:
    for kind in (SharedKey, SecretKey, PublicKey):
        with pytest.raises(ValueError, match=r"but must be 32 bytes") as error:
            kind(value)
        assert "\xab" not in str(error.value)
        assert "xab" not in str(error.value)


def test_fingerprints() -> None:
    digests = {
        PUBLIC: hkdf_reference(PUBLIC.x25519, b"", b"fingerprint public"),
        SHARED: hkdf_reference(SHARED.secret, b"", b"fingerprint shared"),
    }
    for key, digest in digests.items():
        groups = keys.fingerprint(key).split(" ")
        assert [len(group) for group in groups] == [5] * 6
        assert "".join(groups) == str(int(digest.hex(), 16))[-30:]

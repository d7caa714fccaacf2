"""HPKE against the RFC's test vectors and against another implementation of it."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from keystego_tf.payload import hpke

INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")

# RFC 9180, appendix A.7.1: base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, export-only
EPHEMERAL = bytes.fromhex("095182b502f1f91f63ba584c7c3ec473d617b8b4c2cec3fad5af7fa6748165ed")
ENC = bytes.fromhex("e5e8f9bfff6c2f29791fc351d2c25ce1299aa5eaca78a757c0b4fb4bcd830918")
SECRET = bytes.fromhex("33d196c830a12f9ac65d6e565a590d80f04ee9b19c83c87f2c170d972a812848")
PUBLIC = bytes.fromhex("194141ca6c3c3beb4792cd97ba0ea1faff09d98435012345766ee33aae2d7664")
SHARED = "e81716ce8f73141d4f25ee9098efc968c91e5b8ce52ffff59d64039e82918b66"
CONTEXT = (
    "009bd09219212a8cf27c6bb5d54998c5240793a70ca0a892234bd5e082bc619b6a3f4c22aa6d9a0424c2b4292fdf43"
    "b8257df93c2f6adbf6ddc9c64fee26bdd292"
)
SCHEDULE_SECRET = "04d64e0620aa047e9ab833b0ebcd4ff026cefbe44338fd7d1a93548102ee01af"
EXPORTER = "79dc8e0509cf4a3364ca027e5a0138235281611ca910e435e8ed58167c72f79b"
EXPORTS = {
    b"": "7a36221bd56d50fb51ee65edfd98d06a23c4dc87085aa5866cb7087244bd2a36",
    b"\x00": "d5535b87099c6c3ce80dc112a2671c6ec8e811a2f284f948cec6dd1708ee33f0",
    b"TestContext": "ffaabc85a776136ca0c378e5d084c9140ab552b78f039d2e8775f26efff4c70e",
}

#: u coordinates of points whose multiples by any secret key are zero (RFC 7748, section 6.1).
LOW_ORDER = [
    value.to_bytes(32, "little") for value in (0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18)
]


def test_the_senders_side_of_the_rfc() -> None:
    enc, exporter = hpke.encapsulate(PUBLIC, INFO, EPHEMERAL)
    assert enc == ENC
    assert exporter.secret.hex() == EXPORTER
    assert {context: exporter.export(context, 32).hex() for context in EXPORTS} == EXPORTS


def test_the_receivers_side_of_the_rfc() -> None:
    assert hpke.public_of(SECRET) == PUBLIC
    assert hpke.kem_secret(ENC, SECRET).hex() == SHARED
    secret, context = hpke.key_schedule(bytes.fromhex(SHARED), INFO, hpke.EXPORT_ONLY)
    assert (secret.hex(), context.hex()) == (SCHEDULE_SECRET, CONTEXT)
    exporter = hpke.decapsulate(ENC, SECRET, INFO)
    assert {context: exporter.export(context, 32).hex() for context in EXPORTS} == EXPORTS


def test_cryptographys_own_hpke_agrees() -> None:
    theirs = pytest.importorskip("cryptography.hazmat.primitives.hpke")
    suite = theirs.Suite(theirs.KEM.X25519, theirs.KDF.HKDF_SHA256, theirs.AEAD.CHACHA20_POLY1305)
    sent = suite.encrypt(b"to be read", X25519PublicKey.from_public_bytes(PUBLIC), info=INFO)
    enc, ciphertext = sent[:32], sent[32:]
    shared = hpke.kem_secret(enc, SECRET)
    secret, context = hpke.key_schedule(shared, INFO, 0x0003)
    name = hpke.hpke_suite(0x0003)
    key = hpke.labeled_expand(name, secret, b"key", context, 32)
    nonce = hpke.labeled_expand(name, secret, b"base_nonce", context, 12)
    assert ChaCha20Poly1305(key).decrypt(nonce, ciphertext, b"") == b"to be read"


@given(secret=st.binary(min_size=32, max_size=32), info=st.binary(max_size=40))
def test_both_sides_have_the_same_and_nobody_else(secret: bytes, info: bytes) -> None:
    enc, exporter = hpke.encapsulate(hpke.public_of(secret), info)
    value = exporter.export(b"use", 40)
    assert len(value) == 40
    assert hpke.decapsulate(enc, secret, info).export(b"use", 40) == value
    assert hpke.decapsulate(enc, secret, info + b"!").export(b"use", 40) != value
    assert hpke.decapsulate(enc, SECRET, info).export(b"use", 40) != value or secret == SECRET
    assert exporter.export(b"other use", 40) != value


def test_every_sender_has_an_ephemeral_key_of_its_own() -> None:
    assert len({hpke.encapsulate(PUBLIC, INFO)[0] for _ in range(20)}) == 20


@pytest.mark.parametrize("point", LOW_ORDER, ids=lambda point: point.hex()[:4])
def test_a_point_of_low_order_is_refused(point: bytes) -> None:
    with pytest.raises(ValueError, match="low order"):
        hpke.encapsulate(point, INFO)
    with pytest.raises(ValueError, match="low order"):
        hpke.decapsulate(point, SECRET, INFO)


def test_a_secret_of_zeros_is_refused_where_the_library_lets_it_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Lax:
        def exchange(self, _: X25519PublicKey) -> bytes:
            return bytes(32)

    monkeypatch.setattr(hpke, "_private", lambda _: Lax())
    with pytest.raises(ValueError, match="low order"):
        hpke.decapsulate(ENC, SECRET, INFO)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_keys_of_another_length_are_refused_without_being_shown(length: int) -> None:
    wrong = b"\xab" * length
    for call in (
        lambda: hpke.encapsulate(wrong, INFO),
        lambda: hpke.encapsulate(PUBLIC, INFO, wrong),
        lambda: hpke.decapsulate(wrong, SECRET, INFO),
        lambda: hpke.decapsulate(ENC, wrong, INFO),
        lambda: hpke.public_of(wrong),
    ):
        with pytest.raises(ValueError, match=f"has {length} bytes, but must have 32") as error:
            call()
        assert "abab" not in str(error.value)


@pytest.mark.parametrize("length", [-1, 0, 8161, 65536])
def test_a_length_that_hkdf_cannot_give_is_refused(length: int) -> None:
    exporter = hpke.decapsulate(ENC, SECRET, INFO)
    with pytest.raises(ValueError, match=f"length is {length}, but must be in"):
        exporter.export(b"", length)
    with pytest.raises(ValueError, match=f"length is {length}, but must be in"):
        hpke.expand(bytes(32), b"", length)
    assert len(exporter.export(b"", 8160)) == 8160


def test_an_exporter_does_not_show_its_secret() -> None:
    assert repr(hpke.decapsulate(ENC, SECRET, INFO)) == "Exporter()"


@given(
    secret=st.binary(max_size=80),
    salt=st.binary(max_size=80),
    info=st.binary(max_size=80),
    length=st.integers(1, 200),
)
def test_hkdf_is_that_of_rfc_5869(secret: bytes, salt: bytes, info: bytes, length: int) -> None:
    # the empty salt is 32 zero bytes there
    key = hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()
    block, out = b"", b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.new(key, block + info + bytes([number]), hashlib.sha256).digest()
        out += block
    assert hpke.hkdf(secret, salt, info, length) == out[:length]

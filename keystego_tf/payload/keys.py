"""Define keys, their text forms, and their files.

A text form is one line of ASCII: a word for the kind, then the key and a checksum in base64url
without padding (RFC 4648, section 5). Line breaks and blanks that a mail program inserts are
ignored. No error text and no repr shows a secret, or any word of a text that may hold one.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Union

from ..io.files import write_whole
from .derivation import SECRET_BYTES, hkdf
from .exchange import check_public, public_of

CHECKSUM_BYTES = 4

#: Length in bytes of the longest text form that is read.
MOST_TEXT = 4096

SHARED, SECRET, PUBLIC = "keystego-shared-2", "keystego-secret-2", "keystego-public-2"


def _check_bytes(name: str, value: bytes) -> None:
    if not isinstance(value, bytes) or len(value) != SECRET_BYTES:
        received = f"{len(value)} bytes" if isinstance(value, bytes) else type(value).__name__
        raise ValueError(f"{name} is {received}, but must be {SECRET_BYTES} bytes")


@dataclass(frozen=True)
class Passphrase:
    """A passphrase, normalised to NFC: typing it on another keyboard gives the same key."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text:
            raise ValueError("the passphrase must be text and not empty")
        if any("\ud800" <= character <= "\udfff" for character in self.text):
            raise ValueError("the passphrase holds half a character: it was not read as UTF-8")
        object.__setattr__(self, "text", unicodedata.normalize("NFC", self.text))


@dataclass(frozen=True)
class SharedKey:
    """A key that both sides have: ``secret``, 32 bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_bytes("the shared key", self.secret)

    @classmethod
    def generate(cls) -> SharedKey:
        return cls(secrets.token_bytes(SECRET_BYTES))

    def to_text(self) -> str:
        """Return the text form, without a final line break."""
        return _to_text(SHARED, self.secret)


@dataclass(frozen=True)
class SecretKey:
    """The secret half of a key pair: ``seed``, 32 bytes."""

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_bytes("the seed", self.seed)

    @classmethod
    def generate(cls) -> SecretKey:
        return cls(secrets.token_bytes(SECRET_BYTES))

    @cached_property
    def x25519_secret(self) -> bytes:
        """The secret key of X25519: 32 bytes."""
        return hkdf(self.seed, b"", b"x25519")

    @cached_property
    def x25519_public(self) -> bytes:
        """The public key of X25519: 32 bytes."""
        return public_of(self.x25519_secret)

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.x25519_public)

    def to_text(self) -> str:
        """Return the text form, without a final line break."""
        return _to_text(SECRET, self.seed)


@dataclass(frozen=True)
class PublicKey:
    """The public half of a key pair: ``x25519``, 32 bytes, canonical and not of low order."""

    x25519: bytes

    def __post_init__(self) -> None:
        _check_bytes("the X25519 key", self.x25519)
        check_public(self.x25519)

    def __repr__(self) -> str:
        """Show the fingerprint, which users compare."""
        return f"PublicKey(fingerprint={fingerprint(self)!r})"

    def to_text(self) -> str:
        """Return the text form, without a final line break."""
        return _to_text(PUBLIC, self.x25519)


KeyWithText = Union[SharedKey, SecretKey, PublicKey]

_KINDS: dict[str, type[SharedKey] | type[SecretKey] | type[PublicKey]] = {
    SHARED: SharedKey,
    SECRET: SecretKey,
    PUBLIC: PublicKey,
}


def fingerprint(key: PublicKey | SharedKey) -> str:
    """Return 30 digits in 6 groups of 5, to compare by voice; they do not reveal a shared key."""
    if isinstance(key, SharedKey):
        digest = hkdf(key.secret, b"", b"fingerprint shared")
    else:
        digest = hkdf(key.x25519, b"", b"fingerprint public")
    digits = f"{int.from_bytes(digest, 'big') % 10**30:030d}"
    return " ".join(digits[start : start + 5] for start in range(0, 30, 5))


def _checksum(kind: str, body: bytes) -> bytes:
    return hashlib.sha256(f"{kind} ".encode("ascii") + body).digest()[:CHECKSUM_BYTES]


def _to_text(kind: str, body: bytes) -> str:
    return f"{kind} {base64.urlsafe_b64encode(body + _checksum(kind, body)).decode('ascii')}"


def parse(text: str) -> KeyWithText:
    """Read a key from its text form; the ValueError names the broken rule but shows no text."""
    if len(text) > MOST_TEXT or not text.isascii():
        raise ValueError(f"a key must be at most {MOST_TEXT} characters of ASCII")
    kind, *words = text.split() or [""]
    if kind not in _KINDS:
        raise ValueError(f"a key must begin with {SHARED}, {SECRET} or {PUBLIC}")
    return _KINDS[kind](_decode(kind, "".join(words)))


def _decode(kind: str, coded: str) -> bytes:
    # 36 bytes make exactly 48 characters, without padding or unused bits
    count = (SECRET_BYTES + CHECKSUM_BYTES) * 8 // 6
    if len(coded) != count:
        raise ValueError(f"{kind} has {len(coded)} characters of base64url, but must have {count}")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", coded):
        raise ValueError(f"{kind} holds a character that is not of base64url")
    content = base64.urlsafe_b64decode(coded)
    body = content[:-CHECKSUM_BYTES]
    if content != body + _checksum(kind, body):
        raise ValueError(f"{kind} has the wrong checksum: some character of it was changed")
    return body


def load_any(path: Path) -> KeyWithText:
    """Load the key in a file, of any kind; raises as ``load_key`` does.

    The file is read once, because it may be a pipe.
    """
    with open(path, "rb") as file:
        content = file.read(MOST_TEXT + 1)
    try:
        return parse(content.decode("ascii", "replace"))
    except ValueError as error:
        raise ValueError(f"{path} holds no key, or a damaged one: {error}") from None


def load_key(path: Path) -> SharedKey | SecretKey:
    """Load the key to read with from its file.

    Raises ValueError, naming the file and the rule, if the file holds no such key, and OSError if
    it cannot be read.
    """
    key = load_any(path)
    if isinstance(key, PublicKey):
        raise ValueError(
            f"{path} is the public half of a key pair, for others to hide with; reading takes the "
            f"secret half ({SECRET})"
        )
    return key


def load_public(path: Path) -> PublicKey:
    """Load the public key to hide with from its file; raises as ``load_key`` does."""
    key = load_any(path)
    if not isinstance(key, PublicKey):
        kind = "a shared key" if isinstance(key, SharedKey) else "the secret half of a key pair"
        raise ValueError(f"{path} is {kind}, but must be a public key ({PUBLIC})")
    return key


def write_secret(path: Path, text: str) -> None:
    """Write a secret or shared key's text to a new file that only its owner may read (0600).

    Raises FileExistsError instead of overwriting a file. Nothing stays of a file that could not be
    written in full.
    """
    _write_new(path, text, 0o600)
    path.chmod(0o600)  # a umask may have removed rights of the owner


def write_pair(stem: Path, secret: SecretKey) -> tuple[Path, Path]:
    """Write ``NAME.key`` and ``NAME.pub``, both or neither, and return their paths.

    Raises FileExistsError if either file exists, OSError if one cannot be written, and ValueError
    for a stem without a name.
    """
    if stem.name in ("", ".."):
        raise ValueError(f"the name of a key pair is {str(stem)!r}, but must end in a file name")
    paths = stem.with_name(f"{stem.name}.key"), stem.with_name(f"{stem.name}.pub")
    for path in paths:
        if os.path.lexists(path):
            raise _exists(path)
    write_secret(paths[0], secret.to_text())
    try:
        _write_new(paths[1], secret.public.to_text(), 0o644)  # less the umask
    except BaseException:
        os.unlink(paths[0])
        raise
    return paths


def _exists(path: Path) -> FileExistsError:
    return FileExistsError(f"{path} exists, and keys are not overwritten: choose another name")


def _write_new(path: Path, text: str, mode: int) -> None:
    try:
        write_whole(path, text.encode("ascii") + b"\n", overwrite=False, mode=mode)
    except FileExistsError:
        raise _exists(path) from None

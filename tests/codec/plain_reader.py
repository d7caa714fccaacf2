"""A second reader of syndrome images, written from docs/format.md and nothing of the package.

NumPy and the standard library alone: X25519, Elligator 2 and ChaCha20 by the words of their
documents, slow and not in constant time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
import zlib
from collections.abc import Callable

import numpy as np

D = b"keystego-tf 2 "
PRIME, A = 2**255 - 19, 486662


def expand(secret: bytes, info: bytes) -> bytes:
    # HKDF-Expand of 32 bytes is one step of HMAC
    return hmac.digest(secret, D + info + b"\x01", "sha256")


def hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return expand(hmac.digest(salt, secret, "sha256"), info)


def chacha20(key: bytes, nonce: bytes, count: int) -> bytes:
    """RFC 8439, section 2.4, all blocks beside each other."""
    blocks = -(-count // 64)
    words = [*np.frombuffer(b"expand 32-byte k" + key, "<u4"), 0, *np.frombuffer(nonce, "<u4")]
    start = np.array(words, np.uint32)[:, None].repeat(blocks, axis=1)  # [16, blocks]
    start[12] = np.arange(blocks)
    s = start.copy()

    def turned(x: np.ndarray, by: int) -> np.ndarray:
        return x << np.uint32(by) | x >> np.uint32(32 - by)

    def quarter(a: int, b: int, c: int, d: int) -> None:
        for x, y, z, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] += s[y]
            s[z] = turned(s[z] ^ s[x], by)

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return (s + start).T.astype("<u4").tobytes()[:count]


def stream(secret: bytes, label: str, index: int, count: int) -> bytes:
    return chacha20(expand(secret, label.encode()), index.to_bytes(12, "little"), count)


def chosen(secret: bytes, label: str, total: int, count: int) -> np.ndarray:
    words = np.frombuffer(stream(secret, label, 0, 4 * total), "<u4")
    return np.argsort(words, kind="stable")[:count]


def x25519(secret: bytes, u: int) -> bytes:
    """RFC 7748, section 5."""
    number = int.from_bytes(secret, "little")
    scalar = number & ~7 & (2**255 - 1) | 2**254
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for at in range(254, -1, -1):
        bit = scalar >> at & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % PRIME, u * (da - cb) ** 2 % PRIME
        x2, z2 = aa * bb % PRIME, e * (aa + 121665 * e) % PRIME
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little")


def decoded(opening: bytes) -> int:
    """The u coordinate that an opening stands for."""
    r = int.from_bytes(opening, "little") % 2**254
    u = -A * pow(1 + 2 * r * r, PRIME - 2, PRIME) % PRIME
    square = pow(u**3 + A * u * u + u, (PRIME - 1) // 2, PRIME) in (0, 1)
    return u if square else (-A - u) % PRIME


def stretched(text: str, salt: bytes) -> bytes:
    password = hashlib.sha256(D + b"passphrase " + unicodedata.normalize("NFC", text).encode())
    return hashlib.scrypt(password.digest(), salt=salt, n=2**17, r=8, p=1, dklen=32, maxmem=2**28)


def schedule(key: str) -> tuple[bytes, int, Callable[[bytes], bytes]]:
    """Locator, bytes of an opening, and how a root comes of it; key: its text, or a passphrase."""
    kind, _, coded = key.partition(" ")
    if kind not in ("keystego-shared-2", "keystego-secret-2"):
        locator = hkdf(stretched(key, D + b"locator"), b"", b"locator passphrase")
        info = b"root passphrase samples "
        return locator, 16, lambda opening: hkdf(stretched(key, opening), opening, info)
    body = base64.urlsafe_b64decode(coded)
    secret, checksum = body[:32], body[32:]
    assert hashlib.sha256(kind.encode() + b" " + secret).digest()[:4] == checksum
    if kind == "keystego-shared-2":
        locator = hkdf(secret, b"", b"locator shared")
        return locator, 16, lambda opening: hkdf(secret, opening, b"root shared samples ")
    own = hkdf(secret, b"", b"x25519")
    public = x25519(own, 9)
    return (
        hkdf(public, b"", b"locator pair"),
        32,
        lambda opening: hkdf(
            x25519(own, decoded(opening)), opening, b"root pair samples " + public
        ),
    )


def columns(size: int) -> list[list[int]]:
    label = f"keystego-tf syndrome columns {size} {({3: 24, 4: 1, 10: 12}).get(size, 0)}"
    content = hashlib.shake_256(label.encode()).digest(4096)
    made: list[list[int]] = []
    for at in range(0, 4096, 8):
        column = [byte % 3 for byte in content[at : at + 8]]
        column[0], column[7] = 1, column[7] or 1
        if column not in made:
            made.append(column)
    return made[:size]


def trits_least(count: int) -> int:
    return next(trits for trits in range(2 * count + 1) if 3**trits >= 2**count)


def lengths_of(count: int, opening: bool) -> tuple[list[int], list[int]]:
    """Bits and trits of every group."""
    sizes = [count] if opening else [19] * (count // 19) + [count % 19] * (count % 19 > 0)
    return sizes, [trits_least(size) + 15 * opening for size in sizes]


def carried(samples: np.ndarray, count: int, opening: bool = False) -> str:
    """The bits that samples carry, as a text of 0 and 1."""
    sizes, lengths = lengths_of(count, opening)
    n, m = len(samples), sum(lengths)
    size = min(-(-n // m), 32 if m <= 65536 else 12)
    trits, table = [0] * m, columns(size)
    for block in range(m):
        start, end = -(-block * n // m), -(-(block + 1) * n // m)
        for k, sample in enumerate(samples[start:end].tolist()):
            for reach in range(8):
                trits[(block + reach) % m] += sample * table[k % size][reach]
    bits, at = "", 0
    for wide, length in zip(sizes, lengths):
        number = sum(trit % 3 * 3**i for i, trit in enumerate(trits[at : at + length]))
        bits += f"{number % 2**wide:0{wide}b}"
        at += length
    return bits


def to_bytes(bits: str, mask: bytes) -> bytes:
    return bytes(int(bits[8 * i : 8 * i + 8], 2) ^ byte for i, byte in enumerate(mask))


def read(image: np.ndarray, key: str) -> bytes | None:
    """The message in samples [H, W, C], or None."""
    if image.shape[2] == 3 and (image == image[..., :1]).all():
        image = image[..., :1]
    locator, length, root_of = schedule(key)
    flat, total, bits = image.reshape(-1), image.size, 8 * length
    first = chosen(locator, "samples opening samples", total, min(64 * bits, total // 4))
    mask = stream(locator, "samples opening", 0, length)
    root = root_of(to_bytes(carried(flat[first], bits, opening=True), mask))
    order = chosen(root, "samples", total, total)
    order = order[~np.isin(order, first)]
    head = min(64 * 32, total // 16)
    header = to_bytes(carried(flat[order[:head]], 32), stream(root, "whitening", 0, 4))
    size, left = int.from_bytes(header[1:], "big"), len(order) - head
    if header[0] & 0xF7 != 0x20 or size < 32 or sum(lengths_of(8 * size, False)[1]) > left // 3:
        return None
    body = order[head:][: min(64 * 8 * size, left)]
    mask = stream(root, "whitening", 0, 4 + size)[4:]
    sealed = to_bytes(carried(flat[body], 8 * size), mask)
    content, tag = sealed[:-32], sealed[-32:]
    if tag != hmac.digest(expand(root, b"tag"), header + content, "sha256"):
        return None
    pairs = zip(content, stream(root, "message", 0, len(content)))
    content = bytes(a ^ b for a, b in pairs)
    return zlib.decompress(content, wbits=-15) if header[0] & 8 else content

"""Sections 3, 5 and 6 of docs/format.md by plain loops, to hold the package to."""

from __future__ import annotations

import hmac

import reedsolo
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20


def derive(root: bytes, label: str) -> bytes:
    # HKDF-Expand of 32 bytes is one step of HMAC
    return hmac.digest(root, b"keystego-tf 1 " + label.encode() + b"\x01", "sha256")


def stream(root: bytes, label: str, index: int, count: int) -> bytes:
    counter_and_nonce = bytes(4) + index.to_bytes(12, "little")
    algorithm = ChaCha20(derive(root, label), counter_and_nonce)
    return Cipher(algorithm, mode=None).encryptor().update(bytes(count))


def order(root: bytes, label: str, count: int) -> list[int]:
    content = stream(root, label, 0, 8 * count)
    words = [int.from_bytes(content[8 * i : 8 * i + 8], "little") for i in range(count)]
    return sorted(range(count), key=words.__getitem__)


def blocks(data: bytes, parity: int) -> list[bytes]:
    """The data of every block."""
    count = 0
    while count * (255 - parity) < len(data):
        count += 1
    cut, start = [], 0
    for index in range(count):
        longer = index < len(data) - count * (len(data) // count)
        end = start + len(data) // count + (1 if longer else 0)
        cut.append(data[start:end])
        start = end
    return cut


def encode(data: bytes, parity: int) -> bytes:
    codec = reedsolo.RSCodec(parity, fcr=0, prim=0x11D, generator=2)
    return b"".join(bytes(codec.encode(block)) for block in blocks(data, parity))


def bits(content: bytes) -> list[int]:
    return [byte >> place & 1 for byte in content for place in range(7, -1, -1)]


def whitened(coded: bytes, root: bytes, label: str) -> bytes:
    return bytes(a ^ b for a, b in zip(coded, stream(root, label, 0, len(coded))))


def tiles_of_bits(
    coded_header: bytes,
    coded_body: bytes,
    root: bytes,
    slots: tuple[int, int],
    tiles: int,
    opening_tile: int,
) -> dict[int, dict[int, int]]:
    """tile -> slot -> bit, the opening tile first; slots left over are not in it.

    ``slots``: body slots of the opening tile and of any other.
    """
    opening_slots, tile_slots = slots
    found: dict[int, dict[int, int]] = {opening_tile: {}}
    header_bits = bits(whitened(coded_header, root, "header"))
    for bit, slot in zip(header_bits, order(root, "header places", opening_slots)):
        found[opening_tile][slot] = bit
    numbered = [(opening_tile, s) for s in range(opening_slots) if s not in found[opening_tile]]
    body_bits = bits(whitened(coded_body, root, "body"))
    for tile in order(root, "tiles", tiles):
        if tile != opening_tile and len(numbered) < len(body_bits):
            numbered += [(tile, slot) for slot in range(tile_slots)]
            found[tile] = {}
    for bit, number in zip(body_bits, order(root, "body places", len(numbered))):
        tile, slot = numbered[number]
        found[tile][slot] = bit
    return found

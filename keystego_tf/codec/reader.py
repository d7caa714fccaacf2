"""Reveal a message: find the opening, then read the header and the body behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from numpy.typing import NDArray

from ..embedders.embedder import Embedder, Opening
from ..payload.code import Spent
from ..payload.frame import NothingThere
from ..payload.keys import PublicKey
from ..payload.layout import body_bits, header_bits, read_body, read_header
from ..payload.schedule import OPENING_BYTES, ReaderKey, locator_of, root_of, scheme_of
from .carriers import Opened, carrier


def first_message(
    embedders: Iterable[Embedder], opened: Opened, key: ReaderKey, locator: bytes
) -> bytes:
    """Return the first message for a key that any embedder reads, or raise NothingThere.

    ``locator`` is the key's. Deriving it from a passphrase takes some tenths of a second.
    """
    length = OPENING_BYTES[scheme_of(key)]
    for embedder in embedders:
        image = carrier(opened, embedder)
        if embedder.holds(image.shape, length) < header_bits(embedder.correction):
            continue
        roots: dict[bytes, bytes] = {}  # an opening may be read in several ways
        for opening in embedder.openings(image, locator, length):
            # a ValueError is NothingThere, or an opening that no sender makes
            with suppress(ValueError):
                root = roots.get(opening.content)
                if root is None:
                    root = root_of(key, embedder.identity, opening.content)
                    roots[opening.content] = root
                return read_message(embedder, image, opening, locator, root)[0]
    raise NothingThere


def first_openings(
    embedders: Iterable[Embedder], opened: Opened, key: PublicKey
) -> Iterator[tuple[str, bytes]]:
    """Yield each embedder's name and the likeliest opening that it reads under a public key."""
    locator, length = locator_of(key), OPENING_BYTES[scheme_of(key)]
    for embedder in embedders:
        image = carrier(opened, embedder)
        if embedder.holds(image.shape, length) >= 0:
            for opening in embedder.openings(image, locator, length):
                yield embedder.name, opening.content
                break


def read_message(
    embedder: Embedder, image: NDArray[Any], opening: Opening, locator: bytes, root: bytes
) -> tuple[bytes, Spent]:
    """Read the message behind an opening, and what correcting it took, or raise NothingThere."""
    code = embedder.correction
    head = header_bits(code)
    header = read_header(embedder.read(image, opening, locator, root, 0, head), root, code)
    count = body_bits(header.length, header.level, code)
    if head + count > embedder.holds(image.shape, len(opening.content)):
        raise NothingThere
    body = embedder.read(image, opening, locator, root, head, count)
    return read_body(body, header, root, code)

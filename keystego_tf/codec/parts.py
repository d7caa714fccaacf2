"""Split a message over several images, and join it again (docs/format.md, section 10).

A part is an ordinary message that begins with a header. Each image has its own keys and tag.
"""

from __future__ import annotations

import math
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ..embedders.embedder import DoesNotFit
from ..payload.frame import pack

#: The first bytes of a part; 1 is the version of what follows.
MARK = b"keystego part 1 "
#: The header: the mark, the name of the set, number and count.
HEADER = struct.Struct(">16s8sHH")
HEADER_BYTES, SET_BYTES = HEADER.size, 8

#: Least number of bytes that an image must hold to take a part.
LEAST_ROOM = HEADER_BYTES + 16

#: The largest number of parts of a message.
MOST = 2**16 - 1


class PartsMissing(ValueError):
    """Some parts of a message are missing; the error says which."""


@dataclass(frozen=True)
class Part:
    """Part ``number`` (from 1) of ``count`` parts of the message with the random name ``set``."""

    set: bytes
    number: int
    count: int
    content: bytes

    def to_bytes(self) -> bytes:
        """Return the part as it is hidden."""
        return HEADER.pack(MARK, self.set, self.number, self.count) + self.content

    @classmethod
    def of(cls, message: bytes) -> Part | None:
        """Read a revealed message as a part, or return None for a whole message."""
        if not message.startswith(MARK) or len(message) < HEADER_BYTES:
            return None
        _, name, number, count = HEADER.unpack_from(message)
        if not 1 <= number <= count:
            return None
        return cls(name, number, count, message[HEADER_BYTES:])


def whole(message: bytes) -> bytes:
    """Return a message as one image holds it: itself, or part 1 of 1 if it looks like a part."""
    if Part.of(message) is None:
        return message
    return Part(secrets.token_bytes(SET_BYTES), 1, 1, message).to_bytes()


def split(message: bytes, rooms: Sequence[int]) -> list[bytes]:
    """Cut a message into as few parts as possible, one for each image.

    Args:
        message: any bytes.
        rooms: how many bytes each image holds after deflating, in the order of the images; each at
            least LEAST_ROOM.

    Returns:
        The parts for the first images, or the message itself if the first image holds it.

    Raises:
        DoesNotFit: the message is longer than all images together hold.
    """
    alone = whole(message)
    if rooms and _takes(alone) <= rooms[0]:
        return [alone]
    name, rest = secrets.token_bytes(SET_BYTES), message
    chunks: list[bytes] = []
    for room in rooms[:MOST]:
        chunk = rest[: _fitting(rest, room, name, len(chunks) + 1)]
        chunks.append(chunk)
        rest = rest[len(chunk) :]
        if not rest:
            break
    if rest or not chunks:
        held = len(message) - len(rest)
        raise DoesNotFit(
            f"the message has {len(message):,} bytes, but the {len(rooms)} images hold {held:,} of "
            "it; take more or larger images"
        )
    return [
        Part(name, number, len(chunks), chunk).to_bytes() for number, chunk in enumerate(chunks, 1)
    ]


def _takes(message: bytes) -> float:
    """Return how many bytes a message takes after deflating; infinity if no image can hold it."""
    try:
        return len(pack(message).content)
    except ValueError:
        return math.inf


def _fitting(rest: bytes, room: int, name: bytes, number: int) -> int:
    """Find the most bytes of the rest whose part takes at most ``room`` bytes after deflating."""

    def fits(count: int) -> bool:
        # the true number of parts may deflate to a few more bytes
        return _takes(Part(name, number, MOST, rest[:count]).to_bytes()) + 8 <= room

    most = max(room, 1)
    while most < len(rest) and fits(most):
        most *= 2
    least, most = 0, min(most, len(rest))
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(middle) else (least, middle - 1)
    return least


def join(messages: Sequence[bytes]) -> bytes:
    """Join the revealed messages of several images, in any order; repeated parts do no harm.

    Raises:
        PartsMissing: some parts are missing; the error says which.
        ValueError: the parts belong to several messages.
    """
    if len(set(messages)) == 1 and Part.of(messages[0]) is None:
        return messages[0]
    parts = [part for part in map(Part.of, messages) if part]
    if len(parts) < len(messages):
        raise ValueError("the images hold messages of their own: reveal them one at a time")
    sets = len({each.set for each in parts})
    if sets != 1:
        raise ValueError(f"the images hold parts of {sets} messages: reveal those of each alone")
    found = {each.number: each for each in parts}
    count = max(each.count for each in found.values())
    missing = [number for number in range(1, count + 1) if number not in found]
    if missing:
        which = ", ".join(map(str, missing[:20])) + (", ..." if len(missing) > 20 else "")
        raise PartsMissing(
            f"the message has {count} parts, but {len(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing: {which}"
        )
    return b"".join(found[number].content for number in range(1, count + 1))

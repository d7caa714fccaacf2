"""The key that a user has, one bit off: what the nets' bits are then worth.

Nobody gives the nets a key himself. What he types or keeps in a file goes through the payload
layer's key derivation (docs/format.md, sections 2 and 3), which makes the nets' key of every tile
from it and from the image's opening. Here the opening is taken as read, and neither encryption nor
error correction stands before the bits: it is the nets' own that are counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Union

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..bundles.runner import Runner
from ..codec.tiles import body_key, to_bits, to_bytes
from ..metrics import statistics
from ..metrics.closing import Pixels
from ..metrics.statistics import Estimate
from ..payload.keys import SECRET_BYTES, Passphrase, SecretKey, SharedKey
from ..payload.root import OPENING_BYTES, begin, root_of
from .scheme import stack

#: Tiles of the passphrase: two derivations each, some tenths of a second and 128 MiB.
PASSPHRASES = 20
#: Random letters of a passphrase.
LETTERS = 16

Key = Union[SharedKey, SecretKey, Passphrase]


@dataclass(frozen=True)
class UserKeys:
    """Shares of 1: message bits that are read with the user's key, and with one bit of it turned
    over."""

    right: Estimate
    one_bit_off: Estimate


def one_bit_off(
    runner: Runner,
    generator: str,
    tiles: Iterable[Pixels],
    seed: int = 0,
    passphrases: int = PASSPHRASES,
    quiet: bool = True,
) -> dict[str, UserKeys]:
    """By kind of key: "key file", and "passphrase" in the symmetric scheme.

    runner: of the model; generator: its id (Model.generator); tiles: uint8 [TILE, TILE, C], each
    hidden in once for each kind, under a key, an opening and a message of its own; passphrases:
    tiles of that kind at most. Keys follow from the seed.
    """
    covers = stack(tiles)
    asymmetric = runner.agents.asymmetric
    kinds = {"key file": len(covers)}
    if not asymmetric and passphrases:
        kinds["passphrase"] = min(passphrases, len(covers))
    found = {}
    for number, (kind, count) in enumerate(kinds.items()):
        right, off = [], []
        for place in tqdm(range(count), desc=f"{kind} one bit off", disable=quiet, leave=False):
            rng = np.random.default_rng([seed, 13, number, place])
            if asymmetric:
                key: Key = SecretKey(rng.bytes(SECRET_BYTES), generator)
            elif kind == "passphrase":
                letters = rng.integers(ord("a"), ord("z"), LETTERS)
                key = Passphrase("".join(map(chr, letters)))
            else:
                key = SharedKey(rng.bytes(SECRET_BYTES))
            hits = _hits(runner, covers[place], key, rng)
            right.append(hits[0])
            off.append(hits[1])
        estimates = (statistics.bit_accuracy(np.stack(each)) for each in (right, off))
        found[kind] = UserKeys(*estimates)
    return found


def flipped(key: Key, rng: np.random.Generator) -> Key:
    """A key with one bit turned over: of 32 random bytes, or of a letter of a passphrase."""
    if isinstance(key, Passphrase):
        place = int(rng.integers(len(key.text)))
        letter = chr(ord(key.text[place]) ^ 1)  # the next letter of the alphabet, or the one before
        return Passphrase(key.text[:place] + letter + key.text[place + 1 :])
    mask = 1 << int(rng.integers(8 * SECRET_BYTES))
    if isinstance(key, SecretKey):
        return replace(key, seed=_turned(key.seed, mask))
    return replace(key, secret=_turned(key.secret, mask))


def _turned(content: bytes, mask: int) -> bytes:
    return (int.from_bytes(content, "big") ^ mask).to_bytes(len(content), "big")


def _hits(
    runner: Runner, cover: Pixels, key: Key, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which bits of a random message are read: with the key, and with one bit of it turned over."""
    rows, columns = runner.message_shape
    message = rng.integers(0, 2, rows * columns, dtype=np.uint8)
    opening, root = _begin(runner, key, rng)
    stego = runner.hide(cover, message, body_key(runner, root, 0)[1])
    roots = root_of(key, opening), root_of(flipped(key, rng), opening)
    right, off = (
        (runner.read(stego, *body_key(runner, each, 0)) > 0.5) == message for each in roots
    )
    return right, off


def _begin(runner: Runner, key: Key, rng: np.random.Generator) -> tuple[bytes, bytes]:
    """An opening, and the root that the sender has."""
    if isinstance(key, SecretKey):
        neural = to_bytes(runner.mask(to_bits(key.neural)))
        return begin(key.public(neural), rng.bytes(SECRET_BYTES))
    opening = rng.bytes(OPENING_BYTES["symmetric"])
    return opening, root_of(key, opening)

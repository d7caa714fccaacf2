"""Change one bit of the user's key, and count what the nets' bits are then worth.

Users do not give the nets a key directly. What a user types or keeps in a file goes through the
payload layer's key schedule (docs/format.md), which derives the nets' key from it and from the
image's opening. The nets' own bits are counted here: neither encryption nor error correction stands
before them.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Union

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..bundles.runner import Runner
from ..embedders.nets import BODY_KEY, NetEmbedder, tile_keys
from ..metrics import statistics
from ..metrics.agents import Pixels, stack
from ..metrics.statistics import Estimate
from ..payload.frame import xor
from ..payload.keys import SECRET_BYTES, Passphrase, SecretKey, SharedKey
from ..payload.schedule import OPENING_BYTES, begin, root_of

#: Number of tiles under a passphrase. Each takes two derivations of some tenths of a second and
#: 128 MiB.
PASSPHRASES = 20

#: Number of random letters in a passphrase.
LETTERS = 16

Key = Union[SharedKey, SecretKey, Passphrase]


@dataclass(frozen=True)
class UserKeys:
    """Shares of message bits that are read: with the user's key, and with one bit of it flipped."""

    right: Estimate
    one_bit_off: Estimate


def one_bit_off(
    runner: Runner,
    tiles: Iterable[Pixels],
    seed: int = 0,
    passphrases: int = PASSPHRASES,
    quiet: bool = True,
) -> dict[str, UserKeys]:
    """Measure by kind of key: "key file", and "passphrase" in the symmetric scheme.

    Keys follow from the seed.

    Args:
        runner: of the model.
        tiles: uint8 [TILE, TILE, C]. Each is hidden in once for each kind, under a key, an opening
            and a message of its own.
        seed: of keys and messages.
        passphrases: most tiles of that kind.
        quiet: show no progress bar.
    """
    covers = stack(tiles)
    kinds = {"key file": len(covers)}
    if not runner.agents.asymmetric and passphrases:
        kinds["passphrase"] = min(passphrases, len(covers))
    figures = {}
    for number, (kind, count) in enumerate(kinds.items()):
        hits = []
        for place in tqdm(range(count), desc=f"{kind} one bit off", disable=quiet, leave=False):
            rng = np.random.default_rng([seed, 13, number, place])
            key = _random_key(kind, runner.agents.asymmetric, rng)
            hits.append(_hits(runner, covers[place], key, rng))
        figures[kind] = UserKeys(*(statistics.bit_accuracy(np.stack(side)) for side in zip(*hits)))
    return figures


def flipped(key: Key, rng: np.random.Generator) -> Key:
    """Flip one bit of a key: of 32 random bytes, or of a letter of a passphrase."""
    if isinstance(key, Passphrase):
        place = int(rng.integers(len(key.text)))
        letter = chr(ord(key.text[place]) ^ 1)  # the next or previous character
        return Passphrase(key.text[:place] + letter + key.text[place + 1 :])
    mask = (1 << int(rng.integers(8 * SECRET_BYTES))).to_bytes(SECRET_BYTES, "big")
    if isinstance(key, SecretKey):
        return replace(key, seed=xor(key.seed, mask))
    return replace(key, secret=xor(key.secret, mask))


def _random_key(kind: str, asymmetric: bool, rng: np.random.Generator) -> Key:
    if kind == "passphrase":
        return Passphrase("".join(rng.choice(list(string.ascii_lowercase), LETTERS)))
    content = rng.bytes(SECRET_BYTES)
    return SecretKey(content) if asymmetric else SharedKey(content)


def _hits(
    runner: Runner, cover: Pixels, key: Key, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which bits of a random message are read: with the key, and with one bit flipped."""
    message = rng.integers(0, 2, math.prod(runner.message_shape), dtype=np.uint8)
    if isinstance(key, SecretKey):
        _, opening, _ = begin(key.public, NetEmbedder.identity, rng.bytes(SECRET_BYTES))
    else:
        opening = rng.bytes(OPENING_BYTES["symmetric"])
    roots = (root_of(each, NetEmbedder.identity, opening) for each in (key, flipped(key, rng)))
    right, off = (tile_keys(runner, root, BODY_KEY, 0) for root in roots)
    stego = runner.hide(cover, message, right[1])
    read, wrong = (runner.read(stego, *each) > 0.5 for each in (right, off))
    return read == message, wrong == message

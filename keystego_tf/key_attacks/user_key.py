"""The user's key, one bit off, and the public key in the place of Bob's mask.

Nobody gives the nets a key himself. What he types or keeps in a file goes through the payload
layer's key schedule (docs/format.md), which makes the nets' key from it and from the image's
nonce. Neither encryption nor error correction stands before the bits here: it is the nets' own that
are counted.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..bundles.runner import Bits, Runner
from ..embedders.nets import BODY_KEY, NetEmbedder, tile_keys
from ..metrics import statistics
from ..metrics.figures import Pixels
from ..metrics.statistics import Estimate
from ..payload.derivation import SECRET_BYTES
from ..payload.keys import Passphrase, SecretKey, SharedKey
from ..payload.schedule import OPENING_BYTES, ReaderKey, begin, root_of
from .scheme import stack

#: Tiles of the passphrase: two derivations each, some tenths of a second and 128 MiB.
PASSPHRASES = 20

#: Random letters of a passphrase.
LETTERS = 16


@dataclass(frozen=True)
class UserKeys:
    """Shares of 1: message bits that are read with the user's key, and with one bit of it turned
    over."""

    right: Estimate
    one_bit_off: Estimate


def one_bit_off(
    runner: Runner,
    tiles: Iterable[Pixels],
    seed: int = 0,
    passphrases: int = PASSPHRASES,
    quiet: bool = True,
) -> dict[str, UserKeys]:
    """By kind of key: "key file", and "passphrase" in the symmetric scheme.

    runner: of the model; tiles: uint8 [TILE, TILE, C], each hidden in once for each kind, under a
    key, a nonce and a message of its own; passphrases: tiles of that kind at most. Keys follow from
    the seed.
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


def flipped(key: ReaderKey, rng: np.random.Generator) -> ReaderKey:
    """A key with one bit turned over: of 32 random bytes, or of a letter of a passphrase."""
    if isinstance(key, Passphrase):
        place = int(rng.integers(len(key.text)))
        letter = chr(ord(key.text[place]) ^ 1)  # the next letter of the alphabet, or the one before
        return Passphrase(key.text[:place] + letter + key.text[place + 1 :])
    mask = 1 << int(rng.integers(8 * SECRET_BYTES))
    if isinstance(key, SecretKey):
        return replace(key, seed=_turned(key.seed, mask))
    return replace(key, secret=_turned(key.secret, mask))


def under_public_key(runner: Runner, tiles: Iterable[Pixels], seed: int = 0) -> Estimate | None:
    """What Bob reads where the public key itself is put in the place of his mask.

    That needs no secret key and no training. None in the symmetric scheme, which has no public key.
    """
    if not runner.agents.asymmetric:
        return None
    correct = []
    for place, cover in enumerate(stack(tiles)):
        rng = np.random.default_rng([seed, 10, place])
        public_key = runner.mask(_bits(rng, runner.key_shape))
        message = _bits(rng, runner.message_shape)
        stego = runner.hide(cover, message, public_key)
        correct.append((runner.read_under(stego, public_key) > 0.5) == message)
    return statistics.bit_accuracy(np.stack(correct))


def _bits(rng: np.random.Generator, shape: tuple[int, int]) -> Bits:
    return rng.integers(0, 2, shape[0] * shape[1], dtype=np.uint8)


def _random_key(kind: str, asymmetric: bool, rng: np.random.Generator) -> ReaderKey:
    if kind == "passphrase":
        return Passphrase("".join(rng.choice(list(string.ascii_lowercase), LETTERS)))
    content = rng.bytes(SECRET_BYTES)
    return SecretKey(content) if asymmetric else SharedKey(content)


def _turned(content: bytes, mask: int) -> bytes:
    return (int.from_bytes(content, "big") ^ mask).to_bytes(len(content), "big")


def _hits(
    runner: Runner, cover: Pixels, key: ReaderKey, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which bits of a random message are read: with the key, and with one bit of it turned over."""
    message = _bits(rng, runner.message_shape)
    if isinstance(key, SecretKey):
        nonce, _ = begin(key.public, NetEmbedder.identity, rng.bytes(SECRET_BYTES))
    else:
        nonce = rng.bytes(OPENING_BYTES["symmetric"])
    roots = (root_of(each, NetEmbedder.identity, nonce) for each in (key, flipped(key, rng)))
    right, off = (tile_keys(runner, root, BODY_KEY, 0) for root in roots)
    stego = runner.hide(cover, message, right[1])
    read, wrong = (runner.read(stego, *maps) > 0.5 for maps in (right, off))
    return read == message, wrong == message

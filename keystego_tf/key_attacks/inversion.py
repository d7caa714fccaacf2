"""Attack the public key: guess the secret key behind it, or do without.

The pK generator is public, so an attacker makes pairs of secret and public key at will. A public
bit depends on the secret bits of the 5 x 5 patch around it. Least squares therefore works on
patches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backend import keras, tf
from ..config import AgentsConfig
from ..data.bits import BitMap, random_bits
from ..methods.layers import LeakyReLU
from ..metrics import statistics
from ..metrics.agents import Pixels, answers, hidden, hits, masks, pooled, read, stack
from ..metrics.statistics import Estimate
from .learning import AttackConfig, Batch, learn, seeds

#: Number of keys that go through the generator at a time.
KEYS = 32
#: Reach of a patch to each side, and the weight of the ridge as a share of the number of patches.
REACH, RIDGE = 2, 1e-4

#: Maps public keys to guesses of their secret keys, [batch, rows, columns, 1] each.
Guess = Callable[[BitMap], BitMap]


@dataclass(frozen=True)
class Inversion:
    """Results of guessed secret keys: shares of 1, with intervals over keys or test images.

    ``key_bits_right``: bits of the secret key; ``public_bits_met``: bits of the public key that the
    guess reproduces; ``message_bits_right``: bits that Bob reads right with the guess.
    """

    key_bits_right: Estimate
    public_bits_met: Estimate
    message_bits_right: Estimate


def invert(
    agents: Any,
    config: AgentsConfig,
    tiles: Iterable[Pixels],
    options: AttackConfig,
    seed: int = 0,
    quiet: bool = True,
) -> dict[str, Inversion]:
    """Guess secret keys from public ones by least squares and by a small net, and use the guesses.

    Each attacker has pairs of his own and is tested on other keys. Seeds Keras.

    Args:
        agents: the agents under attack.
        config: gives the shapes of the maps.
        tiles: uint8 [H, W, C], all of one size.
        options: how hard the attackers try.
        seed: of keys, messages and attackers.
        quiet: show no progress bar.

    Returns:
        The results of ``least squares`` and of ``net``.
    """
    covers = stack(tiles)
    shape = config.key_shape(*covers.shape[1:3])

    def mask(secret_key: BitMap) -> BitMap:
        return masks(agents, secret_key)

    attackers: dict[str, Callable[[int], Guess]] = {
        "least squares": lambda own: least_squares(mask, shape, options.key_pairs, own),
        "net": lambda own: train_net(mask, shape, options, own, quiet),
    }
    found = {}
    for name, attacker in attackers.items():
        pairs = [(attacker(own), own) for own in seeds(options, seed)]
        keys = [bits_right(guess, mask, shape, options.test_keys, own) for guess, own in pairs]
        used = [use_guess(agents, config, covers, guess, own) for guess, own in pairs]
        met, message = (pooled([each[i] for each in used]) for i in (0, 1))
        found[name] = Inversion(*map(statistics.bit_accuracy, (pooled(keys), met, message)))
    return found


def bits_right(
    guess: Guess, mask: Guess, shape: tuple[int, int], keys: int, seed: int
) -> NDArray[np.bool_]:
    """Guess fresh keys, and tell which secret bits are right: bool [keys, bits]."""
    secret_key = random_bits(np.random.default_rng([seed, 7]), keys, shape)
    return (guess(_by_parts(mask, secret_key)) == secret_key).reshape(keys, -1)


def use_guess(
    agents: Any, config: AgentsConfig, covers: Pixels, guess: Guess, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which bits of the public key the guess meets, and which message bits Bob then reads."""
    rng = np.random.default_rng([seed, 8])
    message, _, public_key, stego = hidden(agents, config, covers, rng)
    guessed = guess(public_key)
    met = (masks(agents, guessed) == public_key).reshape(len(covers), -1)
    return met, hits(read(agents, stego, guessed, public_key), message)


def least_squares(mask: Guess, shape: tuple[int, int], pairs: int, seed: int) -> Guess:
    """Fit a ridge regression from patches of the public key to the secret bit in their middle."""
    rng = np.random.default_rng([seed, 9])
    size = (2 * REACH + 1) ** 2 + 1
    gram, moment, left = np.zeros((size, size)), np.zeros(size), pairs
    while left:
        secret_key = random_bits(rng, min(left, KEYS), shape)
        x = _patches(mask(secret_key))
        gram += x.T @ x
        moment += x.T @ secret_key.reshape(-1)
        left -= len(secret_key)
    weights = np.linalg.solve(gram + RIDGE * gram[-1, -1] * np.eye(size), moment)

    def guess(public_key: BitMap) -> BitMap:
        return _sign(_patches(public_key) @ weights).reshape(public_key.shape)

    return guess


def _patches(key: BitMap) -> NDArray[np.float64]:
    """Return the patch around each bit, 0 outside the map, and a 1: [bits of all keys, 26]."""
    rows, columns = key.shape[1:3]
    padded = np.pad(key[..., 0].astype(np.float64), ((0, 0), (REACH, REACH), (REACH, REACH)))
    around = range(2 * REACH + 1)
    parts = [padded[:, y : y + rows, x : x + columns] for y in around for x in around]
    return np.stack([*parts, np.ones_like(parts[0])], axis=-1).reshape(-1, len(parts) + 1)


def train_net(
    mask: Guess, shape: tuple[int, int], options: AttackConfig, seed: int, quiet: bool = True
) -> Guess:
    """Train a net of four convolutions that sees 9 x 9 public bits for each secret one."""
    keras.utils.set_random_seed(seed)
    x = public_key = keras.Input((None, None, 1), name="public_key")
    for index in range(1, 5):
        x = keras.layers.Conv2D(32, 3, padding="same", use_bias=False, name=f"conv_{index}")(x)
        x = keras.layers.BatchNormalization(name=f"conv_{index}_bn")(x)
        x = LeakyReLU(name=f"conv_{index}_lrelu")(x)
    bits = keras.layers.Conv2D(1, 1, activation="sigmoid", name="secret_key")(x)
    net = keras.Model(public_key, bits, name="inverter")

    def batch(rng: np.random.Generator, done: float) -> Batch:
        secret_key = random_bits(rng, options.batch, shape)
        return secret_key, [mask(secret_key)]

    steps, rate = options.inversion_steps, options.learning_rate
    learn(net, batch, steps, rate, seed, "inversion of the pK generator", quiet)

    def guess(keys: BitMap) -> BitMap:
        return _by_parts(lambda part: _sign(np.asarray(net(tf.constant(part))) - 0.5), keys)

    return guess


def under_public_key(
    agents: Any, scheme: AgentsConfig, tiles: Iterable[Pixels], seed: int = 0
) -> Estimate | None:
    """Measure what Bob reads when the public key itself takes the place of his mask.

    This needs no secret key and no training.

    Args:
        agents: the agents under attack.
        scheme: gives the shapes of the maps.
        tiles: uint8 [H, W, C], all of one size.
        seed: of keys and messages.

    Returns:
        The share of message bits. None where Bob computes no mask: in the symmetric scheme, and
        with methods whose Bob has none.
    """
    if not scheme.asymmetric or agents.bob_under_mask is None:
        return None
    rng = np.random.default_rng([seed, 10])
    message, _, public_key, stego = hidden(agents, scheme, stack(tiles), rng)
    bits = answers(lambda *g: agents.bob_under_mask(list(g), training=False), stego, public_key)
    return statistics.bit_accuracy(hits(bits, message))


def _by_parts(function: Guess, keys: BitMap) -> BitMap:
    parts = [function(keys[start : start + KEYS]) for start in range(0, len(keys), KEYS)]
    return np.concatenate(parts)


def _sign(values: NDArray[Any]) -> BitMap:
    return np.where(values > 0, 1, -1).astype(np.float32)

"""Attack with a decoder of one's own, which needs no secret key.

Alice is public, so an attacker makes as many pairs of stego image and message as he likes, under
keys that he draws. In the symmetric scheme he does not know the key of the image that he wants to
read, so his decoder gets none. In the asymmetric scheme he knows the public key that Alice used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..backend import keras
from ..config import AgentsConfig, RunConfig
from ..data.bits import BitMap, random_bits
from ..methods import build
from ..metrics import statistics
from ..metrics.agents import Pixels, answers, hidden, hits, masks, pooled, stack
from ..metrics.statistics import Estimate
from .learning import AttackConfig, Batch, learn, seeds

#: What a decoder is given beside the stego image. The secret key is Bob's own knowledge: a decoder
#: that has it shows whether the training was long enough to learn anything.
NOTHING, PUBLIC_KEY, SECRET_KEY = "nothing", "public key", "secret key"
#: Largest magnification of the changes in training, and the share of the training after which
#: there is none.
MAGNIFIED, NATURAL = 32.0, 0.6


def knowledge(config: AgentsConfig) -> tuple[str, str]:
    """Return what the decoders against a scheme may be given."""
    return NOTHING, PUBLIC_KEY if config.asymmetric else SECRET_KEY


def build_decoder(run: RunConfig) -> Any:
    """Build a fresh Bob of the symmetric scheme, keyed by the mask; zeros tell him nothing."""
    return build(run.replace(scheme="symmetric")).bob


def train_decoders(
    agents: Any,
    run: RunConfig,
    covers: Sequence[Pixels],
    tiles: Iterable[Pixels],
    knows: str,
    options: AttackConfig,
    seed: int = 0,
    quiet: bool = True,
) -> Estimate:
    """Train decoders from scratch, and let them read stego images under keys unknown to them.

    Seeds Keras. Returns the share of right bits of all of them, with an interval over the images.

    Args:
        agents: the agents under attack.
        run: the configuration of the agents' training.
        covers: the attacker's own, uint8 [height, width, C], at least ``options.side`` a side, none
            of them among the test tiles.
        tiles: uint8 [H, W, C], all of one size; each is hidden in once for each attacker.
        knows: one of ``knowledge(run.agents)``.
        options: how hard the attackers try.
        seed: of attackers, keys and messages.
        quiet: show no progress bar.

    Raises:
        ValueError: an argument does not fit.
    """
    config = run.agents
    if knows not in knowledge(config):
        names = " or ".join(map(repr, knowledge(config)))
        raise ValueError(f"knows is {knows!r}, but must be {names} in the {config.scheme} scheme")
    _check_covers(covers, options)
    test = stack(tiles)
    correct = []
    for number, own in enumerate(seeds(options, seed), 1):
        keras.utils.set_random_seed(own)
        decoder = build_decoder(run)

        def batch(rng: np.random.Generator, done: float) -> Batch:
            return _pairs(agents, config, covers, knows, options, rng, done)

        name = f"decoder that knows {knows}, {number} of {options.attackers}"
        steps, rate = options.steps, options.learning_rate
        learn(decoder, batch, steps, rate, own, name, quiet)
        rng = np.random.default_rng([own, 6])
        message, _, mask, stego = hidden(agents, config, test, rng)
        bits = answers(lambda *g, net=decoder: net(list(g)), stego, _known(knows, mask))
        correct.append(hits(bits, message))
    return statistics.bit_accuracy(pooled(correct))


def _known(knows: str, mask: BitMap) -> BitMap:
    return np.zeros_like(mask) if knows == NOTHING else mask


def _pairs(
    agents: Any,
    config: AgentsConfig,
    covers: Sequence[Pixels],
    knows: str,
    options: AttackConfig,
    rng: np.random.Generator,
    done: float,
) -> Batch:
    """Return messages, and the decoder's inputs: stego images in 8-bit steps, and what he knows."""
    side, count = options.side, options.batch
    crops = [_crop(covers[index], side, rng) for index in rng.integers(len(covers), size=count)]
    cover_01 = np.stack(crops).astype(np.float32) / 255
    message = random_bits(rng, count, config.message_shape(side, side))
    mask = masks(agents, random_bits(rng, count, config.key_shape(side, side)))
    stego = np.asarray(agents.alice([cover_01, message, mask], training=False))
    change = np.rint(stego * 255) / 255 - cover_01
    images = np.clip(cover_01 + magnified(done) * change, 0, 1).astype(np.float32)
    return message, [images, _known(knows, mask)]


def magnified(done: float) -> float:
    """Return how many times larger than Alice's the changes are that a decoder sees in training.

    A fresh net misses changes of one 8-bit step for thousands of steps. The attacker has the covers
    of his own pairs, so he begins with large changes: ``MAGNIFIED`` times, down to 1 at ``NATURAL``
    of the training and from there on.

    Args:
        done: share of the training that is done, [0, 1].
    """
    return float(MAGNIFIED ** max(0.0, 1 - done / NATURAL))


def _crop(cover: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """Cut a random square of a cover, mirrored half of the time."""
    top, left = (int(rng.integers(each - side + 1)) for each in cover.shape[:2])
    crop = cover[top : top + side, left : left + side]
    return crop[:, ::-1] if rng.random() < 0.5 else crop


def _check_covers(covers: Sequence[Pixels], options: AttackConfig) -> None:
    if not len(covers):
        raise ValueError("the attackers need at least one cover of their own, but there is none")
    for cover in covers:
        if min(cover.shape[:2]) < options.side:
            height, width = cover.shape[:2]
            side = options.side
            raise ValueError(f"a cover is {width} x {height}, but a crop takes {side} x {side}")

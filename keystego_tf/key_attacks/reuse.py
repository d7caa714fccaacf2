"""Known plaintext: one key for several images, of which some messages are known.

The attacker lets Bob read all images under some key of his own. What Bob returns is message XOR
mask XOR another mask, the same for every image. A known message therefore gives away the XOR of the
two masks, and with it the other messages. The attacker's key does not matter, and he does not learn
the secret one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ..config import AgentsConfig
from ..metrics import statistics
from ..metrics.agents import Bits, Pixels, hidden, hits, masks, random_keys, read, stack
from ..metrics.statistics import Estimate

KNOWN = (0, 1, 2, 4)

Votes = NDArray[np.int64]


@dataclass(frozen=True)
class Reuse:
    """Shares of message bits that are read.

    ``images``: by the number of images whose messages are known; ``inside_one_image``: from one
    known bit for each key bit, None where each key bit masks one bit only.
    """

    images: dict[int, Estimate]
    inside_one_image: Estimate | None


def known_plaintext(
    agents: Any,
    config: AgentsConfig,
    tiles: Iterable[Pixels],
    known: Sequence[int] = KNOWN,
    seed: int = 0,
    quiet: bool = True,
) -> Reuse:
    """Read a message from others that were hidden under the same key.

    Each tile serves once as the image to read, under a key of its own. The tiles after it are the
    known ones. Messages are drawn for each use.

    Args:
        agents: the agents under attack.
        config: gives the shapes of the maps.
        tiles: uint8 [H, W, C], all of one size.
        known: numbers of known images.
        seed: of keys and messages.
        quiet: show no progress bar.

    Raises:
        ValueError: ``known`` has a negative number, or as many images as there are tiles.
    """
    covers = stack(tiles)
    for count in known:
        if not 0 <= count < len(covers):
            raise ValueError(f"known has {count}, but each must be in [0, {len(covers) - 1}]")
    rng = np.random.default_rng([seed, 3])
    secret_key, own_key = (random_keys(rng, config, covers) for _ in range(2))
    own_mask = masks(agents, own_key)
    message, _, mask, stego = hidden(agents, config, covers, rng, secret_key)
    output = read(agents, stego, own_key, own_mask)
    # each known image votes for every message bit: +1 where Bob's answer must be flipped
    votes, images = [], range(1, max(known, default=0) + 1)
    for offset in tqdm(images, desc="known images", disable=quiet, leave=False):
        others = np.roll(covers, -offset, axis=0)
        theirs, _, _, known_stego = hidden(agents, config, others, rng, secret_key)
        votes.append(_votes(read(agents, known_stego, own_key, own_mask), theirs))
    slots = _slots(message.shape, mask.shape)
    figures = {}
    for count in known:
        turned = output ^ _decide(sum(votes[:count]), slots, rng) if count else output
        figures[count] = statistics.bit_accuracy(hits(turned, message))
    return Reuse(figures, _inside(output, message, slots))


def _votes(answer: Bits, message: Any) -> Votes:
    return np.where(answer == (message > 0), -1, 1).astype(np.int64)


def _slots(message: Sequence[int], mask: Sequence[int]) -> tuple[int, int]:
    """Return how many rows and columns of the message map share a key bit, at least one each."""
    return max(1, message[1] // mask[1]), max(1, message[2] // mask[2])


def _decide(votes: Any, slots: tuple[int, int], rng: np.random.Generator) -> Bits:
    """Decide which bits to flip: by the majority for each key bit, by a coin if it is a tie."""
    images, rows, columns = votes.shape[:3]
    high, wide = slots
    blocks = votes.reshape(images, rows // high, high, columns // wide, wide, 1).sum(axis=(2, 4))
    coins = rng.random(blocks.shape) < 0.5
    turn = np.where(blocks == 0, coins, blocks > 0)
    return _repeat(turn, slots)


def _repeat(values: Any, slots: tuple[int, int]) -> Bits:
    return np.repeat(np.repeat(values, slots[0], axis=1), slots[1], axis=2)


def _inside(output: Bits, message: Any, slots: tuple[int, int]) -> Estimate | None:
    """Read the bits of an image whose key bit masks a known bit, the first of each block, too."""
    if slots == (1, 1):
        return None
    turn = _repeat(_votes(output, message)[:, :: slots[0], :: slots[1]] > 0, slots)
    unknown = np.ones(message.shape[1:], bool)
    unknown[:: slots[0], :: slots[1]] = False
    correct = hits(output ^ turn, message)[:, unknown.reshape(-1)]
    return statistics.bit_accuracy(correct)

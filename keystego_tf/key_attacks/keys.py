"""Give Bob keys that are not quite the right one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from ..config import AgentsConfig
from ..data.bits import BitMap
from ..metrics import statistics
from ..metrics.agents import Pixels, hidden, hits, random_keys, read, stack
from ..metrics.statistics import Estimate

#: Numbers of key bits to flip, of 1,024 in a tile of 128 x 128.
FLIPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def flipped_bits(
    agents: Any,
    config: AgentsConfig,
    tiles: Iterable[Pixels],
    flips: Sequence[int] = FLIPS,
    seed: int = 0,
    quiet: bool = True,
) -> dict[int, Estimate]:
    """Return the share of message bits that Bob reads with some bits of the secret key flipped.

    The public key beside it is the right one.

    Args:
        agents: the agents.
        config: gives the shapes of the maps.
        tiles: uint8 [H, W, C], all of one size.
        flips: numbers of bits. The bits are drawn for each tile, and those of a smaller number are
            among those of a larger one.
        seed: of keys, messages and places.
        quiet: show no progress bar.

    Raises:
        ValueError: a number is not in [0, bits of the key].
    """
    covers = stack(tiles)
    rng = np.random.default_rng([seed, 2])
    secret_key = random_keys(rng, config, covers)
    total = secret_key[0].size
    for count in flips:
        if not 0 <= count <= total:
            raise ValueError(f"flips has {count}, but each must be in [0, {total}], the key's bits")
    message, _, mask, stego = hidden(agents, config, covers, rng, secret_key)
    order = rng.permuted(np.tile(np.arange(total), (len(covers), 1)), axis=1)
    found = {}
    for count in tqdm(flips, desc="flipped key bits", disable=quiet, leave=False):
        changed = _flip(secret_key, order[:, :count])
        correct = hits(read(agents, stego, changed, mask), message)
        found[count] = statistics.bit_accuracy(correct)
    return found


def _flip(key: BitMap, places: Any) -> BitMap:
    """Flip the bits at [images, count] places, counted row by row."""
    flat = key.reshape(len(key), -1).copy()
    np.put_along_axis(flat, places, -np.take_along_axis(flat, places, axis=1), axis=1)
    return flat.reshape(key.shape)

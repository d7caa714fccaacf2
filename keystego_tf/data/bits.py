"""Draw random messages and keys: maps of bits as -1 and +1 (the paper's 0 and 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..config import AgentsConfig

#: float32 -1 or +1, [batch, rows, columns, 1].
BitMap = NDArray[np.float32]


def random_bits(rng: np.random.Generator, batch: int, shape: tuple[int, int]) -> BitMap:
    """Draw fair coins, [batch, *shape, 1] float32, each -1 or +1."""
    coins = rng.integers(0, 2, (batch, *shape, 1), dtype=np.int8)
    return (2 * coins - 1).astype(np.float32)


def random_messages_and_keys(
    rng: np.random.Generator,
    config: AgentsConfig,
    batch: int,
    height: int,
    width: int,
    right_share: float = 0.5,
) -> dict[str, BitMap]:
    """Draw what the agents need besides covers of height x width pixels.

    Returns ``message``, ``secret_key`` and ``other_key`` (a wrong secret key) as bit maps, and
    ``right`` [batch, 1, 1, 1] float32. ``right`` is 1 for images whose message Bob decodes with the
    secret key, 0 for the other key. Both occur at least once if the batch allows.
    """
    keys = config.key_shape(height, width)
    count = min(max(1, round(right_share * batch)), max(1, batch - 1))
    right = rng.permutation(np.arange(batch) < count).astype(np.float32)
    return {
        "message": random_bits(rng, batch, config.message_shape(height, width)),
        "secret_key": random_bits(rng, batch, keys),
        "other_key": random_bits(rng, batch, keys),
        "right": right.reshape(batch, 1, 1, 1),
    }

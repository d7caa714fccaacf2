"""Small evaluations: few covers, small sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.evaluation.cache import Cache
from keystego_tf.evaluation.context import Context
from keystego_tf.evaluation.covers import Covers
from keystego_tf.evaluation.sizes import sizes


def context(
    cache: Path | None = None, count: int = 3, side: int = 128, channels: int = 3, **values: Any
) -> Context:
    """``count`` test and attackers' covers each; values: of sizes quick, or of the context."""
    leaves = [dead_leaves(np.random.default_rng(n), side)[..., :channels] for n in range(2 * count)]
    tiles, places = np.stack(leaves), np.arange(2 * count)
    covers = Covers(tiles[:count], places[:count], tiles[count:], places[count:])
    own = {name: values.pop(name) for name in list(values) if hasattr(sizes("quick"), name)}
    given = {"models": [], **values}
    return Context(covers=covers, sizes=sizes("quick", **own), cache=Cache(cache), **given)

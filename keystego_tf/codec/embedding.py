"""A message into one tile: by Alice alone, or with a search for the least change (effort).

Bob says which bits of a tile he reads wrong as it is; the code says which changes turn over just
those (``trellis``), and the costs which of these changes show least (``costs``). Alice alone knows
one sample for each bit, and nothing of what the others could do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..bundles.catalogue import TILE
from ..bundles.runner import Bits, Pixels, Runner
from ..config import AgentsConfig
from ..embedders.syndrome.costs import Costs, directed, flat, hill
from ..embedders.syndrome.trellis import Code, Flips

#: 0: Alice alone. 1: the fewest changes. 2: changes where texture hides them. 3: and such that
#: neighbouring changes go the same way.
EFFORTS = (0, 1, 2, 3)
DEFAULT_EFFORT = 2

#: Times that a tile is painted over at most.
COATS = 3

#: Parts that the rows of a map are taken in at effort 3, each seeing the changes of those before.
TURNS = 4


def effort_for(agents: AgentsConfig, effort: int | None) -> int:
    """The effort that is asked for, or the default where there is a code to search in, else 0.

    Raises ValueError for another than EFFORTS, and for one above 0 where there is no code.
    """
    coded = agents.coding == "trellis"
    if effort is None:
        return DEFAULT_EFFORT if coded else 0
    if effort not in EFFORTS:
        raise ValueError(f"effort is {effort!r}, but must be one of 0, 1, 2, 3")
    if effort and not coded:
        raise ValueError(f"effort is {effort}, but must be 0 with a model that has no coding")
    return effort


def embed_tile(
    runner: Runner,
    cover_u8: Pixels,
    message: Bits,
    mask: Bits,
    effort: int,
    needed: Flips | None = None,
    rng: np.random.Generator | None = None,
) -> Pixels:
    """The stego tile in which Bob reads the message under a mask.

    cover_u8: uint8 [TILE, TILE, C]; message, mask: bits of the maps, row by row; effort: of
    ``effort_for``; needed: bool, like message, False for bits that may become anything (by default
    none may), which Alice alone makes no use of; rng: of directions that are left to chance, by
    default drawn from the system. What Bob reads wrong in any way, he still reads wrong: look.
    """
    if effort == 0:
        return paint(runner, cover_u8, message, mask, 0.5)
    code = Code(runner.agents.channels, runner.agents.bits_per_pixel)
    rng = rng or np.random.default_rng(int.from_bytes(os.urandom(16), "big"))
    wrong = ((runner.read_under(cover_u8, mask) > 0.5) != message).reshape(runner.message_shape)
    needs = None if needed is None else needed.reshape(runner.message_shape)
    cost = flat(cover_u8) if effort == 1 else hill(cover_u8)
    changes = np.zeros(cover_u8.shape, np.int8)
    for rows in _turns(len(wrong), effort):
        up, down = directed(cost, changes) if effort == 3 else (cost, cost)
        flips = code.flips(np.minimum(up, down), wrong, needs, rows)
        changes += flips * _directions(cover_u8, up, down, rng)
    return (cover_u8 + changes).astype(np.uint8)


def _turns(rows: int, effort: int) -> Iterator[slice]:
    """The rows of a map in the parts that they are searched in: all at once, but at effort 3."""
    turns = TURNS if effort == 3 else 1
    return (slice(first, rows, turns) for first in range(turns))


def _directions(
    image_u8: Pixels, up: Costs, down: Costs, rng: np.random.Generator
) -> NDArray[np.int8]:
    """-1 or +1 for each sample, the cheaper one, a coin's toss where they cost alike; at black and
    white there is one way to go."""
    steps = rng.choice(np.array([-1, 1], np.int8), image_u8.shape)
    steps[up < down] = 1
    steps[down < up] = -1
    steps[image_u8 == 0] = 1
    steps[image_u8 == 255] = -1
    return steps


def paint(
    runner: Runner,
    cover_u8: Pixels,
    message: Bits,
    mask: Bits,
    sure: float | NDArray[np.float64],
    spare: float = 0.0,
) -> Pixels:
    """Alice's stego tile, painted over where Bob would not read it well.

    Alice misses a few bits, most of them where an image is busy or saturated. There she is given
    her own stego tile as the cover, and so changes it once more the same way; the rest of the tile
    stays. With coding she sees which bits are right, and is given all of it. ``sure``: the least
    probability that Bob is to give the right bits, of all or each; ``spare``: share of the bits
    that may fall short of it.
    """
    stego = runner.hide(cover_u8, message, mask)
    for _ in range(COATS):
        probabilities = runner.read_under(stego, mask)
        missed = np.where(message > 0, probabilities, 1 - probabilities) < sure
        if missed.mean() <= spare:
            break
        again = runner.hide(stego, message, mask)
        if runner.agents.coding == "trellis":
            stego = again
        else:
            stego = np.where(_around(missed, runner)[..., None], again, stego)
    return stego


def _around(bits: NDArray[np.bool_], runner: Runner) -> NDArray[np.bool_]:
    """The pixels of some bits of the message map and those near by: bool [TILE, TILE]."""
    (rows, columns), (height, width) = runner.message_shape, runner.key_shape
    blocks = bits.reshape(height, rows // height, width, columns // width).any(axis=(1, 3))
    near = np.lib.stride_tricks.sliding_window_view(np.pad(blocks, 1), (3, 3)).any(axis=(2, 3))
    of_block = np.ones((TILE // height, TILE // width), bool)
    return np.kron(near, of_block)

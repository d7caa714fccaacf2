"""What every attack does with a scheme: hide in tiles, let Bob read, write figures down.

``agents`` is anything with ``alice``, ``mask`` and ``decode`` as in agents.Agents, so that a scheme
whose strength is known can be put in its place.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import AgentsConfig
from ..data.bits import BitMap, random_bits
from ..metrics import closing
from ..metrics.closing import BATCH, Pixels

#: bool, [images, rows, columns, 1].
Bits = NDArray[np.bool_]


def stack(tiles: Iterable[Pixels]) -> Pixels:
    """Tiles as one array, uint8 [images, H, W, C]; ValueError if there are none or sizes differ."""
    each = [np.asarray(tile) for tile in tiles]
    shapes = {tile.shape for tile in each}
    if len(shapes) != 1:
        raise ValueError(f"tiles have the shapes {sorted(shapes)}, but must have one and be some")
    return np.stack(each)


def random_keys(rng: np.random.Generator, config: AgentsConfig, tiles: Pixels) -> BitMap:
    """A secret key for each tile: float32 [images, H/4, W/4, 1], each -1 or +1."""
    return random_bits(rng, len(tiles), config.key_shape(*tiles.shape[1:3]))


def random_messages(rng: np.random.Generator, config: AgentsConfig, tiles: Pixels) -> BitMap:
    """A message for each tile: float32 [images, h, w, 1], each -1 or +1."""
    return random_bits(rng, len(tiles), config.message_shape(*tiles.shape[1:3]))


def masks(agents: Any, secret_key: BitMap) -> BitMap:
    """The masks that belong to secret keys: themselves, or their public keys."""
    return np.asarray(agents.mask(secret_key), np.float32)


def hide(agents: Any, tiles: Pixels, message: BitMap, mask: BitMap) -> Pixels:
    """Stego images as they come back from PNG files, uint8 [images, H, W, C]."""
    parts = [closing.stego_of(agents, tiles[p], message[p], mask[p]) for p in _parts(len(tiles))]
    return np.concatenate(parts)


def read(agents: Any, stego: Pixels, secret_key: BitMap, public_key: BitMap) -> Bits:
    """The message bits that Bob reads with these keys."""
    return answers(lambda *given: agents.decode(*given), stego, secret_key, public_key)


def answers(decoder: Any, stego: Pixels, *maps: BitMap) -> Bits:
    """Bits of any decoder: ``decoder(stego_01, *maps)`` gives the probabilities that they are 1."""
    found = []
    for part in _parts(len(stego)):
        images = stego[part].astype(np.float32) / 255
        found.append(np.asarray(decoder(images, *(each[part] for each in maps))) > 0.5)
    return np.concatenate(found)


def hits(bits: Bits, message: BitMap) -> NDArray[np.bool_]:
    """Which bits are those of the message: [images, bits]."""
    return (bits == (message > 0)).reshape(len(message), -1)


def _parts(count: int) -> list[slice]:
    return [slice(start, start + BATCH) for start in range(0, count, BATCH)]


def pooled(each: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Hits of several attackers on the same images, [images, attackers * bits].

    The interval that statistics.bit_accuracy then gives is over images: several attackers do not
    make more of them.
    """
    return np.concatenate(each, axis=1)


def plain(value: Any) -> Any:
    """Figures as dicts, lists and numbers for JSON; what is not finite becomes None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value

"""Run agents for measurements: draw keys and messages, hide in tiles, let Bob read.

``agents`` is anything with ``alice``, ``mask`` and ``decode``, so that tests can put a scheme of
known strength in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config import AgentsConfig
from ..data.bits import BitMap, random_bits
from ..io.pillow import decoded, saved, to_pillow

#: uint8 [H, W, C] or [images, H, W, C].
Pixels = NDArray[np.uint8]

#: bool, [images, rows, columns, 1].
Bits = NDArray[np.bool_]

#: Images that go through the agents at a time.
BATCH = 10


def stack(tiles: Iterable[Pixels]) -> Pixels:
    """Stack tiles: uint8 [images, H, W, C]; ValueError if there are none or their sizes differ."""
    images = [np.asarray(tile) for tile in tiles]
    shapes = {tile.shape for tile in images}
    if len(shapes) != 1:
        raise ValueError(f"tiles have the shapes {sorted(shapes)}, but must have one and be some")
    return np.stack(images)


def random_keys(rng: np.random.Generator, scheme: AgentsConfig, tiles: Pixels) -> BitMap:
    """Draw a secret key for each tile: float32 [images, H/4, W/4, 1], each -1 or +1."""
    return random_bits(rng, len(tiles), scheme.key_shape(*tiles.shape[1:3]))


def random_messages(rng: np.random.Generator, scheme: AgentsConfig, tiles: Pixels) -> BitMap:
    """Draw a message for each tile: float32 [images, h, w, 1], each -1 or +1."""
    return random_bits(rng, len(tiles), scheme.message_shape(*tiles.shape[1:3]))


def masks(agents: Any, secret_key: BitMap) -> BitMap:
    """Return the masks that belong to secret keys: the keys themselves, or their public keys."""
    return np.asarray(agents.mask(secret_key), np.float32)


def hide(agents: Any, tiles: Pixels, message: BitMap, mask: BitMap) -> Pixels:
    """Return stego images as they come back from PNG files, uint8 [images, H, W, C]."""
    made = []
    for part in _parts(len(tiles)):
        inputs = [tiles[part].astype(np.float32) / 255, message[part], mask[part]]
        images = np.asarray(agents.alice(inputs, training=False))
        made += [_through_png(image) for image in np.round(images * 255).astype(np.uint8)]
    return np.stack(made)


class Hidden(NamedTuple):
    """Random messages in tiles; maps are as ``random_messages`` and ``random_keys`` draw them."""

    message: BitMap
    secret_key: BitMap
    mask: BitMap
    stego: Pixels


def hidden(
    agents: Any,
    scheme: AgentsConfig,
    tiles: Pixels,
    rng: np.random.Generator,
    secret_key: BitMap | None = None,
) -> Hidden:
    """Hide a random message in each tile, under a random key unless ``secret_key`` is given."""
    message = random_messages(rng, scheme, tiles)
    key = random_keys(rng, scheme, tiles) if secret_key is None else secret_key
    mask = masks(agents, key)
    return Hidden(message, key, mask, hide(agents, tiles, message, mask))


def read(agents: Any, stego: Pixels, secret_key: BitMap, public_key: BitMap) -> Bits:
    """Return the message bits that Bob reads with these keys."""
    return answers(lambda *given: agents.decode(*given), stego, secret_key, public_key)


def answers(decoder: Any, stego: Pixels, *maps: BitMap) -> Bits:
    """Return the bits of any decoder: ``decoder(stego_01, *maps)`` gives the probability of a 1."""
    parts = []
    for part in _parts(len(stego)):
        images = stego[part].astype(np.float32) / 255
        parts.append(np.asarray(decoder(images, *(bits[part] for bits in maps))) > 0.5)
    return np.concatenate(parts)


def hits(bits: Bits, message: BitMap) -> NDArray[np.bool_]:
    """Tell which bits match the message: bool [images, bits]."""
    return (bits == (message > 0)).reshape(len(message), -1)


def pooled(several: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Pool the hits of several attackers on the same images: bool [images, attackers * bits].

    The interval that statistics.bit_accuracy then gives is over images: several attackers do not
    make more of them.
    """
    return np.concatenate(several, axis=1)


def _parts(count: int) -> list[slice]:
    return [slice(start, start + BATCH) for start in range(0, count, BATCH)]


def _through_png(image_u8: Pixels) -> Pixels:
    return decoded(saved(to_pillow(image_u8), "PNG"))

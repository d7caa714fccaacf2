"""Real stego images with their keys, to calibrate int8 and to measure files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bundles.runner import Pixels
from ..channel.registry import real_channels
from ..config import AgentsConfig, RunConfig
from ..data.batches import evaluation_tiles
from ..data.bits import BitMap, random_messages_and_keys
from ..data.covers import Covers, open_covers
from ..methods import Agents, Signature

Floats = NDArray[np.float32]
#: Number of images that go through a Keras model at a time.
BATCH = 4


@dataclass(frozen=True)
class Sample:
    """A cover tile, its message and keys, and the stego tile as Bob receives it.

    ``cover``, ``stego``: [side, side, C], 8-bit samples, which JPEG's decoder may leave between
    whole numbers; maps: [rows, columns, 1], each -1 or +1. In the
    symmetric scheme the public key is the secret key.
    """

    cover: Pixels
    stego: NDArray[Any]
    message: BitMap
    secret_key: BitMap
    public_key: BitMap

    def inputs(self, names: Iterable[str]) -> dict[str, Floats]:
        """Return a signature's inputs by name, batch of one, named as in ``convert.signatures``."""
        values = {
            "cover": to_01(self.cover),
            "stego": to_01(self.stego),
            "message": self.message,
            "secret_key": self.secret_key,
            "public_key": self.public_key,
            "key": self.public_key,
            "mask": self.public_key,
        }
        return {name: values[name][None] for name in names}


def open_tiles(
    spec: str, config: AgentsConfig, side: int, images: int, seed: int
) -> tuple[list[Pixels], Covers]:
    """Cut ``images`` centre tiles, uint8 [side, side, C]; also return the covers they are from.

    ``spec`` is a folder of photos, or ``synthetic``. Raises ValueError if there are too few.
    """
    covers = open_covers(spec, config.channels, side, seed)
    tiles = list(evaluation_tiles(covers, side, images, seed))
    if len(tiles) < images:
        raise ValueError(f"{spec} has {len(tiles)} usable images, but {images} are needed")
    return tiles, covers


def make_samples(agents: Agents, run: RunConfig, tiles: list[Pixels], seed: int) -> list[Sample]:
    """Hide in each tile, with random messages and keys, rounded to 8 bits as a file would be.

    Bob receives the tile through the real form of the worst channel that he was trained for.
    """
    rng = np.random.default_rng([seed, len(tiles)])
    channels, config = [*real_channels(run.channel).values()][-1:], run.agents
    samples = []
    for tile in tiles:
        bits = random_messages_and_keys(rng, config, 1, *tile.shape[:2])
        message, secret_key = bits["message"], bits["secret_key"]
        public_key = np.asarray(agents.mask(secret_key))
        public_key = np.where(public_key > 0, 1, -1).astype(np.float32)
        stego = agents.alice([to_01(tile)[None], message, public_key], training=False)
        arrived = to_u8(np.asarray(stego))[0]
        for send in channels:
            arrived = send(arrived, rng)
        samples.append(Sample(tile, arrived, message[0], secret_key[0], public_key[0]))
    return samples


def ask(signature: Signature, batch: list[dict[str, Floats]]) -> Iterator[Floats]:
    """Yield Keras's answers to inputs by name, each a batch of one, in order."""
    inputs, model = signature
    for start in range(0, len(batch), BATCH):
        some = batch[start : start + BATCH]
        given = [np.concatenate([each[name] for each in some]) for name in inputs]
        output = model(given if len(given) > 1 else given[0], training=False)
        yield from (answer[None] for answer in np.asarray(output))


def to_01(pixels: NDArray[Any]) -> Floats:
    """Convert 8-bit samples to float32 in [0, 1]."""
    return pixels.astype(np.float32) / 255


def to_u8(image_01: Floats) -> Pixels:
    """Convert samples in [0, 1] to 8 bits."""
    return np.clip(np.rint(image_01 * 255), 0, 255).astype(np.uint8)

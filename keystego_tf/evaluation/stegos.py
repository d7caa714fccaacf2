"""Make stego images of every method once, and share them among all questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..baselines.method import Method, Readable
from ..baselines.nets import Net
from ..baselines.stegan import Stegan, SteganConfig, train
from ..baselines.table import CLASSICAL
from ..io.jpeg.transform import standard_tables
from ..steganalysis.features import dctr, extract
from .context import Context
from .covers import Tiles
from .parallel import mapped

#: Names of images by their number of channels.
KINDS = {1: "grayscale", 3: "colour"}

#: Tiles whose stego images share one file; an interruption loses no more than these.
CHUNK = 50


@dataclass(frozen=True)
class Group:
    """Methods that hide as much in the same covers; ``bits_per_pixel`` in ``channels`` channels."""

    channels: int
    bits_per_pixel: float
    methods: tuple[Method, ...]

    @property
    def title(self) -> str:
        return f"{self.bits_per_pixel:g} bits per pixel, {KINDS[self.channels]}"

    @property
    def key(self) -> str:
        """Return a name for tables and plots: letters, digits, "-" and "."."""
        return f"{self.bits_per_pixel:g}-{'colour' if self.channels == 3 else 'gray'}"


def groups(context: Context, baseline: bool = True) -> list[Group]:
    """Group the models by payload and channels, each with the classical methods beside it.

    baseline: add ste-GAN-ography, which is trained for it.
    """
    kinds: dict[tuple[int, float], list[Method]] = {}
    for model in context.models:
        kind = (model.agents.channels, model.agents.bits_per_pixel)
        kinds.setdefault(kind, []).append(Net(model))
    trained = context.each(_baseline, list(kinds), "ste-GAN-ography") if baseline else []
    for kind, own in zip(kinds, trained):
        kinds[kind].append(own)
    for kind, methods in kinds.items():
        methods += [CLASSICAL[name](kind[1]) for name in context.compared_with(kind[0])]
    return [Group(*kind, tuple(methods)) for kind, methods in kinds.items()]


def _baseline(context: Context, kind: tuple[int, float]) -> Method:
    """Return ste-GAN-ography for channels and bits per pixel, trained on the attackers' photos."""
    (channels, bits_per_pixel), steps, seed = kind, context.sizes.stegan_steps, context.seed
    config = SteganConfig(bits_per_pixel=bits_per_pixel, channels=channels, steps=steps)
    tiles = context.covers.of(channels).train
    fresh = partial(train, list(tiles), config, seed, context.quiet)
    return Stegan(config, context.kept("ste-GAN-ography", fresh, config, tiles))


def embedded(context: Context, method: Method, tiles: Tiles, turn: int = 0) -> Tiles:
    """Return a stego image of each tile, uint8 as ``tiles``, from the cache where it is there.

    turn: each gives other messages and keys, which follow from seed, turn and place of a tile.
    """
    # A copy without the interpreters, which cannot be handed to processes.
    own = replace(method) if isinstance(method, Net) else method
    # Nets use all processors by themselves.
    jobs = 1 if isinstance(method, (Net, Stegan)) else None
    work, name = partial(_embed, own, [context.seed, turn]), f"hiding: {method.name}"

    def changes(start: int) -> Tiles:
        """Return the bits in which the two images differ: they are few, and compress quickly."""
        places = list(enumerate(tiles[start : start + CHUNK], start))
        made = np.stack(mapped(work, places, name, context.quiet, jobs))
        return made ^ tiles[start : start + CHUNK]

    starts = range(0, len(tiles), CHUNK)
    parts = [(start, method, tiles[start : start + CHUNK], turn) for start in starts]
    kept = [context.kept("stego", partial(changes, part[0]), *part) for part in parts]
    return np.concatenate(kept) ^ tiles


def _embed(method: Method, seed: list[int], place_and_tile: tuple[int, Tiles]) -> Tiles:
    place, tile = place_and_tile
    return method.embed(tile, np.random.default_rng([*seed, place]))


def bits_read(context: Context, method: Method, stegos: Tiles) -> NDArray[np.float64] | None:
    """Return the share of bits read from each of ``embedded``'s images at turn 0, float64 [images].
    None for a method that writes no message."""
    if not isinstance(method, Readable):
        return None
    rngs = (np.random.default_rng([context.seed, 0, place]) for place in range(len(stegos)))
    return np.array([method.bits_read(*given) for given in zip(stegos, rngs)])


def features(context: Context, images: Tiles, name: str) -> NDArray[np.float32]:
    """Extract features of images by ``steganalysis.features``, float32 [images, d].

    images: samples, or for "dctr-75" the coefficients of gray JPEG images at quality 75. Slow ones
    are cached, since every method asks for the covers' again.
    """
    if name == "spam":
        return extract(images, name)
    work, label = partial(_extract, name), f"{name} features"
    make = partial(mapped, work, list(images), label, context.quiet)
    return np.stack(context.kept("features", make, name, images))


def _extract(name: str, image: Any) -> NDArray[np.float32]:
    kind, _, quality = name.partition("-")
    if kind == "dctr":
        return dctr([image], standard_tables(int(quality))[0])[0]
    return extract([image], name)[0]

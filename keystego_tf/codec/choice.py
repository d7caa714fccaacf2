"""Which model: what fits into an image, and what a key is good for."""

from __future__ import annotations

from dataclasses import dataclass

from ..bundles.catalogue import TILE, Model, bundled, find_model
from ..io.images import Picture, Pixels
from ..payload.frame import TAG_BYTES, Packed, room
from ..payload.keys import PublicKey, SecretKey
from ..payload.root import Key, scheme_of
from .tiles import shape_of

#: Level of error correction that capacities are reckoned with, one above the least: so there is
#: room for more correction where an image turns out to need it.
CAPACITY_LEVEL = 1

#: What a user gives for each scheme.
TAKES = {"symmetric": "a passphrase or shared key", "asymmetric": "a key pair"}


class DoesNotFit(ValueError):
    """The message, or the opening, does not fit into the image."""


@dataclass(frozen=True)
class Capacity:
    """What fits: ``message`` bytes of a message that does not deflate, None where nothing does."""

    model: str
    tiles: int
    message: int | None


def samples(picture: Picture, model: Model) -> Pixels:
    """The samples that a model takes: uint8 [H, W, C]."""
    return picture.rgb_u8[..., : model.agents.channels]


def fits_channels(model: Model, picture: Picture) -> bool:
    return model.agents.channels == 3 or picture.gray


def capacity_of(model: Model, picture: Picture) -> Capacity:
    height, width = picture.rgb_u8.shape[:2]
    tiles = (height // TILE) * (width // TILE)
    if tiles == 0 or not fits_channels(model, picture):
        return Capacity(model.name, tiles, None)
    bits = shape_of(model.agents).layout(tiles).body_bits
    message = room(bits, CAPACITY_LEVEL) - TAG_BYTES
    return Capacity(model.name, tiles, message if message >= 0 else None)


def models_for(key: Key, name: str | None, picture: Picture, packed: Packed) -> list[Model]:
    """The models that hold the message, the one that changes least first.

    DoesNotFit, with what would fit, if there is none.
    """
    height, width = picture.rgb_u8.shape[:2]
    if min(height, width) < TILE:
        raise DoesNotFit(
            f"the image has {width} x {height} pixels, but must have {TILE} x {TILE} at least"
        )
    models = models_of(key, name)
    for model in models:
        if not fits_channels(model, picture):
            raise ValueError(f"{model.name} takes grayscale images, but this one has colours")
    capacities = [capacity_of(model, picture) for model in models]
    length = packed.length - TAG_BYTES
    fitting = [
        model
        for model, each in zip(models, capacities)
        if each.message is not None and length <= each.message
    ]
    if fitting:
        return fitting
    raise DoesNotFit(
        f"the message takes {length:,} bytes, but the image holds "
        + ", ".join(f"{each.message or 0:,} with {each.model}" for each in capacities)
        + f" ({width} x {height} pixels); take a larger image or a shorter message"
    )


def models_of(key: Key, name: str | None = None) -> list[Model]:
    """The bundled models that a key is good for, or the one that is named.

    Raises ValueError if the named one is not good for the key, or no bundled one is.
    """
    if name is not None:
        model = find_model(name)
        check_scheme(model, key)
        return [model]
    models = [model for model in bundled() if model.agents.scheme == scheme_of(key)]
    if isinstance(key, (PublicKey, SecretKey)):
        models = [model for model in models if model.generator == key.generator]
        if not models:
            raise ValueError(
                f"no bundled model has the key's pK generator, {key.generator}: name the folder "
                "of the model that the key was made for"
            )
    return models


def check_scheme(model: Model, key: Key) -> None:
    if model.agents.scheme != scheme_of(key):
        raise ValueError(
            f"{model.name} is a model of the {model.agents.scheme} scheme, which takes "
            f"{TAKES[model.agents.scheme]}, but {TAKES[scheme_of(key)]} is given"
        )
    if not model.config.loss.masked_target:
        raise ValueError(f"{model.name} was trained without the masked target: any key reads it")
    if isinstance(key, (PublicKey, SecretKey)) and model.generator != key.generator:
        raise ValueError(
            f"{model.name} has the pK generator {model.generator}, but the key is for "
            f"{key.generator}"
        )

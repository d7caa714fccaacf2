"""Which embedder: what there is, what it is good for, and what fits into an image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..embedders.embedder import DoesNotFit, Embedder, Pixels, Progress, no_progress
from ..embedders.syndrome.samples import SampleEmbedder
from ..io.images import Picture
from ..payload.frame import Packed
from ..payload.layout import header_bits, room
from ..payload.schedule import OPENING_BYTES, Key, scheme_of

#: What a user gives for each scheme.
TAKES = {"symmetric": "a passphrase or shared key", "asymmetric": "a key pair"}


@dataclass(frozen=True)
class Capacity:
    """What fits: ``message`` bytes of a message that does not deflate, None where nothing does."""

    embedder: str
    message: int | None


def samples(picture: Picture, embedder: Embedder) -> Pixels:
    """The samples that an embedder takes: uint8 [H, W, C]."""
    channels = embedder.channels or (1 if picture.gray else 3)
    return picture.rgb_u8[..., :channels]


def embedder_named(name: str | None, progress: Progress = no_progress) -> Embedder:
    """The syndrome embedder, which is the default, or the nets of a model, by name or folder.

    ValueError if there is neither.
    """
    if name in (None, SampleEmbedder.name):
        return SampleEmbedder()
    from ..bundles.catalogue import find_model
    from ..bundles.runner import lite_runner
    from ..embedders.nets import NetEmbedder

    model = find_model(str(name))
    return NetEmbedder(model.name, lite_runner(model), progress)


def embedder_for(
    key: Key, name: str | None, picture: Picture, packed: Packed, progress: Progress
) -> Embedder:
    """The embedder that hides a message in a picture.

    Raises ValueError for one that is not good for the key or the picture, and DoesNotFit, with what
    would fit, for a message that is too long.
    """
    embedder = embedder_named(name, progress)
    check_scheme(embedder, key)
    if not takes(embedder, picture):
        raise ValueError(f"{embedder.name} takes grayscale images, but this one has colours")
    height, width = picture.rgb_u8.shape[:2]
    size, most = f"{width} x {height} pixels", capacity_of(embedder, picture).message
    if most is None:
        raise DoesNotFit(
            f"the image has {size}, too few for any message with {embedder.name}; take a larger one"
        )
    if len(packed.content) > most:
        raise DoesNotFit(
            f"the message takes {len(packed.content):,} bytes, but the image holds {most:,} with "
            f"{embedder.name} ({size}); take a larger image or a shorter message"
        )
    return embedder


def embedders_for(
    key: Key, name: str | None, picture: Picture, progress: Progress
) -> Iterable[Embedder]:
    """The embedders to read a picture with: the one that is named, or all, made one at a time.

    Raises ValueError if the named one is not good for the key.
    """
    if name is None:
        made = (embedder_named(each, progress) for each in all_names())
    else:
        named = embedder_named(name, progress)
        check_scheme(named, key)
        made = (each for each in [named])
    schemes = (None, scheme_of(key))
    return (each for each in made if each.scheme in schemes and takes(each, picture))


def all_names() -> Iterator[str]:
    """The syndrome embedder, then the models that come with the package."""
    yield SampleEmbedder.name
    from ..bundles.catalogue import bundled

    yield from (model.name for model in bundled())


def capacity_of(embedder: Embedder, picture: Picture) -> Capacity:
    """What a picture holds, whatever the key."""
    if not takes(embedder, picture):
        return Capacity(embedder.name, None)
    opening = OPENING_BYTES[embedder.scheme or "asymmetric"]
    bits = embedder.holds(samples(picture, embedder).shape, opening)
    # one level above the least: there is room for more where an image turns out to need it
    level = min(1, len(embedder.correction.body) - 1)
    message = room(bits - header_bits(embedder.correction), level, embedder.correction)
    return Capacity(embedder.name, message if message >= 0 else None)


def check_scheme(embedder: Embedder, key: Key) -> None:
    """ValueError for an embedder that takes another kind of key."""
    if embedder.scheme not in (None, scheme_of(key)):
        raise ValueError(
            f"{embedder.name} is of the {embedder.scheme} scheme, which takes "
            f"{TAKES[str(embedder.scheme)]}, but {TAKES[scheme_of(key)]} is given"
        )


def takes(embedder: Embedder, picture: Picture) -> bool:
    """Whether an embedder is made for a picture of so many channels."""
    return embedder.channels != 1 or picture.gray

"""Choose an embedder: which exist, which suit a key and a cover, and how much fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..embedders.blocks import BlockEmbedder
from ..embedders.embedder import DoesNotFit, Embedder, Progress, no_progress
from ..embedders.qim import Qim
from ..embedders.syndrome.coefficients import CoefficientEmbedder
from ..embedders.syndrome.samples import SampleEmbedder
from ..io.jpeg import JpegFile
from ..payload.frame import Packed
from ..payload.layout import header_bits, room
from ..payload.schedule import OPENING_BYTES, Key, scheme_of
from .carriers import Opened, carrier, size_of, takes

#: What a user gives for each scheme.
TAKES = {"symmetric": "a passphrase or shared key", "asymmetric": "a key pair"}


@dataclass(frozen=True)
class Capacity:
    """What fits: ``message`` bytes of a message that does not deflate, None where nothing does.

    ``destination``: as ``hide`` takes it, by default a file that arrives as it is.
    """

    embedder: str
    message: int | None
    destination: str = "file"


def is_nets(name: str | None) -> bool:
    """Whether a name is that of a model, and not the syndrome embedder's or QIM's."""
    return name not in (None, SampleEmbedder.name, Qim.name)


def embedder_named(
    name: str | None, progress: Progress = no_progress, opened: Opened | None = None
) -> Embedder:
    """The syndrome embedder, which is the default, or the nets of a model, by name or folder.

    opened: what it is for, as of a JPEG file it takes the coefficients. ValueError if there is no
    such embedder.
    """
    if name in (None, SampleEmbedder.name):
        if isinstance(opened, JpegFile):
            return CoefficientEmbedder(opened.components[0].table)
        return SampleEmbedder()
    if name == Qim.name:
        return BlockEmbedder(Qim())
    from ..bundles.catalogue import find_model
    from ..bundles.runner import lite_runner
    from ..embedders.nets import NetEmbedder

    model = find_model(str(name))
    modulator = model.modulator()
    if modulator is not None:
        return BlockEmbedder(modulator)
    return NetEmbedder(model.name, lite_runner(model), progress)


def embedder_for(
    key: Key, name: str | None, opened: Opened, packed: Packed, progress: Progress
) -> Embedder:
    """The embedder that hides a message in a cover.

    Raises ValueError for one that is not good for the key or the cover, and DoesNotFit, with what
    would fit, for a message that is too long.
    """
    embedder = embedder_named(name, progress, opened)
    check_scheme(embedder, key)
    if not takes(embedder, opened):
        raise ValueError(f"{embedder.name} takes grayscale images, but this one has colours")
    height, width = size_of(opened)
    size, most = f"{width} x {height} pixels", capacity_of(embedder, opened).message
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
    key: Key, name: str | None, opened: Opened, progress: Progress
) -> Iterable[Embedder]:
    """The embedders to read an image with: the one that is named, or all, made one at a time.

    Raises ValueError if the named one is not good for the key.
    """
    if name is None:
        made = (embedder_named(each, progress, opened) for each in all_names())
    else:
        named = embedder_named(name, progress, opened)
        check_scheme(named, key)
        made = (each for each in [named])
    schemes = (None, scheme_of(key))
    return (each for each in made if each.scheme in schemes and takes(each, opened))


def all_names() -> Iterator[str]:
    """The syndrome embedder, then QIM, then the models that come with the package."""
    yield SampleEmbedder.name
    yield Qim.name
    from ..bundles.catalogue import bundled

    yield from (model.name for model in bundled())


def capacity_of(embedder: Embedder, opened: Opened) -> Capacity:
    """What a cover holds, whatever the key."""
    if not takes(embedder, opened):
        return Capacity(embedder.name, None)
    opening = OPENING_BYTES[embedder.scheme or "asymmetric"]
    image = carrier(opened, embedder)
    if isinstance(embedder, CoefficientEmbedder):
        bits = embedder.fits(image, opening)
    else:
        bits = embedder.holds(image.shape, opening)
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

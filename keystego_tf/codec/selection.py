"""Choose an embedder: list them, match them to a key and a cover, and compute how much fits."""

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

#: The keys that a user gives for each scheme.
TAKES = {"symmetric": "a passphrase or shared key", "asymmetric": "a key pair"}


@dataclass(frozen=True)
class Capacity:
    """The largest message, in bytes that do not deflate, that fits; None if nothing fits.

    ``destination`` is one that ``hide`` takes, by default a file that arrives unchanged.
    """

    embedder: str
    message: int | None
    destination: str = "file"


def is_nets(name: str | None) -> bool:
    """Whether a name is a model's, rather than the syndrome embedder's or QIM's."""
    return name not in (None, SampleEmbedder.name, Qim.name)


def embedder_named(
    name: str | None, progress: Progress = no_progress, opened: Opened | None = None
) -> Embedder:
    """Return the syndrome embedder (the default), or the nets of a model by name or folder.

    ``opened`` is the image to use it on: for a JPEG file, syndrome coding takes the coefficients.
    Raises ValueError if there is no such embedder.
    """
    if name in (None, SampleEmbedder.name):
        if isinstance(opened, JpegFile):
            return CoefficientEmbedder(opened.components[0].table)
        return SampleEmbedder()
    if name == Qim.name:
        return BlockEmbedder(Qim())
    from ..bundles.catalogue import TILE, find_model
    from ..bundles.runner import lite_runner
    from ..embedders.nets import NetEmbedder
    from ..embedders.syndrome.learned import LearnedCosts

    model = find_model(str(name))
    if model.prices:
        own = SampleEmbedder(price=LearnedCosts(lite_runner(model).price, TILE))
        own.name = f"{SampleEmbedder.name}, {model.name}"
        return own
    modulator = model.modulator()
    if modulator is not None:
        return BlockEmbedder(modulator)
    return NetEmbedder(model.name, lite_runner(model), progress)


def embedder_for(
    key: Key, name: str | None, opened: Opened, packed: Packed, progress: Progress
) -> Embedder:
    """Return the embedder that hides a message in a cover.

    Raises ValueError if the embedder does not suit the key or the cover, and DoesNotFit, which says
    what would fit, if the message is too long.
    """
    embedder = embedder_named(name, progress, opened)
    check_scheme(embedder, key)
    if not takes(embedder, opened):
        raise ValueError(f"{embedder.name} takes grayscale images, but this one has colours")
    height, width = size_of(opened)
    size, most = f"{width} x {height} pixels", capacity_of(embedder, opened).message
    if most is None:
        lack = " and too little texture" if isinstance(opened, JpegFile) else ", too few"
        raise DoesNotFit(
            f"the image has {size}{lack} for any message with {embedder.name}; take a larger one"
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
    """Yield the embedders to read an image with: the named one, or all of them one at a time.

    Raises ValueError if the named one does not suit the key.
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
    """Yield the names of the syndrome embedder, QIM, and the package's models with a Bob."""
    yield SampleEmbedder.name
    yield Qim.name
    from ..bundles.catalogue import bundled

    yield from (model.name for model in bundled())


def capacity_of(embedder: Embedder, opened: Opened) -> Capacity:
    """Compute what a cover holds with any key."""
    if not takes(embedder, opened):
        return Capacity(embedder.name, None)
    opening = OPENING_BYTES[embedder.scheme or "asymmetric"]
    image = carrier(opened, embedder)
    if isinstance(embedder, CoefficientEmbedder):
        bits = embedder.fits(image, opening)
    else:
        bits = embedder.holds(image.shape, opening)
    # one level above the least, which leaves room for more correction if an image needs it
    level = min(1, len(embedder.correction.body) - 1)
    message = room(bits - header_bits(embedder.correction), level, embedder.correction)
    return Capacity(embedder.name, message if message >= 0 else None)


def check_scheme(embedder: Embedder, key: Key) -> None:
    """Raise ValueError if the embedder takes another kind of key."""
    if embedder.scheme not in (None, scheme_of(key)):
        raise ValueError(
            f"{embedder.name} is of the {embedder.scheme} scheme, which takes "
            f"{TAKES[str(embedder.scheme)]}, but {TAKES[scheme_of(key)]} is given"
        )

"""Hide exact bytes in any photo, and reveal them.

What lies where is in docs/format.md, what it protects in docs/security.md. Neither TensorFlow nor
the network is needed.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..channel.platforms import LEAST_QUALITY, PLATFORMS, destinations
from ..embedders.blocks import BlockEmbedder
from ..embedders.embedder import Progress, no_progress
from ..embedders.qim import Qim
from ..embedders.syndrome.samples import SampleEmbedder
from ..io import images
from ..io.files import check_new, write_whole
from ..io.images import Source
from ..io.jpeg import JpegFile
from ..payload.frame import NothingThere, pack
from ..payload.keys import Passphrase, PublicKey, SecretKey, SharedKey, load_key, load_public
from ..payload.schedule import Key, ReaderKey, locator_of
from . import carriers, messenger
from .carriers import open_cover
from .reader import first_message, first_openings
from .selection import (
    Capacity,
    all_names,
    capacity_of,
    embedder_for,
    embedder_named,
    embedders_for,
    is_nets,
)
from .sender import Stego, hide_with
from .traces import warn_of_changes

#: The destination of a file that arrives as it is.
FILE = "file"


def hide(
    image: Source | JpegFile,
    message: bytes,
    out: str | Path | None = None,
    *,
    passphrase: str | None = None,
    key: SharedKey | str | Path | None = None,
    to: PublicKey | str | Path | None = None,
    model: str | None = None,
    destination: str = FILE,
    scale: float | None = None,
    anyway: bool = False,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> Stego:
    """Hide a message in an image, and make sure that it can be read.

    image: a path, the bytes of a file, a Pillow image or a Picture (images.read); message: any
    bytes; out: where to write the stego image, with a lossless suffix (images.LOSSLESS), or .jpg
    for a cover that is a JPEG file, whose coefficients then carry the message; one of
    passphrase, key (a shared key, or its file) and to (the receiver's public key, or its file);
    model: name or folder of a bundle whose nets hide the message, by default the syndrome embedder;
    destination: ``file`` for a file that arrives as it is, or what recompresses it on the way, as
    ``channel.platforms.destinations`` takes it (``whatsapp,signal``): the photo is scaled as that
    would do, a JPEG is written, and every way is played and read before;
    scale, anyway: for a lossless file from a JPEG, which otherwise is refused, as its changed
    samples show: shrink it by this factor (0.1 to 0.9), or take it as it is;
    overwrite: replace a file that is there;
    progress: called with the stage (hiding, then reading it back), tiles done and tiles in all.

    Raises ValueError for what will not do: DoesNotFit, with what would fit, for a message that is
    too long; OSError for files that cannot be read or written.
    """
    if not isinstance(message, (bytes, bytearray)):
        hint = ": text.encode()" if isinstance(message, str) else ""
        raise ValueError(f"message is {type(message).__name__}, but must be bytes{hint}")
    secret = _sender_key(passphrase, key, to)
    packed = pack(message)
    if destination != FILE:
        if model is not None or scale is not None:
            raise ValueError(f"model and scale are for files, but it is for {destination}")
        if out is not None:
            _check_jpeg(Path(out), destination, overwrite)
        stego = messenger.hide_for(secret, image, destinations(destination), packed, message)
        if out is not None:
            write_whole(Path(out), stego.file, overwrite)
        return stego
    if model == Qim.name:
        raise ValueError(f"{model} is for what recompresses: give a destination, too")
    wanted = images.format_of(out) if out is not None else None
    opened, format = open_cover(image, wanted, is_nets(model), scale, anyway)
    if out is not None:
        check_new(Path(out), overwrite)
        images.check_output(out, opened if isinstance(opened, images.Picture) else None)
    embedder = embedder_for(secret, model, opened, packed, progress)
    stego = hide_with(embedder, secret, opened, packed, message, format)
    if isinstance(opened, images.Picture):
        warn_of_changes(opened, stego.picture)
    if out is not None:
        write_whole(Path(out), stego.file, overwrite)
    return stego


def reveal(
    image: Source,
    *,
    passphrase: str | None = None,
    key: SharedKey | SecretKey | str | Path | None = None,
    model: str | None = None,
    progress: Progress = no_progress,
) -> bytes:
    """The message that is hidden in an image.

    passphrase, or key: a shared key, one's own secret key, or the file of either; model:
    ``syndrome``, or name or folder of a bundle, by default whichever of those that come with the
    package it takes; progress: called with the stage, tiles read and tiles in all.

    Raises NothingThere, and never says why, for a wrong key, a changed image and an image with
    nothing in it; ValueError for a file that holds no image or no key; OSError for files that
    cannot be read.
    """
    secret = _receiver_key(passphrase, key)
    locator, is_jpeg = locator_of(secret), False
    for opened in carriers.opened_exactly(image):
        embedders = embedders_for(secret, model, opened, progress)
        if is_jpeg and model is None:  # no JPEG keeps every sample, and its blocks are read already
            done = (SampleEmbedder, BlockEmbedder)
            embedders = (each for each in embedders if not isinstance(each, done))
        is_jpeg = isinstance(opened, JpegFile)
        with suppress(NothingThere):
            return first_message(embedders, opened, secret, locator)
    raise NothingThere


def capacity(image: Source, model: str | None = None) -> list[Capacity]:
    """What an image holds, with the syndrome embedder and each bundled model, or the named one.

    Without a name, also for every destination that recompresses.
    """
    names = [model] if model is not None else [each for each in all_names() if each != Qim.name]
    found = []
    for name in names:
        opened, _ = open_cover(image, None, is_nets(name), None, True)
        found.append(capacity_of(embedder_named(name, opened=opened), opened))
    if model is None:
        height, width = images.read(image).rgb_u8.shape[:2]
        for each in (*PLATFORMS.values(), *destinations(f"jpeg:{LEAST_QUALITY}")):
            shape = each.size(width, height)[::-1]
            found.append(messenger.capacity_for(shape, [each]))
    return found


def openings(image: Source, to: PublicKey | str | Path) -> list[tuple[str, bytes]]:
    """What somebody with a public key alone can take for the opening of a message to it.

    to: the public key, or its file. Returns names of embedders and the opening that each reads:
    with syndrome coding any image has one, with nets only one that was put there.
    """
    key = to if isinstance(to, PublicKey) else load_public(_path("to", to, "a public key"))
    opened = next(carriers.opened_exactly(image))
    return [*first_openings(embedders_for(key, None, opened, no_progress), opened, key)]


def _check_jpeg(out: Path, destination: str, overwrite: bool) -> None:
    check_new(out, overwrite)
    if images.check_output(out) != "JPEG":
        raise ValueError(f"{out} must end in .jpg: what is for {destination} is a JPEG")


def _sender_key(
    passphrase: str | None, key: SharedKey | str | Path | None, to: PublicKey | str | Path | None
) -> Key:
    if sum(each is not None for each in (passphrase, key, to)) != 1:
        raise ValueError("one of passphrase, key and to is needed, and only one")
    if passphrase is not None:
        return Passphrase(passphrase)
    if to is not None:
        return to if isinstance(to, PublicKey) else load_public(_path("to", to, "a public key"))
    own = _key(key, "a shared key")
    if not isinstance(own, SharedKey):
        raise ValueError(
            "to hide takes a shared key, a passphrase or the receiver's public key, but this is "
            "the secret half of a key pair, which only reads"
        )
    return own


def _receiver_key(
    passphrase: str | None, key: SharedKey | SecretKey | str | Path | None
) -> ReaderKey:
    if (passphrase is None) == (key is None):
        raise ValueError("either passphrase or key is needed, and only one")
    if passphrase is not None:
        return Passphrase(passphrase)
    return _key(key, "a shared key, a secret key")


def _key(key: object, kinds: str) -> SharedKey | SecretKey:
    """A key that reads, or the one in its file."""
    if isinstance(key, (SharedKey, SecretKey)):
        return key
    return load_key(_path("key", key, kinds))


def _path(name: str, value: object, kinds: str) -> Path:
    if not isinstance(value, (str, Path)):
        raise ValueError(f"{name} is a {type(value).__name__}, but must be {kinds}, or its file")
    return Path(value)

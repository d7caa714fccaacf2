"""Hide exact bytes in any photo, and reveal them.

docs/format.md says which bits lie where, docs/security.md what the format protects. The functions
need neither TensorFlow nor the network.
"""

from __future__ import annotations

from collections.abc import Iterator
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

#: The destination of a file that arrives unchanged.
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
    """Hide a message in an image, and check that it can be read back.

    Args:
        image: a path, the bytes of a file, a Pillow image, a ``Picture`` (``images.read``) or a
            ``JpegFile``.
        message: any bytes.
        out: where to write the stego image. Its suffix is lossless (``images.LOSSLESS``), or .jpg
            if the cover is a JPEG file; the coefficients then carry the message.
        passphrase: gives the key; exactly one of this, ``key`` and ``to`` is needed.
        key: a shared key, or its file.
        to: the receiver's public key, or its file.
        model: name or folder of a bundle whose nets hide the message; by default the syndrome
            embedder.
        destination: ``file`` for a file that arrives unchanged, or the platforms that recompress
            it, in the form that ``channel.platforms.destinations`` takes (``whatsapp,signal``). For
            platforms, the photo is scaled as they scale it and written as a JPEG, and every way is
            simulated and read first.
        scale: shrink a JPEG cover by this factor (0.1 to 0.9) before writing a lossless file.
        anyway: write a lossless file from a JPEG without scaling. This is refused otherwise,
            because changed samples of a former JPEG can be detected.
        overwrite: replace an existing file.
        progress: called by nets with the stage (hiding, then reading back), the tiles done and the
            total.

    Raises:
        DoesNotFit: the message is too long; the error says what would fit.
        ValueError: an argument is wrong, or the cover cannot be used.
        OSError: a file cannot be read or written.
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
        raise ValueError(f"{model} is for what recompresses: give a destination instead")
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
    """Reveal the message that is hidden in an image.

    Args:
        image: a path, the bytes of a file, a Pillow image or a ``Picture`` (``images.read``).
        passphrase: gives the key; exactly one of this and ``key`` is needed.
        key: a shared key, one's own secret key, or the file of either.
        model: ``syndrome``, or name or folder of a bundle. By default, every embedder of the
            package that takes the image is tried.
        progress: called with the stage, the tiles read and the total.

    Raises:
        NothingThere: the key is wrong, the image was changed, or it holds no message. The error
            never says which.
        ValueError: the file holds no image or no key.
        OSError: a file cannot be read.
    """
    secret = _receiver_key(passphrase, key)
    locator, is_jpeg = locator_of(secret), False
    for opened in carriers.opened_exactly(image):
        embedders = embedders_for(secret, model, opened, progress)
        if is_jpeg and model is None:  # no JPEG keeps every sample; its blocks are read already
            done = (SampleEmbedder, BlockEmbedder)
            embedders = (each for each in embedders if not isinstance(each, done))
        is_jpeg = isinstance(opened, JpegFile)
        with suppress(NothingThere):
            return first_message(embedders, opened, secret, locator)
    raise NothingThere


def capacity(image: Source, model: str | None = None) -> list[Capacity]:
    """Compute how much an image holds with the named embedder, or with every embedder.

    Without a name, destinations that recompress are included. Raises ValueError for a model that
    does not exist, or that is for those destinations alone.
    """
    if model == Qim.name:
        raise ValueError(f"{model} is for what recompresses: without a model, all of them show")
    names = [model] if model is not None else [each for each in all_names() if each != Qim.name]
    found = []
    for name in names:
        try:
            opened, _ = open_cover(image, None, is_nets(name), None, True)
        except ValueError:  # a kind of JPEG whose coefficients are left alone, but not its samples
            if model is not None:
                raise
            found.append(Capacity(name, None))
            continue
        found.append(capacity_of(embedder_named(name, opened=opened), opened))
    if model is None:
        height, width = images.read(image).rgb_u8.shape[:2]
        for each in (*PLATFORMS.values(), *destinations(f"jpeg:{LEAST_QUALITY}")):
            shape = each.size(width, height)[::-1]
            found.append(messenger.capacity_for(shape, [each]))
    return found


def openings(image: Source, to: PublicKey | str | Path) -> Iterator[tuple[str, bytes]]:
    """Read what someone with only the public key can take for the opening of a message.

    Yields the name of each embedder with the opening that it reads. Syndrome coding finds an
    opening in any image; nets find only one that was placed there. ``to`` is the public key or its
    file.
    """
    key = to if isinstance(to, PublicKey) else load_public(_path("to", to, "a public key"))
    opened = next(carriers.opened_exactly(image))
    return first_openings(embedders_for(key, None, opened, no_progress), opened, key)


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
    """Return a key that reads, loading it if a file is given."""
    if isinstance(key, (SharedKey, SecretKey)):
        return key
    return load_key(_path("key", key, kinds))


def _path(name: str, value: object, kinds: str) -> Path:
    if not isinstance(value, (str, Path)):
        raise ValueError(f"{name} is a {type(value).__name__}, but must be {kinds}, or its file")
    return Path(value)

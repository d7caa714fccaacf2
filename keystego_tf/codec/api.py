"""Hide and reveal: exact bytes in any photo, through a model that comes with the package.

What lies where is in docs/format.md, what it protects in docs/security.md. Neither TensorFlow nor
the network is needed.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..bundles.catalogue import TILE, bundled, find_model
from ..bundles.runner import lite_runner
from ..io import images
from ..io.files import write_whole
from ..io.images import Source
from ..payload.frame import pack
from ..payload.keys import Passphrase, PublicKey, SecretKey, SharedKey, load_key, load_public
from ..payload.root import Key
from .choice import Capacity, DoesNotFit, capacity_of, fits_channels, models_for, models_of, samples
from .reader import Progress, Reader, first_message, no_progress
from .sender import Sender, Stego
from .tiles import Grid


def hide(
    image: Source,
    message: bytes,
    out: str | Path | None = None,
    *,
    passphrase: str | None = None,
    key: SharedKey | str | Path | None = None,
    to: PublicKey | str | Path | None = None,
    model: str | None = None,
    effort: int | None = None,
    progress: Progress = no_progress,
) -> Stego:
    """Hide a message in an image, and make sure that it can be read.

    image: a path, the bytes of a file, a Pillow image or a Picture (images.read), from 128 x 128
    pixels on; message: any bytes; out: where to write the stego image, with a lossless suffix
    (images.LOSSLESS); one of passphrase, key (a shared key, or its file) and to (the receiver's
    public key, or its file); model: name or folder, by default the one of the key's scheme that
    changes the image least and holds the message, or the next where that one misreads the image;
    effort: 0 has Alice alone, 1 the fewest changes, 2 (the default of models with coding) those
    that texture hides, 3 also has neighbouring changes go the same way; progress: called with the
    stage (hiding, then reading it back), tiles done and tiles in all.

    Raises ValueError for what will not do: DoesNotFit, with what would fit, for a message that is
    too long; OSError for files that cannot be read or written.
    """
    if not isinstance(message, (bytes, bytearray)):
        hint = ": text.encode()" if isinstance(message, str) else ""
        raise ValueError(f"message is {type(message).__name__}, but must be bytes{hint}")
    secret = _sender_key(passphrase, key, to)
    packed = pack(message)
    picture = images.read(image)
    format = images.check_output(out, picture) if out is not None else "PNG"
    *others, last = models_for(secret, model, picture, packed)
    stego = None
    for each in others:  # a dark photo that one model misreads, the next often reads
        with suppress(DoesNotFit):
            stego = Sender(each, secret, progress, effort).hide(picture, packed, message, format)
            break
    if stego is None:
        stego = Sender(last, secret, progress, effort).hide(picture, packed, message, format)
    if out is not None:
        write_whole(Path(out), stego.file)
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

    passphrase, or key: a shared key, one's own secret key, or the file of either; model: name or
    folder, by default whichever of the bundled ones it takes; progress: called with the stage,
    tiles read and tiles in all.

    Raises NothingThere, and never says why, for a wrong key, a changed image and an image with
    nothing in it; ValueError for a file that holds no image or no key; OSError for files that
    cannot be read.
    """
    secret = _receiver_key(passphrase, key)
    models = models_of(secret, model)
    picture = images.read_exact(image)
    readers = [
        (Reader(lite_runner(each), secret, progress=progress), Grid(samples(picture, each)))
        for each in models
        if min(picture.rgb_u8.shape[:2]) >= TILE and fits_channels(each, picture)
    ]
    return first_message(readers)


def capacity(image: Source, model: str | None = None) -> list[Capacity]:
    """What an image holds, for each bundled model or the one that is named."""
    picture = images.read(image)
    models = [find_model(model)] if model else bundled()
    return [capacity_of(each, picture) for each in models]


def _sender_key(
    passphrase: str | None, key: SharedKey | str | Path | None, to: PublicKey | str | Path | None
) -> Key:
    if sum(each is not None for each in (passphrase, key, to)) != 1:
        raise ValueError("one of passphrase, key and to is needed, and only one")
    if passphrase is not None:
        return Passphrase(passphrase)
    if to is not None:
        return to if isinstance(to, PublicKey) else load_public(_path("to", to, "a public key"))
    found = _key(key, "a shared key")
    if not isinstance(found, SharedKey):
        raise ValueError(
            "to hide takes a shared key, a passphrase or the receiver's public key, but this is "
            "the secret half of a key pair, which only reads"
        )
    return found


def _receiver_key(
    passphrase: str | None, key: SharedKey | SecretKey | str | Path | None
) -> Passphrase | SharedKey | SecretKey:
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

"""Ways of hiding that the simple detectors are set on: those of ``hide``, and controls that each of
them must find, as the first version of this package changed images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .. import codec
from ..channel.platforms import destinations
from ..codec import messenger
from ..io import jpeg
from ..payload.keys import SecretKey, SharedKey
from ..steganalysis.simple import BYTES, JPEG, JPEG_BYTES, SAMPLES

Pixels = NDArray[np.uint8]

#: Bytes of a message that a tile holds, and samples that the first version changed for 40.
SHORT, CHANGED = 16, 300


@dataclass(frozen=True)
class Photo:
    """A photo as two covers: samples without a JPEG past, uint8 [H, W, 3], and a JPEG file; the
    message that is short in it, bytes."""

    pixels: Pixels
    jpeg: bytes
    short: int = SHORT


@dataclass(frozen=True)
class Way:
    """A way of hiding: what of it is looked at, and how cover and stego image are made.

    finds: the detectors that must find it; empty for what ``hide`` does.
    """

    name: str
    reads: tuple[str, ...]
    make: Callable[[Photo, np.random.Generator], tuple[Any, Any]]
    finds: tuple[str, ...] = ()


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def _in_samples(
    photo: Photo, rng: np.random.Generator, mode: str, full: bool
) -> tuple[Pixels, Pixels]:
    cover = saved(Image.fromarray(photo.pixels).convert(mode), "PNG")
    stego = _hidden(cover, photo.short, rng, full)
    return _decoded(cover), _decoded(stego)


def _in_jpeg(photo: Photo, rng: np.random.Generator, full: bool) -> tuple[bytes, bytes]:
    return photo.jpeg, _hidden(photo.jpeg, photo.short, rng, full)


def _for_messenger(photo: Photo, rng: np.random.Generator) -> tuple[bytes, bytes]:
    """The photo as a messenger has it, with a message and without."""
    to, key = "whatsapp", SharedKey(rng.bytes(32))
    plain = messenger.scaled_for(photo.jpeg, destinations(to)).plain
    return plain, codec.hide(photo.jpeg, rng.bytes(photo.short), key=key, destination=to).file


def _hidden(cover: bytes, short: int, rng: np.random.Generator, full: bool) -> bytes:
    """A stego file with a message of ``short`` bytes, or of as many as fit."""
    most = codec.capacity(cover, "syndrome")[0].message or 0
    message = rng.bytes(max(1, most - 1) if full else short)
    return codec.hide(cover, message, key=SharedKey(rng.bytes(32)), anyway=True).file


def _decoded(content: bytes) -> Pixels:
    """The samples of a file as it stores them, uint8 [H, W, C]."""
    samples = np.asarray(Image.open(BytesIO(content)))
    return samples.reshape(*samples.shape[:2], -1)


def _opening(photo: Photo, rng: np.random.Generator) -> tuple[bytes, bytes]:
    """What a holder of the public key reads where the opening is."""
    secret, cover = SecretKey.generate(), saved(Image.fromarray(photo.pixels), "PNG")
    stego = codec.hide(cover, rng.bytes(photo.short), to=secret.public, anyway=True).file
    sides = (dict(codec.openings(each, secret.public))["syndrome"] for each in (cover, stego))
    first, second = sides
    return first, second


def lsb_matching(pixels: Pixels, rng: np.random.Generator, count: int = CHANGED) -> Pixels:
    """``count`` samples changed by one, as the first version of this package changed them."""
    changed = pixels.astype(np.int16)
    where = rng.choice(pixels.size, count, replace=False)
    changed.reshape(-1)[where] += rng.choice([-1, 1], count).astype(np.int16)
    return np.clip(changed, 0, 255).astype(np.uint8)


def _matched(
    photo: Photo, rng: np.random.Generator, of: Callable[[Photo], Pixels]
) -> tuple[Pixels, Pixels]:
    cover = of(photo)
    return cover, lsb_matching(cover, rng)


def _decoded_jpeg(photo: Photo) -> Pixels:
    return np.asarray(Image.open(BytesIO(photo.jpeg)).convert("RGB"))


def _gray(photo: Photo) -> Pixels:
    return np.asarray(Image.fromarray(photo.pixels).convert("L").convert("RGB"))


def _overexposed(photo: Photo) -> Pixels:
    """With a fifth of each channel clipped, and nothing close to it that is not."""
    limit = min(250.0, float(np.quantile(photo.pixels, 0.8)))
    return np.where(photo.pixels > limit, 255, np.minimum(photo.pixels, 250)).astype(np.uint8)


def _replaced(photo: Photo, rng: np.random.Generator) -> tuple[Pixels, Pixels]:
    bits = rng.integers(0, 2, photo.pixels.shape, dtype=np.uint8)
    return photo.pixels, np.asarray(photo.pixels & 0xFE | bits, np.uint8)


def _changed_coefficients(
    photo: Photo,
    rng: np.random.Generator,
    change: Callable[[NDArray[np.int64], np.random.Generator], NDArray[np.int64]],
) -> tuple[bytes, bytes]:
    """Luma's AC coefficients changed."""
    file = jpeg.read(photo.jpeg)
    planes = [each.coefficients.copy() for each in file.components]
    dc = planes[0][..., 0, 0].copy()
    planes[0] = change(planes[0].astype(np.int64), rng).astype(np.int16)
    planes[0][..., 0, 0] = dc
    return photo.jpeg, file.to_bytes(planes)


def _jsteg(values: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    bits = rng.integers(0, 2, values.shape)
    return np.where((values == 0) | (values == 1), values, values & ~1 | bits)


def _shrunk(values: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A fifth of the coefficients nearer to zero by one, as F5 changes them."""
    return np.asarray(values - np.sign(values) * (rng.random(values.shape) < 0.2))


def _appended(photo: Photo, rng: np.random.Generator) -> tuple[bytes, bytes]:
    return photo.jpeg, photo.jpeg + rng.bytes(photo.short)


def _plain_key(photo: Photo, rng: np.random.Generator) -> tuple[bytes, bytes]:
    return rng.bytes(32), SecretKey.generate().public.x25519


_FILE = (JPEG, JPEG_BYTES)

WAYS = (
    Way("lossless, short", (SAMPLES,), partial(_in_samples, mode="RGB", full=False)),
    Way("lossless, gray, short", (SAMPLES,), partial(_in_samples, mode="L", full=False)),
    Way("lossless, full", (SAMPLES,), partial(_in_samples, mode="RGB", full=True)),
    Way("JPEG, short", _FILE, partial(_in_jpeg, full=False)),
    Way("JPEG, full (0.4 bpnzAC)", _FILE, partial(_in_jpeg, full=True)),
    Way("JPEG for WhatsApp, short", _FILE, _for_messenger),
    Way("opening, under the public key", (BYTES,), _opening),
    Way("control: samples of a JPEG", (SAMPLES,), partial(_matched, of=_decoded_jpeg),
        ("jpeg-compatibility",)),
    Way("control: samples of a gray photo", (SAMPLES,), partial(_matched, of=_gray),
        ("gray-exceptions",)),
    Way("control: samples of a clipped photo", (SAMPLES,), partial(_matched, of=_overexposed),
        ("range-ends", "lone-samples")),
    Way("control: LSB replacement", (SAMPLES,), _replaced,
        ("rs", "primary-sets", "sample-pairs", "chi-square")),
    Way("control: Jsteg", _FILE, partial(_changed_coefficients, change=_jsteg),
        ("equal-pairs", "asymmetry")),
    Way("control: a fifth shrunk", _FILE, partial(_changed_coefficients, change=_shrunk),
        ("calibration", "calibrated-zeros")),
    Way("control: appended bytes", (JPEG_BYTES,), _appended, ("structure",)),
    Way("control: X25519 in the open", (BYTES,), _plain_key, ("x25519",)),
)  # fmt: skip

"""Covers and stego images: from files to arrays, and from arrays to files.

Files may come from strangers. If anything is wrong with one, a ValueError names it and the rule.
Only a file that cannot be opened at all raises an OSError. Sizes are checked before decoding.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .decoders import MAX_PIXELS, decoders_for, decoding
from .files import check_place, read_whole
from .pillow import saved

Pixels = NDArray[np.uint8]

#: Largest size of a file in bytes.
MAX_BYTES = 2**30

#: Formats by suffix that preserve every sample.
LOSSLESS = {".png": "PNG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF", ".bmp": "BMP"}

#: Suffixes of JPEG files, whose coefficients carry the message.
JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif")

_COMPRESSED = [".avif", ".heic", ".heif", ".jp2", ".jxl"]
_LOSSY = {each: f"the lossy compression of {each}" for each in _COMPRESSED}
_LOSSY[".gif"] = "the palette of .gif, 256 colours,"

_GRAY = ("1", "L", "LA", "La")
_COLOURED = ("P", "PA", "RGB", "RGBA", "RGBa", "RGBX")

#: Without "exact", the colours of fully transparent pixels would be lost.
_OPTIONS = {"WEBP": {"lossless": True, "exact": True}}

#: Largest width and height that the 14 bits of a WebP file can hold.
_WEBP_SIDE = 16383
_ORIENTATION, _BITS_PER_SAMPLE = 274, 258


@dataclass(frozen=True, eq=False)
class Picture:
    """The samples of one image.

    ``rgb_u8``: uint8 [H, W, 3]; ``alpha_u8``: uint8 [H, W], 0 is transparent, or None; ``gray``:
    whether the three channels are equal; ``stored_gray``: whether the file has only one of them;
    ``profile``: the file's ICC profile, which defines the colours of the samples. Raises ValueError
    if a shape or type does not fit.
    """

    rgb_u8: Pixels
    alpha_u8: Pixels | None = None
    gray: bool = False
    stored_gray: bool = False
    profile: bytes = b""

    def __post_init__(self) -> None:
        shape = self.rgb_u8.shape
        if self.rgb_u8.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise ValueError(f"rgb_u8 is {self.rgb_u8.dtype} {shape}, but must be uint8 [H, W, 3]")
        alpha = self.alpha_u8
        if alpha is not None and (alpha.dtype != np.uint8 or alpha.shape != shape[:2]):
            rule = f"must be uint8 {shape[:2]}"
            raise ValueError(f"alpha_u8 is {alpha.dtype} {alpha.shape}, but {rule}")


#: The forms in which an image can be given.
Source = Union[str, Path, bytes, Image.Image, Picture]


def read(source: Source) -> Picture:
    """Read a cover: each sample as stored, in the orientation that a viewer shows.

    ``source`` is a path, the bytes of a file, a Pillow image, or a picture, which is returned as it
    is. Raises ValueError unless it is an undamaged still image of 8 bits a sample in gray or RGB,
    within MAX_PIXELS and MAX_BYTES, and OSError for a path that cannot be opened.
    """
    return _read(source, False)


def read_exact(source: Source) -> Picture:
    """Read a stego image as it is stored, ignoring the orientation.

    Takes and raises what ``read`` does. Lossy files are read like any other.
    """
    return _read(source, True)


def scaled(picture: Picture, factor: float) -> Picture:
    """Scale a picture by a factor of 0.1 to 0.9, by Lanczos; ValueError for another factor."""
    if not 0.1 <= factor <= 0.9:
        raise ValueError(f"scale is {factor}, but must be 0.1 to 0.9")
    height, width = picture.rgb_u8.shape[:2]
    size = max(1, round(factor * width)), max(1, round(factor * height))
    samples = picture.rgb_u8[..., 0] if picture.gray else picture.rgb_u8
    colours, *alpha = (
        np.asarray(Image.fromarray(each).resize(size, Image.Resampling.LANCZOS))
        for each in (samples, picture.alpha_u8)
        if each is not None
    )
    rgb = np.repeat(colours[..., None], 3, axis=-1) if picture.gray else colours
    return replace(picture, rgb_u8=rgb, alpha_u8=alpha[0] if alpha else None)


def psnr(old: Picture, new: Picture) -> float:
    """Compute the PSNR in dB, over all channels of colour images and the one of gray images."""
    channels = 1 if old.gray and new.gray else 3
    before, after = old.rgb_u8[..., :channels], new.rgb_u8[..., :channels]
    differ = before != after  # few samples of many, mostly
    away = after[differ].astype(np.int64) - before[differ]
    mse = float(np.sum(away**2)) / before.size
    return float(10 * np.log10(255**2 / mse)) if mse else float("inf")


def format_of(path: str | Path) -> str:
    """Choose the format of a stego image from its suffix; ValueError if there is none."""
    suffix = Path(path).suffix.lower()
    if suffix in LOSSLESS:
        return LOSSLESS[suffix]
    if suffix in JPEG_SUFFIXES:
        return "JPEG"
    rule = f"must end in one of {', '.join(LOSSLESS)}, or .jpg for a cover that is a JPEG"
    if suffix in _LOSSY:
        raise ValueError(f"{path} {rule}: {_LOSSY[suffix]} would destroy the message")
    if not suffix:
        raise ValueError(f"{str(path)!r} has no ending, but {rule}")
    raise ValueError(f"{path} ends in {suffix!r}, but {rule}")


def check_output(path: str | Path, picture: Picture | None = None) -> str:
    """Return the format of a planned file; ValueError if writing it would fail in the end.

    ``picture`` has the size and the alpha of what will be written.
    """
    path = Path(path)
    found = format_of(path)
    check_place(path)
    if picture is not None:
        _check_fits(picture, found)
    return found


def encode(picture: Picture, format: str) -> bytes:
    """Encode a file with these samples, and no metadata but the profile.

    The bytes are those of Pillow's plain ``save``, so a file does not reveal what wrote it.
    ``format`` is one of the values of LOSSLESS. Raises ValueError if it is another, or cannot hold
    the picture.
    """
    if format not in LOSSLESS.values():
        known = ", ".join(dict.fromkeys(LOSSLESS.values()))
        raise ValueError(f"format is {format!r}, but must be one of {known}")
    _check_fits(picture, format)
    samples, profile = picture.rgb_u8, picture.profile
    if picture.stored_gray and format != "WEBP":  # WebP stores only colours
        samples = samples[..., 0]
    if picture.alpha_u8 is not None:
        samples = np.dstack([samples, picture.alpha_u8])  # [H, W, 4], or 2 of gray
    options = {**_OPTIONS.get(format, {}), **({"icc_profile": profile} if profile else {})}
    return saved(Image.fromarray(samples), format, **options)


def _check_fits(picture: Picture, format: str) -> None:
    height, width = picture.rgb_u8.shape[:2]
    if format == "BMP" and picture.alpha_u8 is not None:
        raise ValueError("the image has transparency, which .bmp cannot keep: use .png")
    if format == "WEBP" and max(height, width) > _WEBP_SIDE:
        rule = f".webp takes sides of at most {_WEBP_SIDE}: use .png"
        raise ValueError(f"the image has {width} x {height} pixels, but {rule}")


def _read(source: Any, exact: bool) -> Picture:
    if isinstance(source, Picture):
        return source
    if isinstance(source, Image.Image):
        return _picture(source, "the image", exact)
    if isinstance(source, bytes):
        return _decode(source, "the image", exact)
    if not isinstance(source, (str, Path)):
        kind = type(source).__name__
        raise ValueError(f"source is of type {kind}, but must be a path, bytes or a Pillow image")
    return _decode(content_of(source), str(source), exact)


def content_of(path: str | Path) -> bytes:
    """Read the bytes of an image file; ValueError above MAX_BYTES, or if it is no regular file."""
    return read_whole(Path(path), MAX_BYTES)


def _decode(content: bytes, name: str, exact: bool) -> Picture:
    if len(content) > MAX_BYTES:
        raise ValueError(f"{name} has {len(content)} bytes, but at most {MAX_BYTES} are read")
    _check_canvas(content[:30], name)
    with decoding(name):
        image = Image.open(BytesIO(content), formats=decoders_for(content[:12]))
    with image:
        return _picture(image, name, exact)


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if not 0 < width * height <= MAX_PIXELS:
        size_is = f"{name} has {width} x {height} pixels"
        raise ValueError(f"{size_is}, but must have 1 to {MAX_PIXELS} in all")


def _check_canvas(start: bytes, name: str) -> None:
    """Check the size of an extended WebP file: some Pillows allocate memory for it on opening."""
    if len(start) == 30 and start[:4] == b"RIFF" and start[8:16] == b"WEBPVP8X":
        width, height = (int.from_bytes(start[i : i + 3], "little") + 1 for i in (24, 27))
        _check_size((width, height), name)


def _picture(image: Image.Image, name: str, exact: bool) -> Picture:
    _check_size(image.size, name)
    with decoding(name):
        # the second picture of a phone's JPEG (MPO) is a preview or a gain map
        moves = getattr(image, "is_animated", False) and image.format != "MPO"
        deep = is_deep(image)
    if moves:
        raise ValueError(f"{name} has several frames or pages, but must have one")
    if deep:
        raise ValueError(f"{name} has more than 8 bits a sample: convert it to 8 bits first")
    if image.mode not in _GRAY + _COLOURED:
        raise ValueError(f"{name} has the colours {image.mode}: convert it to RGB first")
    with decoding(name):
        image = _load(image, exact)
        colours, alpha = _split(image)
        rgb_u8 = np.array(_convert(colours, "RGB"))  # [H, W, 3]
        return Picture(
            rgb_u8,
            None if alpha is None else np.array(alpha),
            gray=all(bool((row == row[:, :1]).all()) for row in rgb_u8),
            stored_gray=colours.mode == "L",
            profile=image.info.get("icc_profile") or b"",
        )


def is_deep(image: Image.Image) -> bool:
    """Whether samples have more than 8 bits, even if Pillow would silently drop the lower ones."""
    if image.mode[0] in "IF":
        return True
    tags = getattr(image, "tag_v2", None)
    if tags is not None:
        return bool(np.max(tags.get(_BITS_PER_SAMPLE, 1)) > 8)
    for _, _, _, options in getattr(image, "tile", []):
        if image.format == "PNG" and ";16" in str(options):
            return True
        # (raw mode, largest value) of the decoders that scale to 8 bits
        if image.format == "PPM" and isinstance(options, tuple) and options[1] > 255:
            return True
    return False


def _load(image: Image.Image, exact: bool) -> Image.Image:
    """Decode the image, turned by its orientation, or as stored if ``exact``."""
    turned_by_pillow = hasattr(image, "tag_v2")  # a TIFF, on loading
    if exact and turned_by_pillow:
        with suppress(Exception):  # damaged EXIF, which Pillow then ignores, too
            image.getexif()[_ORIENTATION] = 1
    image.load()
    if exact or turned_by_pillow:
        return image
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF
        return image


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Separate colours (mode L or RGB) from alpha (L), if there is any, keeping each sample."""
    plain = "L" if image.mode in _GRAY else "RGB"
    in_palette = image.mode == "P" and image.palette is not None and image.palette.mode == "RGBA"
    clear = image.mode[-1] in "Aa" or in_palette or "transparency" in image.info
    if not clear or image.mode == "RGBX":
        return _convert(image, plain), None
    both = _convert(image, "LA" if plain == "L" else "RGBA")
    return both.convert(plain), both.getchannel("A")


def _convert(image: Image.Image, mode: str) -> Image.Image:
    """Convert an image, but return it unchanged if Pillow would only copy it."""
    return image if image.mode == mode else image.convert(mode)

"""Open a cover for an embedder: samples of a picture, or coefficients of a JPEG file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from ..embedders.blocks import BlockEmbedder
from ..embedders.embedder import Embedder
from ..embedders.syndrome.coefficients import CoefficientEmbedder
from ..io import images, jpeg
from ..io.decoders import lossy_kind
from ..io.images import Picture, Source
from ..io.jpeg import JpegFile
from .traces import FACTOR, warn_of_past

#: A cover or a stego image, opened in the form that an embedder takes.
Opened = Union[Picture, JpegFile]


def takes(embedder: Embedder, opened: Opened) -> bool:
    """Whether an embedder takes this kind of image and this number of channels."""
    if isinstance(opened, JpegFile):
        gray = len(opened.components) == 1
        if isinstance(embedder, BlockEmbedder):
            return embedder.channels != 1 or gray
        return isinstance(embedder, CoefficientEmbedder)
    return not isinstance(embedder, CoefficientEmbedder) and (embedder.channels != 1 or opened.gray)


def carrier(opened: Opened, embedder: Embedder) -> NDArray[Any]:
    """Return the part of an image that carries bits.

    This is uint8 [H, W, C] for the samples of a picture, and int16 [rows, columns, 8, 8] for luma's
    coefficients of a JPEG file. For blocks of a JPEG file it is the unclipped samples, float32
    [H, W, C], of luma alone if the embedder takes any number of channels.
    """
    if isinstance(opened, JpegFile):
        if isinstance(embedder, BlockEmbedder):
            return jpeg.unclipped(opened, embedder.channels or 1)
        return opened.components[0].coefficients
    channels = embedder.channels or (1 if opened.gray else 3)
    return opened.rgb_u8[..., :channels]


def written(opened: Opened, changed: NDArray[Any], format: str) -> bytes:
    """Encode a cover with another carrier; ``format`` is one of ``images.encode``, or JPEG."""
    if isinstance(opened, JpegFile):
        return opened.to_bytes([changed, *(each.coefficients for each in opened.components[1:])])
    gray = changed.shape[-1] == 1
    rgb = np.repeat(changed, 3, axis=-1) if gray else changed
    changed_picture = replace(
        opened, rgb_u8=rgb, gray=gray, stored_gray=gray and opened.stored_gray
    )
    return images.encode(changed_picture, format)


def reopened(file: bytes, format: str) -> Opened:
    """Open a stego image from its bytes."""
    return jpeg.read(file) if format == "JPEG" else images.read_exact(file)


def opened_exactly(source: Source) -> Iterator[Opened]:
    """Yield everything that may carry a message: a JPEG file's coefficients, then the samples.

    Raises ValueError if the source is not an image.
    """
    content = images.content_of(source) if isinstance(source, (str, Path)) else source
    if isinstance(content, bytes) and content.startswith(b"\xff\xd8\xff"):
        with suppress(ValueError):  # a kind of JPEG that is never used for hiding
            yield jpeg.read(content)
    yield images.read_exact(content if isinstance(content, bytes) else source)


def pixels_of(opened: Opened) -> Picture:
    """Decode the picture as a viewer shows it, in the stored orientation."""
    return images.read_exact(opened.source) if isinstance(opened, JpegFile) else opened


def size_of(opened: Opened) -> tuple[int, int]:
    """Return height and width in pixels."""
    if isinstance(opened, JpegFile):
        return opened.height, opened.width
    height, width = opened.rgb_u8.shape[:2]
    return height, width


def open_cover(
    source: Source | JpegFile, format: str | None, nets: bool, scale: float | None, anyway: bool
) -> tuple[Opened, str]:
    """Open a cover, and choose the format of the stego image.

    Args:
        source: as ``images.read`` takes it, or opened already.
        format: one of ``images.LOSSLESS``, or JPEG. None means JPEG if the cover is one, else PNG.
        nets: the embedder is a model's nets, which take samples and no coefficients.
        scale: factor from 0.1 to 0.9 by which to shrink a picture, to remove traces of JPEG.
        anyway: take the samples of a JPEG, or of a former JPEG, as they are.

    Raises:
        ValueError: the cover of a lossless file is a JPEG and neither ``scale`` nor ``anyway`` is
            given; .jpg is wanted but the cover is no JPEG; ``images.read`` or ``jpeg.read`` refuses
            the file.
    """
    if isinstance(source, JpegFile):
        return _jpeg_cover(source, "the cover", format in (None, "JPEG"), nets, scale), "JPEG"
    content = images.content_of(source) if isinstance(source, (str, Path)) else source
    is_jpeg = isinstance(content, bytes) and content.startswith(b"\xff\xd8\xff")
    name = str(source) if isinstance(source, (str, Path)) else "the cover"
    if format is None:
        format = "JPEG" if is_jpeg and not nets and scale is None else "PNG"
    if format == "JPEG":
        return _jpeg_cover(content, name, is_jpeg, nets, scale), format
    if is_jpeg and not (anyway or scale):
        other = "Write a .jpg, which keeps the cover's size and quality; or "
        raise ValueError(
            f"{name} is a JPEG: every sample that changes in a lossless file shows against it. "
            f"{'' if nets else other}shrink it (--scale {FACTOR}), or hide anyway (--anyway)"
        )
    picture = images.read(source)
    if scale is not None:
        return images.scaled(picture, scale), format
    if not anyway:
        warn_of_past(picture, name, lossy_kind(content) if isinstance(content, bytes) else None)
    return picture, format


def _jpeg_cover(
    content: Any, name: str, is_jpeg: bool, nets: bool, scale: float | None
) -> JpegFile:
    if not is_jpeg:
        rule = "no JPEG file, and .jpg takes one: write a .png"
        if isinstance(content, JpegFile):
            rule = "an opened JPEG file, which becomes no other format: write a .jpg"
        raise ValueError(f"{name} is {rule} instead")
    if nets:
        raise ValueError("nets change samples, which a .jpg would not keep: write a .png instead")
    if scale is not None:
        raise ValueError("a scaled cover is no JPEG any more: write a .png instead of a .jpg")
    file = content if isinstance(content, JpegFile) else jpeg.read(content)
    if file.rgb:
        raise ValueError(f"{name} is a JPEG of red, green and blue: convert it to YCbCr first")
    return file

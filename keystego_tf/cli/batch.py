"""Handle several photos at once: find them, place the results, split a message over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..io.files import check_folder, check_new
from .terminal import say

#: Suffixes of files that are taken from a folder.
PHOTOS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp"),
    *(".heic", ".heif", ".avif"),
)


def photos_in(paths: Sequence[Path]) -> list[Path]:
    """List the named images, and those in named folders, in order of their names."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        within = sorted(
            each
            for each in path.iterdir()
            if each.suffix.lower() in PHOTOS and each.is_file() and each.name[0] != "."
        )
        if not within:
            raise ValueError(f"{path} has no images ({', '.join(PHOTOS)})")
        found += within
    return found


def is_several(paths: Sequence[Path]) -> bool:
    """Whether an argument stands for more than one image."""
    return len(paths) > 1 or paths[0].is_dir()


def places(images: Sequence[Path], folder: Path, jpeg: bool | None, overwrite: bool) -> list[Path]:
    """Choose a file in a folder for each image; none exists yet, unless ``overwrite``.

    ``jpeg``: whether they are JPEG files. With None, JPEG files stay JPEG and others become PNG.
    """
    if (folder.exists() and not folder.is_dir()) or folder.suffix.lower() in PHOTOS:
        raise click.UsageError(f"{folder} names a file, but for several images --out is a folder")
    check_folder(folder)
    found: dict[Path, Path] = {}
    for image in images:
        ending = ".jpg" if jpeg or (jpeg is None and is_jpeg(image)) else ".png"
        out = folder / f"{image.stem}{ending}"
        if out in found:
            raise click.UsageError(f"{found[out]} and {image} would both become {out}")
        check_new(out, overwrite)
        if out.exists() and out.samefile(image):
            raise click.UsageError(f"{image} is in {folder}: choose another folder for --out")
        found[out] = image
    return list(found)


def shares(
    message: bytes, images: Sequence[Path], model: str | None, destination: str, quiet: bool
) -> list[tuple[int, bytes]]:
    """Cut a message into as few parts as possible; return them with the numbers of their images."""
    from ..codec import parts

    rooms: dict[int, int] = {}
    for number, image in enumerate(images):
        try:
            room = _room(image, model, destination)
        except (ValueError, ImportError) as error:
            named = str(image) in str(error)
            raise ValueError(str(error) if named else f"{image}: {error}") from error
        if room >= parts.LEAST_ROOM:
            rooms[number] = room
        elif not quiet:
            say(f"note: {image} holds too little for a part of the message", err=True)
    return list(zip(rooms, parts.split(message, list(rooms.values()))))


def _room(image: Path, model: str | None, destination: str) -> int:
    from .. import codec
    from ..channel.platforms import destinations
    from ..codec.messenger import capacity_for, scaled_for
    from ..embedders.syndrome.samples import SampleEmbedder

    if destination == codec.FILE:
        (found,) = codec.capacity(image, model or SampleEmbedder.name)
    else:
        platforms = destinations(destination)
        found = capacity_for(scaled_for(image, platforms).pixels.shape, platforms)
    return found.message or 0


def is_jpeg(image: Path) -> bool:
    if image.exists() and not image.is_file():  # a pipe would block
        raise ValueError(f"{image} is not a regular file")
    with image.open("rb") as file:
        return file.read(3) == b"\xff\xd8\xff"

"""The command hide."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from ..io.files import check_new
from .batch import is_several, photos_in, places, shares
from .errors import Failed, usage_errors
from .options import (
    FILE,
    find_passphrase,
    only_one,
    passphrase_option,
    receivers_key,
    sender_key,
)
from .showing import figures_of, in_words, progress_bars
from .terminal import say

if TYPE_CHECKING:
    from ..codec import Stego
    from ..codec.carriers import Opened


def model_option(default: str) -> Callable[[Any], Any]:
    """Make the option --model; ``default`` says what is used without it."""
    return click.option(
        "--model",
        metavar="NAME|FOLDER",
        help=f"Use nets: a bundled model (keystego-tf models), or the folder of a bundle. By "
        f"default {default}.",
    )


@click.command()
@click.argument("images", type=FILE, nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "-o",
    "--out",
    type=FILE,
    required=True,
    help="Image to write: .jpg if IMAGE is a JPEG, whose size and quality it keeps, or else .png, "
    ".webp, .tif, .tiff or .bmp. With --for always .jpg. For several images, a folder.",
)
@click.option("-m", "--message", metavar="TEXT", help="Text to hide.")
@click.option(
    "-f", "--message-file", type=FILE, help="File to hide, any bytes; - reads standard input."
)
@passphrase_option
@click.option("--key", type=FILE, help="Shared key (keystego-tf keygen --shared).")
@click.option("--to", type=FILE, help="Public key of the receiver (keystego-tf keygen).")
@model_option("hide uses syndrome coding, which changes least and needs no nets")
@click.option(
    "--for",
    "destination",
    metavar="NAME[,NAME]",
    help="Survive the recompression of an app: whatsapp, whatsapp-hd, signal, telegram, "
    "instagram (crops to a square), facebook, x (keystego-tf capacity lists all), or jpeg:Q for "
    "any JPEG of quality Q (50 to 95) or better. By default file, which arrives as it is.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0.1, 0.9),
    help="Shrink IMAGE to this share of its size first, to write a lossless file from a JPEG.",
)
@click.option(
    "--anyway", is_flag=True, help="Write a lossless file from a JPEG, although it shows changes."
)
@click.option(
    "--split",
    is_flag=True,
    help="Cut a message that one image cannot hold into parts, one an image; reveal joins them.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file at --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress bar and no notes.")
def hide(
    images: tuple[Path, ...],
    out: Path,
    message: str | None,
    message_file: Path | None,
    passphrase: str | None,
    key: Path | None,
    to: Path | None,
    model: str | None,
    destination: str | None,
    scale: float | None,
    anyway: bool,
    split: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Hide a message in IMAGE.

    Give the message with --message or --message-file, or pipe it in. A passphrase, a shared key or
    the receiver's public key decides who can read it. The command reads every stego image back
    before it writes it.

    Several images, or a folder of them, each get the whole message, or with --split a part of it.

    \b
      keystego-tf hide photo.jpg -o holiday.jpg -m "At noon, by the river"
      keystego-tf hide photo.png -o holiday.png -f plan.pdf --to anna.pub
      keystego-tf hide photo.jpg -o holiday.jpg -m "At noon" --for whatsapp
      keystego-tf hide photos/ -o sent/ -f plan.pdf --split
    """
    only_one({"--message": message, "--message-file": message_file})
    has_key = only_one({"--passphrase": passphrase, "--key": key, "--to": to})
    from .. import codec
    from ..codec.selection import is_nets

    destination = codec.FILE if destination is None else destination
    wishes = Wishes(model, destination, scale, anyway, overwrite)
    wishes.check(split)
    photos = photos_in(images)
    outs, opened = [out], None
    if is_several(images):
        lossless = is_nets(model) or scale is not None
        jpeg = False if lossless else True if wishes.recompressed else None
        outs = places(photos, out, jpeg, overwrite)
    else:
        opened = wishes.open(photos[0], out)
    own = sender_key(key) if key is not None else None
    receivers = receivers_key(to) if to is not None else None
    content = _message(message, message_file)
    if not has_key:
        passphrase = find_passphrase("--passphrase, --key or --to", True)
    jobs = [*enumerate([codec.whole(content)] * len(photos))]
    if split:
        jobs = shares(content, photos, model, wishes.destination, quiet)
    if is_several(images):
        out.mkdir(parents=True, exist_ok=True)
    figures: list[dict[str, Any]] = []
    for number, part in jobs:
        image, place = photos[number], outs[number]
        try:
            cover = opened or wishes.open(image, place)
            with progress_bars(quiet) as progress:
                stego = codec.hide(
                    cover,
                    part,
                    place,
                    passphrase=passphrase,
                    key=own,
                    to=receivers,
                    model=model,
                    destination=wishes.destination,
                    anyway=True,
                    overwrite=overwrite,
                    progress=progress,
                )
        except (ValueError, OSError, ImportError) as error:
            if is_several(images) and as_json:
                say(json.dumps(figures, indent=2))
            if is_several(images) and not isinstance(error, OSError):
                named = str(image) in str(error)
                raise Failed(str(error) if named else f"{image}: {error}") from error
            raise
        for note in [] if quiet else _notes(cover, part, stego, wishes.destination):
            say(f"note: {note}", err=True)
        figures.append(figures_of(place, len(part), stego))
        if not as_json:
            say(in_words(figures[-1]))
    if as_json:
        say(json.dumps(figures if is_several(images) else figures[0], indent=2))


@dataclass(frozen=True)
class Wishes:
    """How to hide a message, whatever the image."""

    model: str | None
    destination: str
    scale: float | None
    anyway: bool
    overwrite: bool

    @property
    def recompressed(self) -> bool:
        """Whether the destination recompresses."""
        from ..codec import FILE

        return self.destination != FILE

    def check(self, split: bool) -> None:
        """Raise UsageError if options exclude each other, and ValueError for an unknown model."""
        from ..channel.platforms import destinations
        from ..codec.selection import embedder_named

        if self.recompressed:
            only_one({"--for": self.destination, "--model": self.model, "--scale": self.scale})
            with usage_errors():
                destinations(self.destination)
        if split:
            only_one({"--split": True, "--scale": self.scale})
        embedder_named(self.model)  # raises an error if there is no such model

    def open(self, image: Path, out: Path) -> Opened:
        """Open the cover, checking that it can be read and ``out`` written."""
        from ..codec.carriers import open_cover
        from ..codec.selection import is_nets
        from ..io import images

        with usage_errors():
            format = images.format_of(out)
            if self.recompressed and format != "JPEG":
                raise ValueError(f"{out} must end in .jpg: --for {self.destination} writes a JPEG")
        if image.exists() and out.exists() and os.path.samefile(image, out):
            raise click.UsageError(
                f"{out} is IMAGE itself, which stays as it is: choose another --out"
            )
        check_new(out, self.overwrite)
        if self.recompressed:
            images.check_output(out)
            return images.read(image)
        cover, _ = open_cover(image, format, is_nets(self.model), self.scale, self.anyway)
        images.check_output(out, cover if isinstance(cover, images.Picture) else None)
        return cover


def _notes(cover: Opened, content: bytes, stego: Stego, destination: str) -> Iterator[str]:
    """Yield notes on what a user may not expect."""
    from ..codec.carriers import size_of

    if not content:
        yield "the message is empty"
    (height, width), (new_height, new_width) = size_of(cover), size_of(stego.picture)
    if (height, width) != (new_height, new_width):
        cropped = abs(width * new_height - height * new_width) > max(width, height)
        what = "cropped and scaled" if cropped else "scaled"
        sizes = f"from {width} x {height} to {new_width} x {new_height} pixels"
        yield f"{what} {sizes}, as {destination} would"


def _message(text: str | None, file: Path | None) -> bytes:
    if text is not None:
        return text.encode("utf-8", "surrogateescape")  # the bytes that were typed
    if file is not None and str(file) != "-":
        with file.open("rb") as stream:
            return _read(stream, str(file))
    if sys.stdin is None or (file is None and sys.stdin.isatty()):
        raise click.UsageError("there is no message: give -m TEXT or -f FILE, or pipe it in")
    return _read(sys.stdin.buffer, "the message")


def _read(stream: BinaryIO, name: str) -> bytes:
    from ..payload.frame import MAX_MESSAGE

    content = stream.read(MAX_MESSAGE + 1)  # with a limit, as some files have no end
    if len(content) > MAX_MESSAGE:
        raise ValueError(f"{name} has more than {MAX_MESSAGE:,} bytes, the most that is hidden")
    return content

"""The command hide."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from ..io.files import check_new
from .options import (
    FILE,
    find_passphrase,
    only_one,
    passphrase_option,
    receivers_key,
    sender_key,
)
from .terminal import say

if TYPE_CHECKING:
    from ..codec import Stego
    from ..codec.carriers import Opened

#: Tiles from which on there is a progress bar; fewer are done before one could be read.
MANY = 12


def model_option(default: str) -> Callable[[Any], Any]:
    """--model; default: what is taken without it."""
    return click.option(
        "--model",
        metavar="NAME|FOLDER",
        help=f"Nets instead: a bundled model (keystego-tf models), or the folder of a bundle; "
        f"by default {default}.",
    )


@click.command()
@click.argument("image", type=FILE)
@click.option(
    "-o",
    "--out",
    type=FILE,
    required=True,
    help="Image to write: .jpg if IMAGE is a JPEG, whose size and quality it keeps, or else .png, "
    ".webp, .tif, .tiff or .bmp.",
)
@click.option("-m", "--message", metavar="TEXT", help="The message.")
@click.option(
    "-f", "--message-file", type=FILE, help="File with the message, any bytes; - is standard input."
)
@passphrase_option
@click.option("--key", type=FILE, help="Shared key (keystego-tf keygen --shared).")
@click.option("--to", type=FILE, help="Public key of the receiver (keystego-tf keygen).")
@model_option("syndrome coding, which changes least and needs no nets")
@click.option(
    "--for",
    "destination",
    metavar="NAME[,NAME]",
    help="What sends the image and recompresses it: whatsapp, whatsapp-hd, signal, telegram, "
    "instagram, facebook, x (keystego-tf capacity lists all), or jpeg:Q for any JPEG of quality Q "
    "or better; by default file, which arrives as it is.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0.1, 0.9),
    help="Shrink IMAGE to this share of its size first: for a lossless file from a JPEG.",
)
@click.option(
    "--anyway", is_flag=True, help="Write a lossless file from a JPEG, though changes show in it."
)
@click.option("--overwrite", is_flag=True, help="Replace the file at --out.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--quiet", is_flag=True, help="No progress bar and no notes.")
def hide(
    image: Path,
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
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Hide a message in IMAGE.

    The message is --message, --message-file or standard input. Who reads it is settled by a
    passphrase, a shared key or the receiver's public key. The stego image is read back before it is
    written: if it is there, it can be read.

    \b
      keystego-tf hide photo.jpg -o holiday.jpg -m "At noon, by the river"
      keystego-tf hide photo.png -o holiday.png -f plan.pdf --to anna.pub
      keystego-tf hide photo.jpg -o holiday.jpg -m "At noon" --for whatsapp
    """
    only_one({"--message": message, "--message-file": message_file})
    has_key = only_one({"--passphrase": passphrase, "--key": key, "--to": to})
    from .. import codec

    if destination in (None, codec.FILE):
        destination, cover = codec.FILE, _check(image, out, overwrite, model, scale, anyway)
    else:
        only_one({"--for": destination, "--model": model, "--scale": scale})
        cover = _check_photo(image, out, overwrite, str(destination))
    own = sender_key(key) if key is not None else None
    receivers = receivers_key(to) if to is not None else None
    content = _message(message, message_file)
    if not has_key:
        passphrase = find_passphrase("--passphrase, --key or --to", True)
    with progress_bars(quiet) as progress:
        stego = codec.hide(
            cover,
            content,
            out,
            passphrase=passphrase,
            key=own,
            to=receivers,
            model=model,
            destination=str(destination),
            anyway=True,
            overwrite=overwrite,
            progress=progress,
        )
    for note in [] if quiet else _notes(cover, content, stego, str(destination)):
        say(f"note: {note}", err=True)
    say(_figures(out, len(content), stego, as_json))


def _notes(cover: Opened, content: bytes, stego: Stego, destination: str) -> Iterator[str]:
    """What a user may not expect."""
    from ..codec.carriers import size_of

    if not content:
        yield "the message is empty"
    (height, width), (new_height, new_width) = size_of(cover), size_of(stego.picture)
    if (height, width) != (new_height, new_width):
        cropped = abs(width * new_height - height * new_width) > max(width, height)
        what = "cropped and scaled" if cropped else "scaled"
        sizes = f"from {width} x {height} to {new_width} x {new_height} pixels"
        yield f"{what} {sizes}, as {destination} would"


def _check_photo(image: Path, out: Path, overwrite: bool, destination: str) -> Opened:
    """The photo for a destination that recompresses, if it can be read and ``out`` be written."""
    from ..channel.platforms import destinations
    from ..io import images

    try:
        destinations(destination)
        if images.format_of(out) != "JPEG":
            raise ValueError(f"{out} must end in .jpg: --for {destination} writes a JPEG")
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    _check_out(image, out, overwrite)
    images.check_output(out)
    return images.read(image)


def _check_out(image: Path, out: Path, overwrite: bool) -> None:
    if image.exists() and out.exists() and os.path.samefile(image, out):
        raise click.UsageError(f"{out} is IMAGE itself, which stays as it is: choose another --out")
    check_new(out, overwrite)


def _check(
    image: Path, out: Path, overwrite: bool, model: str | None, scale: float | None, anyway: bool
) -> Opened:
    """The cover, if it can be read and ``out`` be written."""
    from ..codec.carriers import open_cover
    from ..codec.selection import embedder_named, is_nets
    from ..io import images

    try:
        format = images.format_of(out)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    _check_out(image, out, overwrite)
    embedder_named(model)  # whether there is one
    cover, _ = open_cover(image, format, is_nets(model), scale, anyway)
    images.check_output(out, cover if isinstance(cover, images.Picture) else None)
    return cover


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

    content = stream.read(MAX_MESSAGE + 1)  # no more, as some files have no end
    if len(content) > MAX_MESSAGE:
        raise ValueError(f"{name} has more than {MAX_MESSAGE:,} bytes, the most that is hidden")
    return content


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Any]:
    """What the codec reports to: a bar for each stage on standard error, if that is a terminal."""
    bars: dict[str, Any] = {}

    def report(stage: str, done: int, total: int) -> None:
        if total < MANY:
            return
        if stage not in bars:
            from tqdm import tqdm

            off = True if quiet else None  # None: where standard error is no terminal
            bars[stage] = tqdm(
                desc=stage, total=total, disable=off, dynamic_ncols=True, leave=False, unit="tile"
            )
        bars[stage].update(done - bars[stage].n)

    try:
        yield report
    finally:
        for bar in bars.values():
            bar.close()


def _figures(out: Path, length: int, stego: Stego, as_json: bool) -> str:
    if as_json:
        figures = {
            "out": click.format_filename(out),
            "embedder": stego.embedder,
            "bytes": length,
            "bits": stego.bits,
            "samples": stego.samples,
            "samples_changed": stego.changed,
            "bits_per_nonzero_ac": stego.rate,
            "file_bytes": len(stego.file),
            "psnr": stego.psnr if math.isfinite(stego.psnr) else None,
            "correction_level": stego.level,
            "correction_spent": stego.spent,
        }
        return json.dumps(figures, indent=2)
    what = "samples" if stego.rate is None else "coefficients"
    rate = "" if stego.rate is None else f"{stego.rate:.2g} bits per non-zero AC coefficient, "
    return (
        f"{out}: {in_bytes(length)}, {stego.changed:,} of {stego.samples:,} {what} changed "
        f"({_percent(stego.changed / stego.samples)}), {rate}{stego.psnr:.1f} dB to the cover, "
        f"a file of {in_bytes(len(stego.file))} ({stego.embedder})"
    )


def in_bytes(length: int) -> str:
    return f"{length:,} byte{'s' * (length != 1)}"


def _percent(share: float) -> str:
    """Two digits that count, as a short message changes little: 0.025 %."""
    return f"{100 * share:.2g} %" if share < 0.0995 else f"{100 * share:.0f} %"

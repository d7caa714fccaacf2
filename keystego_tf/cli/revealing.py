"""The command reveal."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..io.files import check_new, check_place, write_whole
from .batch import photos_in
from .errors import Failed
from .hiding import model_option
from .options import FILE, find_passphrase, only_one, own_key, passphrase_option
from .showing import in_bytes, progress_bars
from .terminal import printable, say


@click.command()
@click.argument("images", type=FILE, nargs=-1, required=True, metavar="IMAGE...")
@passphrase_option
@click.option("--key", type=FILE, help="Shared key, or your own secret key (NAME.key).")
@model_option("reveal tries syndrome coding, the code of --for, then every bundled model")
@click.option(
    "-o",
    "--out",
    type=FILE,
    help="Write the message to this file, readable by you alone. By default, or with -, it goes to "
    "standard output.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file at --out.")
@click.option("--quiet", is_flag=True, help="Show no progress bar and no notes.")
def reveal(
    images: tuple[Path, ...],
    passphrase: str | None,
    key: Path | None,
    model: str | None,
    out: Path | None,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Print the message that is hidden in IMAGE, byte for byte.

    To join a message that was split, name its images in any order, or their folder. Images without
    a message do no harm; missing parts are named.

    A terminal shows text only: use --out for files, or --out - to insist.

    A wrong key, a changed image and an image without a message give the same error: exit code 1,
    and not a byte of output.
    """
    has_key = only_one({"--passphrase": passphrase, "--key": key})
    from .. import codec
    from ..io.images import read

    photos = photos_in(images)
    if out is not None and str(out) != "-":
        for photo in photos:
            if photo.exists() and out.exists() and photo.samefile(out):
                raise click.UsageError(f"{out} is IMAGE itself: choose another --out")
        check_new(out, overwrite)
        check_place(out)
    own = own_key(key) if key is not None else None
    if not has_key:
        passphrase = find_passphrase("--passphrase or --key", False, lambda: read(photos[0]))
    found: list[bytes] = []
    unread: list[tuple[Path, Exception]] = []
    for photo in photos:
        try:
            with progress_bars(quiet) as progress:
                found.append(
                    codec.reveal(
                        photo, passphrase=passphrase, key=own, model=model, progress=progress
                    )
                )
        except codec.NothingThere:
            if len(photos) == 1:
                raise
            if not quiet:
                say(f"note: nothing can be read in {photo}", err=True)
        except (ValueError, OSError, ImportError) as error:
            unread.append((photo, error))
    if len(unread) == len(photos):  # one image, or an option that suits none
        raise unread[0][1]
    for photo, reason in [] if quiet else unread:
        say(f"note: {photo} is left out: {reason}", err=True)
    if not found:
        raise codec.NothingThere
    message = codec.join(found)
    if out is not None and str(out) != "-":
        write_whole(out, message, overwrite, mode=0o600)
        if not quiet:
            say(f"{in_bytes(len(message))} in {out}", err=True)
    else:
        _print(message, out is not None)


def _print(message: bytes, whatever: bool) -> None:
    """Write a message to standard output; to a terminal, only text unless ``whatever`` is set."""
    if sys.stdout is None:
        raise Failed("there is no standard output: give --out FILE")
    if sys.stdout.isatty() and not whatever:
        if _is_binary(message):
            size = in_bytes(len(message))
            say(f"note: the message is binary ({size}): write it with --out FILE", err=True)
            return
        shown = printable(message.decode("utf-8")).encode()
        if shown != message:
            say("note: what would act on the terminal is escaped: --out FILE has it raw", err=True)
        message = shown
    sys.stdout.buffer.write(message)
    sys.stdout.buffer.flush()
    if sys.stdout.isatty() and not message.endswith(b"\n"):
        click.echo(err=True)  # so that the shell's prompt begins a line


def _is_binary(message: bytes) -> bool:
    """Whether a message is not UTF-8, or has control characters that text never has."""
    try:
        text = message.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text)

"""The command reveal."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..io.files import check_new, check_place, write_whole
from .errors import Failed
from .hiding import in_bytes, model_option, progress_bars
from .options import FILE, find_passphrase, only_one, own_key, passphrase_option
from .terminal import printable, say


@click.command()
@click.argument("image", type=FILE)
@passphrase_option
@click.option("--key", type=FILE, help="Shared key, or your own secret key (NAME.key).")
@model_option("whatever reads a message")
@click.option(
    "-o",
    "--out",
    type=FILE,
    help="File for the message, which you alone may read; by default, or as -, standard output.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file at --out.")
@click.option("--quiet", is_flag=True, help="No progress bar and no notes.")
def reveal(
    image: Path,
    passphrase: str | None,
    key: Path | None,
    model: str | None,
    out: Path | None,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Print the message that is hidden in IMAGE, byte for byte.

    To a terminal, which binary content would garble, only text is printed, unless --out is -.

    A wrong key, a changed image and an image with nothing in it are one error: exit code 1, and not
    a byte of output.
    """
    has_key = only_one({"--passphrase": passphrase, "--key": key})
    from .. import codec
    from ..io import images

    if out is not None and str(out) != "-":
        check_new(out, overwrite)
        check_place(out)
    own = own_key(key) if key is not None else None
    if not has_key:
        passphrase = find_passphrase("--passphrase or --key", False, lambda: images.read(image))
    with progress_bars(quiet) as progress:
        message = codec.reveal(
            image, passphrase=passphrase, key=own, model=model, progress=progress
        )
    if out is not None and str(out) != "-":
        write_whole(out, message, overwrite, mode=0o600)
        if not quiet:
            say(f"{in_bytes(len(message))} in {out}", err=True)
    else:
        _print(message, out is not None)


def _print(message: bytes, whatever: bool) -> None:
    """Write a message to standard output; to a terminal only text, or ``whatever`` it is."""
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
    """Whether it is no UTF-8, or has control characters that no text has."""
    try:
        text = message.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text)

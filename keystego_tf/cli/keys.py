"""The commands keygen and fingerprint."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ..io.files import check_place
from .options import FILE, load_any
from .terminal import say


@click.command()
@click.argument("name", type=FILE)
@click.option("--shared", is_flag=True, help="One key that both sides have, as NAME.key.")
def keygen(name: Path, shared: bool) -> None:
    """Make a key pair, NAME.key and NAME.pub, or a shared key.

    With NAME.pub anybody hides messages that only NAME.key reads. Nothing is overwritten.
    """
    if name.name in ("", "..") or name.suffix in (".key", ".pub"):
        raise click.UsageError(
            f"NAME is {str(name)!r}, but must be a file's name without .key or .pub"
        )
    for suffix in (".key",) if shared else (".key", ".pub"):
        path = name.with_name(name.name + suffix)
        check_place(path)
        if os.path.lexists(path):
            raise FileExistsError(f"{path} exists, and keys are not overwritten: choose another")
    say(_shared(name) if shared else _pair(name))


def _shared(name: Path) -> str:
    from ..payload.keys import SharedKey, fingerprint, write_secret

    key = SharedKey.generate()
    path = name.with_name(f"{name.name}.key")
    write_secret(path, key.to_text())
    return "\n".join(
        [
            f"{path}  shared key: it hides and it reads",
            f"fingerprint  {fingerprint(key)}",
            "Hand the file over in a safe way. `keystego-tf fingerprint` shows the same digits for "
            "a true copy.",
        ]
    )


def _pair(name: Path) -> str:
    from ..payload.keys import SecretKey, fingerprint, write_pair

    secret = SecretKey.generate()
    paths = [path for path in write_pair(name, secret)]
    return "\n".join(
        [
            f"{paths[0]}  secret key: yours alone, to read with",
            f"{paths[1]}  public key: for everybody who hides something for you",
            f"fingerprint  {fingerprint(secret.public)}",
            "Have senders compare these digits with you, as by phone; they see theirs with "
            "`keystego-tf fingerprint`.",
        ]
    )


@click.command()
@click.argument("key", type=FILE)
def fingerprint(key: Path) -> None:
    """Print 30 digits that tell a public or shared key.

    If yours are the same as the other side's, you have the same key, and nobody has put another in
    its place.
    """
    from ..payload import keys

    found = load_any(key)
    if isinstance(found, keys.SecretKey):
        raise ValueError(f"{key} is a secret key: the fingerprint is that of its public half")
    say(keys.fingerprint(found))

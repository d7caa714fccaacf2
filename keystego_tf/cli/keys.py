"""The commands keygen and fingerprint."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..io.files import check_place
from .options import FILE
from .terminal import say


@click.command()
@click.argument("name", type=FILE)
@click.option("--shared", is_flag=True, help="Make one key for both sides, NAME.key.")
@click.option("--json", "as_json", is_flag=True, help="Print files and fingerprint as JSON.")
def keygen(name: Path, shared: bool, as_json: bool) -> None:
    """Make a key pair, NAME.key and NAME.pub, or a shared key.

    Anyone who has NAME.pub can hide messages that only NAME.key reads. Existing files are kept.
    """
    if name.name in ("", "..") or name.suffix in (".key", ".pub"):
        raise click.UsageError(
            f"NAME is {str(name)!r}, but must be a file's name without .key or .pub"
        )
    for suffix in (".key",) if shared else (".key", ".pub"):
        check_place(name.with_name(name.name + suffix))
    made = _shared(name) if shared else _pair(name)
    say(json.dumps(made, indent=2) if as_json else "\n".join(_in_words(made)))


def _shared(name: Path) -> dict[str, str]:
    from ..payload.keys import SharedKey, fingerprint, write_secret

    key = SharedKey.generate()
    path = name.with_name(f"{name.name}.key")
    write_secret(path, key.to_text())
    return {"shared": str(path), "fingerprint": fingerprint(key)}


def _pair(name: Path) -> dict[str, str]:
    from ..payload.keys import SecretKey, fingerprint, write_pair

    secret = SecretKey.generate()
    own, public = write_pair(name, secret)
    return {
        "secret": str(own),
        "public": str(public),
        "fingerprint": fingerprint(secret.public),
    }


def _in_words(made: dict[str, str]) -> list[str]:
    if "shared" in made:
        return [
            f"{made['shared']}  shared key: it hides and it reads",
            f"fingerprint  {made['fingerprint']}",
            "Hand the file over in a safe way. A true copy has the same digits in `keystego-tf "
            "fingerprint`.",
        ]
    return [
        f"{made['secret']}  secret key: keep it to yourself; it reveals",
        f"{made['public']}  public key: give it to anyone who hides something for you",
        f"fingerprint  {made['fingerprint']}",
        "Ask senders to compare these digits with you, for instance by phone; `keystego-tf "
        "fingerprint` shows them theirs.",
    ]


@click.command()
@click.argument("key", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print kind and digits as JSON.")
def fingerprint(key: Path, as_json: bool) -> None:
    """Print 30 digits that identify a public or shared key.

    Compare them with the other side. If they match, you both have the same key, and nobody has
    replaced it.
    """
    from ..payload import keys

    found = keys.load_any(key)
    if isinstance(found, keys.SecretKey):
        raise ValueError(f"{key} is a secret key: the fingerprint is that of its public half")
    digits = keys.fingerprint(found)
    kind = "public" if isinstance(found, keys.PublicKey) else "shared"
    say(json.dumps({"kind": kind, "fingerprint": digits}, indent=2) if as_json else digits)

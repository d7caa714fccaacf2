"""Share options between commands, and get the passphrase: given, set, or typed invisibly."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import click

if TYPE_CHECKING:
    from ..payload.keys import PublicKey, SecretKey, SharedKey

PASSPHRASE = "KEYSTEGO_PASSPHRASE"

FILE = click.Path(path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

passphrase_option = click.option(
    "--passphrase",
    metavar="TEXT",
    help="Other users of this machine can see a passphrase given here. Leave it out to type it "
    f"unseen, or set {PASSPHRASE}.",
)


def only_one(options: dict[str, Any]) -> bool:
    """Whether one of these options (name: value, or None) is given; UsageError if two are."""
    given = [name for name, value in options.items() if value is not None]
    if len(given) > 1:
        raise click.UsageError(f"{given[0]} and {given[1]} exclude each other")
    return bool(given)


def find_passphrase(
    others: str, twice: bool, before_asking: Callable[[], Any] = lambda: None
) -> str:
    """Get the passphrase from the environment, or ask for it at the terminal, invisibly.

    ``others``: the alternatives that an error names if there is neither; ``twice``: ask again,
    because a slip could not be corrected later; ``before_asking``: checks that need no passphrase,
    so that nobody types one in vain.
    """
    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    if not _has_terminal():
        raise click.UsageError(f"there is no passphrase: set {PASSPHRASE}, or give {others}")
    before_asking()
    again = "The same again" if twice else False
    asked = click.prompt("Passphrase", hide_input=True, confirmation_prompt=again, err=True)
    return str(asked)


def sender_key(path: Path) -> SharedKey:
    """Load the key at hide's --key; ValueError, with what to do, for another kind."""
    from ..payload.keys import PublicKey, SecretKey, load_any

    key = load_any(path)
    if isinstance(key, PublicKey):
        raise ValueError(f"{path} is a public key: give it with --to")
    if isinstance(key, SecretKey):
        raise ValueError(
            f"{path} is a secret key, which only reads: give its public half with --to"
        )
    return key


def receivers_key(path: Path, shared: str = "give it with --key") -> PublicKey:
    """Load a receiver's key; ValueError, with what to do, for another kind, as a ``shared`` one."""
    from ..payload.keys import PublicKey, SharedKey, load_any

    key = load_any(path)
    if isinstance(key, SharedKey):
        raise ValueError(f"{path} is a shared key: {shared}")
    if not isinstance(key, PublicKey):
        raise ValueError(
            f"{path} is a secret key, which only reads: give the receiver's public one"
        )
    return key


def own_key(path: Path) -> SharedKey | SecretKey:
    """Load the key at reveal's --key; ValueError, with what to do, for a public key."""
    from ..payload.keys import PublicKey, load_any

    key = load_any(path)
    if isinstance(key, PublicKey):
        raise ValueError(f"{path} is a public key, which only hides: give its secret half")
    return key


def _has_terminal() -> bool:
    """Whether anyone can be asked. Standard input may be a pipe: getpass uses the terminal."""
    if sys.stdin is not None and sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except (OSError, AttributeError):  # no terminal, or Windows
        return False
    return True

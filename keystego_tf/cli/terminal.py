"""Print text from strangers without letting it act on the terminal."""

from __future__ import annotations

import re
import unicodedata

import click

#: Joiners, which scripts and emoji need, and the soft hyphen. They affect only their neighbours.
_HARMLESS = "\u200c\u200d\u00ad"


def printable(text: str) -> str:
    """Escape control and format characters, and code points that are not characters.

    They could move the cursor, change colours, or reverse the text (bidirectional overrides). Tabs
    and line ends stay, including the carriage return of Windows.
    """
    return re.sub(r"\r\n|.", lambda found: _shown(found[0]), text, flags=re.DOTALL)


def _shown(character: str) -> str:
    if character in ("\r\n", "\n", "\t", *_HARMLESS):
        return character
    # control, format, surrogate, private use, unassigned; line and paragraph separators
    if unicodedata.category(character)[0] == "C" or character in "\u2028\u2029":
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


def in_one_line(text: str) -> str:
    return printable(" ".join(text.splitlines()))


def say(text: str, err: bool = False) -> None:
    """Print one or more lines, escaping what strangers chose in them."""
    click.echo(printable(text), err=err)

"""Print text from strangers without letting it act on the terminal."""

from __future__ import annotations

import re
import unicodedata

import click

#: Joiners, which scripts and emoji need, and the soft hyphen: they only act on their neighbours.
_HARMLESS = "\u200c\u200d\u00ad"


def printable(text: str) -> str:
    """Text whose control and format characters, and what is no character, are escaped.

    Those could move the cursor, recolour, or turn around what is read (bidirectional overrides).
    Tabs stay, and ends of lines, also with the carriage return of Windows.
    """
    return re.sub(r"\r\n|.", lambda found: _shown(found[0]), text, flags=re.DOTALL)


def _shown(character: str) -> str:
    if character in ("\r\n", "\n", "\t", *_HARMLESS):
        return character
    # control, format, surrogate, private use, not assigned; separators of lines and paragraphs
    if unicodedata.category(character)[0] == "C" or character in "\u2028\u2029":
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


def in_one_line(text: str) -> str:
    return printable(" ".join(text.splitlines()))


def say(text: str, err: bool = False) -> None:
    """Print a line, or several, with what strangers chose in them escaped."""
    click.echo(printable(text), err=err)

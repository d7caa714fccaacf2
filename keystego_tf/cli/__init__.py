"""The command line: a command parses, calls one function and prints.

Figures and messages go to standard output; progress, notes and errors go to standard error. Exit
codes: 0 done, 1 failed, 2 wrong use. Only the module of the running command is imported, and slow
imports wait until it does its work. Only ``train``, ``tune``, ``export`` and ``evaluate`` load
TensorFlow.
"""

from __future__ import annotations

import io
import sys
import warnings
from typing import Any

import click

from .. import __version__
from .errors import Commands
from .terminal import say

#: Commands in the order of --help, and the module of each.
COMMANDS = {
    "hide": "hiding",
    "reveal": "revealing",
    "capacity": "listing",
    "models": "listing",
    "inspect": "inspect",
    "channel": "channel",
    "keygen": "keys",
    "fingerprint": "keys",
    "page": "page",
    "train": "train",
    "tune": "tune",
    "export": "export",
    "evaluate": "evaluate",
}


@click.group(
    cls=Commands, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="keystego-tf")
def main() -> None:
    """Hide messages in photos, and train neural networks that do.

    hide and reveal need no training; train, tune, export and evaluate are for neural networks.
    """
    warnings.showwarning = _show_warning
    # once for each image, not once in all
    warnings.filterwarnings("always", "", UserWarning, "keystego_tf", append=True)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names that its encoding lacks are escaped
            stream.reconfigure(errors="backslashreplace")


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    say(f"warning: {message}", err=True)

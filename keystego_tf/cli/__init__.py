"""The command line: a command parses, calls one function and prints.

Figures and messages go to standard output, progress, notes and errors to standard error. Exit
codes: 0 done, 1 could not, 2 wrong use. Whatever takes long to import is imported inside the
commands, not for --help; only ``train``, ``tune``, ``export`` and
``evaluate`` load TensorFlow.
"""

from __future__ import annotations

import warnings
from typing import Any

import click

from .. import __version__
from . import evaluate, export, hiding, inspect, keys, listing, train, tune
from .errors import Commands
from .terminal import say


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="keystego-tf")
def main() -> None:
    """Key-dependent image steganography with four neural agents.

    Hides messages in images with models that come with the package, or with your own.
    """
    warnings.showwarning = _show_warning


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    say(f"warning: {message}", err=True)


for _command in (
    hiding.hide,
    hiding.reveal,
    listing.capacity,
    listing.models,
    inspect.inspect,
    keys.keygen,
    keys.fingerprint,
    train.train,
    tune.tune,
    export.export,
    evaluate.evaluate,
):
    main.add_command(_command)

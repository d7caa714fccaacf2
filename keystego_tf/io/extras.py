"""Load packages of the extras on first use, or raise an error that names the extra."""

from __future__ import annotations

import importlib
import warnings
from typing import Any


class MissingExtra(ImportError):
    """A package of an extra is missing; the message has the command to type."""


def how_to_install(extra: str) -> str:
    """Return the commands that install an extra, for the end of an error."""
    return f"pip install 'keystego-tf[{extra}]', or '.[{extra}]' in a clone"


def extra_package(name: str, extra: str = "evaluation") -> Any:
    """Import the module ``name`` of an extra; ImportError says how to install it."""
    try:
        with warnings.catch_warnings():
            # sealwatch 2024.12 asks pkg_resources for its version, which setuptools deprecates.
            warnings.filterwarnings("ignore", "pkg_resources is deprecated")
            warnings.filterwarnings("ignore", "Deprecated call to `pkg_resources")
            return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0].replace("_", "-")
        raise MissingExtra(f"this needs {package}: {how_to_install(extra)} ({error})") from error

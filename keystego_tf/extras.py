"""Packages of the extra ``evaluation``: loaded when first asked for, or an error that names it."""

from __future__ import annotations

import importlib
import warnings
from typing import Any


def evaluation_package(name: str) -> Any:
    """The module ``name``; ImportError says how to install what is missing."""
    try:
        with warnings.catch_warnings():
            # sealwatch 2024.12 asks pkg_resources for its version; setuptools says not to.
            warnings.filterwarnings("ignore", "pkg_resources is deprecated")
            warnings.filterwarnings("ignore", "Deprecated call to `pkg_resources")
            return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise ImportError(
            f"this needs {package}: pip install 'keystego-tf[evaluation]' ({error})"
        ) from error

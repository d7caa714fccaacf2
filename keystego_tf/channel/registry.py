"""All disturbances, by name. This module loads neither TensorFlow nor NumPy.

A module of this package that defines ``DISTURBANCE`` is in the registry. So it is a setting of
every training and an option of the command line.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

from .disturbance import Disturbance

#: Modules of the package that apply disturbances without defining any; they import this one.
_USERS = ("registry", "settings", "distortions", "real", "jpeg_codec", "platforms", "measure")


def _collect() -> dict[str, Disturbance]:
    package = __name__.rpartition(".")[0]
    modules = pkgutil.iter_modules(import_module(package).__path__)
    names = [module.name for module in modules if module.name not in _USERS]
    found = [getattr(import_module(f"{package}.{name}"), "DISTURBANCE", None) for name in names]
    ordered = sorted((each for each in found if each), key=lambda each: each.order)
    return {each.name: each for each in ordered}


#: Disturbances by name, in the order in which they happen to an image: it is cropped and edited,
#: then damaged, then saved.
DISTURBANCES: dict[str, Disturbance] = _collect()


def strengths(config: Any) -> list[tuple[Disturbance, float]]:
    """List the disturbances that a ChannelConfig switches on, in order, with their strengths."""
    pairs = [(each, getattr(config, name)) for name, each in DISTURBANCES.items()]
    return [(each, strength) for each, strength in pairs if strength]

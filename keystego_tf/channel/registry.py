"""All disturbances, by name. This module loads neither TensorFlow nor NumPy.

A module of this package that defines ``DISTURBANCE`` is in the registry. So it is a setting of
every training and an option of the command line.
"""

from __future__ import annotations

import pkgutil
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable

from .disturbance import Disturbance, ImageU8

if TYPE_CHECKING:
    import numpy as np

#: Modules of the package that apply disturbances without defining any; they import this one.
_USERS = ("registry", "settings", "distortions", "jpeg_codec", "platforms", "measure")

#: Disturbs an image, uint8 [height, width, 1 or 3], and keeps its shape; the generator draws what
#: is random. Raises ValueError for another shape.
RealChannel = Callable[[ImageU8, "np.random.Generator"], ImageU8]


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


def real_channels(config: Any) -> dict[str, RealChannel]:
    """Make a channel for each disturbance of a ChannelConfig, and one with all if several are set.

    They are the real forms, on 8-bit images, on which models that were trained with the
    differentiable forms are judged. Each has the configured strength, the worst of training,
    instead of one drawn up to it. The last one disturbs most.
    """
    parts = strengths(config)
    named = {part.label.format(value): [(part, value)] for part, value in parts}
    if len(parts) > 1:
        named["all together"] = parts
    return {name: partial(_send, own) for name, own in named.items()}


def _send(
    parts: list[tuple[Disturbance, float]], image_u8: ImageU8, rng: np.random.Generator
) -> ImageU8:
    for disturbance, strength in parts:
        image_u8 = disturbance.real(image_u8, strength, rng)
    return image_u8

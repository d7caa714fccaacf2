"""List the classical methods by name."""

from __future__ import annotations

from functools import partial
from typing import Callable

from .adaptive import MODULES, Adaptive
from .lsb import LsbMatching, LsbReplacement
from .method import Method
from .qim import QimMethod
from .syndrome import Syndrome

#: Makes a classical method from its payload in bits per pixel.
CLASSICAL: dict[str, Callable[[float], Method]] = {
    "syndrome": Syndrome,
    "lsb-replacement": LsbReplacement,
    "lsb-matching": LsbMatching,
    "qim": QimMethod,
    **{name: partial(Adaptive, name) for name in MODULES},
}

#: Classical methods that the paper compares with in grayscale, and that take long in colour.
GRAYSCALE = ("wow", "hugo")

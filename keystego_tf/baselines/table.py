"""Find a method by its name."""

from __future__ import annotations

from functools import partial
from typing import Callable

from ..bundles.catalogue import find_model
from .adaptive import MODULES, Adaptive
from .controls import Sham, Watermark
from .lsb import LsbMatching, LsbReplacement
from .method import Method
from .nets import Net
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

#: Methods without a payload.
CONTROLS: dict[str, Callable[[], Method]] = {"sham": Sham, "watermark": Watermark}


def open_method(name: str, bits_per_pixel: float | None = None) -> Method:
    """Return a method by name.

    Args:
        name: a classical method, a control, a bundled model, or a bundle's folder.
        bits_per_pixel: needed for a classical method. For a bundle it must be the bundle's own, or
            None.

    Raises:
        ValueError: the name is unknown, or the payload does not fit it.
    """
    if name in CLASSICAL:
        if bits_per_pixel is None:
            raise ValueError(f"bits_per_pixel is None, but {name} needs a payload")
        return CLASSICAL[name](bits_per_pixel)
    if name in CONTROLS:
        return CONTROLS[name]()
    try:
        net = Net(find_model(name))
    except ValueError as error:
        known = ", ".join([*CLASSICAL, *CONTROLS])
        raise ValueError(f"method is {name!r}, which is none of {known}; {error}") from error
    if bits_per_pixel not in (None, net.bits_per_pixel):
        raise ValueError(
            f"bits_per_pixel is {bits_per_pixel}, but {name} hides {net.bits_per_pixel}"
        )
    return net

"""Hide messages in photos, and train neural networks that do (after the paper DeepKeyStego).

``hide`` and ``reveal`` put bytes into images and get them out again. The public names are loaded
on first use. Importing the package loads nothing, and no public name loads TensorFlow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .codec import Capacity, DoesNotFit, Stego, capacity, hide, reveal
    from .payload.frame import NothingThere
    from .payload.keys import (
        PublicKey,
        SecretKey,
        SharedKey,
        fingerprint,
        load_key,
        load_public,
        write_pair,
    )

__all__ = [
    "Capacity",
    "DoesNotFit",
    "NothingThere",
    "PublicKey",
    "SecretKey",
    "SharedKey",
    "Stego",
    "capacity",
    "fingerprint",
    "hide",
    "load_key",
    "load_public",
    "reveal",
    "write_pair",
]

__version__ = "0.1.0"

#: Modules that have the public names.
_HOMES = ("payload.keys", "payload.frame", "codec")

if not TYPE_CHECKING:  # a type checker would accept any name as one of these

    def __getattr__(name: str) -> object:
        for home in _HOMES if name in __all__ else ():
            module = import_module(f"{__name__}.{home}")
            if hasattr(module, name):
                globals()[name] = getattr(module, name)
                return globals()[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})

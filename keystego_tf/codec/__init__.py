"""Hide messages in images through an embedder, and reveal them."""

from ..embedders.embedder import DoesNotFit
from ..payload.frame import NothingThere
from .api import FILE, capacity, hide, openings, reveal
from .parts import PartsMissing, join, split, whole
from .selection import Capacity
from .sender import Stego

__all__ = [
    "FILE",
    "Capacity",
    "DoesNotFit",
    "NothingThere",
    "PartsMissing",
    "Stego",
    "capacity",
    "hide",
    "join",
    "openings",
    "reveal",
    "split",
    "whole",
]

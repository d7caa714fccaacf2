"""Hide and reveal: messages in images, through an embedder."""

from ..embedders.embedder import DoesNotFit
from .api import FILE, capacity, hide, openings, reveal
from .selection import Capacity
from .sender import Stego

__all__ = ["FILE", "Capacity", "DoesNotFit", "Stego", "capacity", "hide", "openings", "reveal"]

"""Hide and reveal: images and payloads through a model's runner."""

from .api import capacity, hide, reveal
from .choice import Capacity, DoesNotFit
from .pairs import new_pair
from .sender import Stego

__all__ = ["Capacity", "DoesNotFit", "Stego", "capacity", "hide", "new_pair", "reveal"]

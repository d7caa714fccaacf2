"""The method ``costs``: Alice learns where a change shows least, and a code does the rest."""

from .method import COSTS

__all__ = ["COSTS"]

"""The method ``costs``: Alice learns where a change shows least, and syndrome coding does the rest."""

from .method import COSTS

__all__ = ["COSTS"]

"""Nets that read lattices: they learn where an image carries bits through JPEG.

A lattice is the set of a coefficient's values that stand for the same bit. Bob sees an image as
phases in lattices with learned filters, steps and colours. The key shifts every lattice of every
block.
"""

from .method import LATTICE

__all__ = ["LATTICE"]

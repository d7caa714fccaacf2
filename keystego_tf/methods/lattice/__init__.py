"""Nets that read lattices: they learn where an image carries bits through JPEG.

A lattice is a coefficient's values that stand for the same bit; Bob sees an image as phases in
lattices whose filters, steps and colours are learned. The key shifts every lattice of every block.
"""

from .method import LATTICE

__all__ = ["LATTICE"]

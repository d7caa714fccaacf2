"""JPEG files as their quantised coefficients: read them, and write them with other coefficients."""

from .changed import with_samples
from .file import MAX_PIXELS, Component, JpegFile, read
from .unclipped import unclipped

__all__ = ["MAX_PIXELS", "Component", "JpegFile", "read", "unclipped", "with_samples"]

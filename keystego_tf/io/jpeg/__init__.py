"""JPEG files as their quantised coefficients: read, and written with others."""

from .file import Component, JpegFile, read

__all__ = ["Component", "JpegFile", "read"]

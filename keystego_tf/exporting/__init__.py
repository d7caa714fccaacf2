"""Exporting: the files of a model for app developers, and the proof that they decode."""

"""Trained schemes on disk."""

"""Measure images and bits."""

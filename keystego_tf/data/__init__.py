"""Covers, messages and keys."""

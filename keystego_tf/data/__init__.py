"""Provide covers, messages and keys."""

"""Measure a trained scheme on the files that it writes."""

"""Exporting: what an app developer gets of a model, and the proof that it decodes."""

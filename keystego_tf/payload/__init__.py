"""The payload layer: from a message and a key to coded bits, and back (docs/format.md)."""

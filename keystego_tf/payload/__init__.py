"""The payload layer: from a message and a key to the bits of tiles, and back (docs/format.md)."""

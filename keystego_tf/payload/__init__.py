"""The payload layer: turn a message and a key into coded bits, and back (docs/format.md)."""

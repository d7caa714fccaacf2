"""Keep trained schemes on disk."""

"""Hold what every part of the campaign is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np

from keystego_tf.codec.selection import embedder_named
from keystego_tf.embedders.embedder import Embedder


@dataclass(frozen=True)
class Setting:
    """Photos, models (names or folders), a working folder, randomness, and a progress callback."""

    photos: list[Path]
    models: list[str]
    folder: Path
    rng: np.random.Generator
    tick: Callable[[], Any]

    def embedder(self, scheme: str) -> tuple[str, Embedder]:
        """Draw an embedder that takes a key of this scheme; return its ``model``, too."""
        named = [(name, embedder_named(name)) for name in ("syndrome", *self.models)]
        fitting = [each for each in named if each[1].scheme in (None, scheme)]
        return fitting[self.rng.integers(len(fitting))]

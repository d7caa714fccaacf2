"""What every part of the campaign is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np

from keystego_tf.codec.selection import embedder_named
from keystego_tf.embedders.embedder import Embedder


@dataclass(frozen=True)
class Setting:
    """Photos, models (names or folders), a folder to work in, chance, whom to tell of progress."""

    photos: list[Path]
    models: list[str]
    folder: Path
    rng: np.random.Generator
    tick: Callable[[], Any]

    def embedder(self, scheme: str) -> tuple[str, Embedder]:
        """One of the embedders that take a key of this scheme, and what ``model`` has to be."""
        named = [(name, embedder_named(name)) for name in ("syndrome", *self.models)]
        fitting = [each for each in named if each[1].scheme in (None, scheme)]
        return fitting[self.rng.integers(len(fitting))]

"""What the fixtures of these tests hand out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keystego_tf.bundles.catalogue import Model
from keystego_tf.methods import Agents

#: Small tiles keep this fast; the nets are the same at any size.
SIDE = 32


@dataclass(frozen=True)
class Exported:
    """An export, and what it was made of."""

    model: Model
    folder: Path
    manifest: dict[str, Any]
    agents: Agents

    def file(self, agent: str, form: str) -> Path:
        (entry,) = (
            each
            for each in self.manifest["artefacts"]
            if (each["agent"], each["format"]) == (agent, form)
        )
        return self.folder / entry["file"]


@dataclass(frozen=True)
class Tile:
    """A stego tile with its message and keys, made here with the agents, not by what is tested."""

    cover: np.ndarray
    stego: np.ndarray
    message: np.ndarray
    secret_key: np.ndarray
    public_key: np.ndarray

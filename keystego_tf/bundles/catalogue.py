"""The models that hide and reveal: bundles that come with the package, or a user's own.

Nothing here loads TensorFlow. A bundle's configuration, card and file hashes are enough.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from ..config import AgentsConfig, RunConfig
from ..io.files import read_object, read_whole
from ..methods import load_run, method_of
from .bundles import CARD, CONFIG, MOST_BYTES, WEIGHTS, load_weights
from .bundles import TILE as TILE

#: The files that a folder must have to be a bundle, and a bundle's name in a run's folder.
FILES = (CONFIG, WEIGHTS, CARD)
IN_RUN = "bundle"

BUNDLED = Path(__file__).parent / "bundled"


@dataclass(frozen=True)
class Model:
    """A trained scheme on disk; equal configurations in equal folders are the same model."""

    name: str
    folder: Path
    config: RunConfig

    @property
    def agents(self) -> AgentsConfig:
        return self.config.agents

    @property
    def prices(self) -> bool:
        """Whether its Alice only prices changes for syndrome coding (``Method.prices``)."""
        return method_of(self.config).prices

    @cached_property
    def generator(self) -> str:
        """The id of its pK generator: the first 16 hex digits of the SHA-256 of its weights.

        A key pair belongs to a generator, and to every model that has it. The id is empty in the
        symmetric scheme.
        """
        weights = load_weights(self.folder)
        own = [weights[name] for name in sorted(weights) if name.startswith("pk_generator/")]
        digest = hashlib.sha256(b"".join(each.tobytes() for each in own)).hexdigest()
        return digest[:16] if own else ""

    @cached_property
    def card(self) -> dict[str, Any]:
        """The contents of ``card.json``; ValueError with its path if it does not hold an object."""
        return read_object(self.folder / CARD, "a bundle's card")

    def modulator(self, strength: float = 1.0) -> Any:
        """Return its nets over the blocks of an image, in NumPy, or None (``Method.modulator``)."""
        weights = partial(load_weights, self.folder)
        return method_of(self.config).modulator(self.name, weights, self.config, strength)

    def tflite(self, agent: str) -> bytes:
        """Read the TFLite file of an agent; ValueError if it is missing or differs from the card.

        The hash keeps a damaged file from the interpreter, which trusts what it loads.
        """
        path = self.folder / f"{agent}.tflite"
        if not path.is_file():
            raise ValueError(f"{self.folder} cannot hide or reveal: it has no {path.name}")
        content = read_whole(path, MOST_BYTES)
        hashes = self.card.get("sha256")
        expected = hashes.get(path.name) if isinstance(hashes, dict) else None
        if hashlib.sha256(content).hexdigest() != expected:
            raise ValueError(
                f"{path} is not what {CARD} says (SHA-256): one of them is damaged or was changed"
            )
        return content


def bundled(pricing: bool = False) -> list[Model]:
    """List the models that come with the package: by method, symmetric first, then by payload.

    Args:
        pricing: then list those that only price changes for syndrome coding, too.
    """
    found = [open_model(folder) for folder in BUNDLED.iterdir() if (folder / CONFIG).is_file()]
    models = [model for model in found if pricing or not model.prices]

    def place(model: Model) -> tuple[bool, str, bool, float, int, str]:
        agents, method = model.agents, model.config.method
        payload = agents.bits_per_pixel
        return model.prices, method, agents.asymmetric, payload, -agents.channels, model.name

    return sorted(models, key=place)


def open_model(folder: Path) -> Model:
    """Open the model of a bundle's folder, or of the folder of the run that made it.

    Raises ValueError if the folder is neither, or the bundle is damaged.
    """
    inside = folder / IN_RUN
    if inside.is_dir() and not (folder / WEIGHTS).is_file():
        folder = inside
    for name in FILES:
        if not (folder / name).is_file():
            raise ValueError(
                f"{folder} is not a bundle: it has no {name}. A bundle is a folder with "
                f"{', '.join(FILES)} and .tflite files; train writes one as OUT/{IN_RUN}"
            )
    try:
        config = load_run(folder / CONFIG)
    except ValueError as error:
        raise ValueError(f"{folder} is a damaged bundle: {error}") from error
    return Model(_name(folder), folder, config)


def _name(folder: Path) -> str:
    """Return the folder's name, or inside a run the run's, as all bundles there share a name."""
    whole = Path(os.path.abspath(folder))  # "." has no name
    in_run = whole.name == IN_RUN and (whole.parent / CONFIG).is_file()
    return whole.parent.name if in_run else whole.name


def find_model(name: str) -> Model:
    """Find a bundled model by name, or else the model in a folder, a bundle's or a run's.

    Raises ValueError if there is neither.
    """
    known = {model.name: model for model in bundled(pricing=True)}
    if name in known:
        return known[name]
    folder = False
    with suppress(OSError):  # a name that is too long
        folder = Path(name).is_dir()
    if folder:
        return open_model(Path(name))
    names = ", ".join(known)
    raise ValueError(f"model is {name!r}, but must be one of {names}, or a bundle's folder")

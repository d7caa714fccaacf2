"""Export a model as files for devices: to a new folder, whole and proved, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable

from ..bundles.bundles import load_bundle
from ..bundles.catalogue import TILE, Model
from ..bundles.convert import save_model
from ..channel.registry import real_channels
from ..config import GRID
from ..data.covers import FolderCovers, assert_disjoint
from ..io.files import to_json
from ..methods import Signature, method_of
from . import formats
from .artefacts import Artefact, ExportFailed, SavedModel, TFLiteFile
from .formats import BARS, FORMATS, Inputs
from .manifest import (
    MANIFEST,
    describe_circumstances,
    describe_files,
    describe_model,
    describe_signature,
)
from .proof import Reference, check_bits, check_signature, check_weights
from .samples import make_samples, open_tiles

#: The signature of each agent in its TFLite files. SavedModels have all signatures.
MAIN = {"alice": "hide", "bob": "read", "pk_generator": "make"}
#: Formats by agent. An int8 Alice would draw in steps as large as the changes that she makes. The
#: generator has only 24 weights, and a wrong bit of its key is a wrong bit of each message.
FORMATS_OF = {"alice": ("float32", "float16"), "bob": FORMATS, "pk_generator": ("float32",)}
SAVED_MODELS = "saved_model"
#: Seeds of covers, messages and keys, for calibration and for measuring.
CALIBRATION_SEED, PHOTO_SEED = 1_000_001, 1_000_002


@dataclass(frozen=True)
class ExportConfig:
    """What to export, and how to prove it.

    ``side``: height and width of the tiles, pixels; ``dynamic``: leave batch, height and width
    free; ``calibration``, ``photos``: a folder of images, or ``synthetic``; ``images``,
    ``calibration_images``: how many of them. Raises ValueError if the side is not a multiple of
    GRID, or there are too few images.
    """

    alice: bool = False
    side: int = TILE
    dynamic: bool = False
    calibration: str = "synthetic"
    photos: str = "synthetic"
    images: int = 100
    calibration_images: int = 64

    def __post_init__(self) -> None:
        if self.side < 4 * GRID or self.side % GRID:
            raise ValueError(f"side is {self.side}, but must be a multiple of {GRID} from 16")
        for name in ("images", "calibration_images"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be at least 1")


def export(
    model: Model,
    out: Path,
    config: ExportConfig | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Export ``model`` to ``out``, which must be new or empty; return its manifest.

    ``tell`` is called before each step with its name. Raises ValueError if the folder is in use,
    the model is not a bundle, or the covers cannot be used. Raises ExportFailed, naming the
    artefact, if one misses its limit in BARS. Then nothing is left behind.
    """
    config = config or ExportConfig()
    if model.prices:
        rule = "needs no export: hide runs the alice.tflite of its bundle, and nobody else needs it"
        raise ValueError(f"{model.name} {rule}")
    grid = method_of(model.config).grid
    if config.side % grid:
        raise ValueError(f"side is {config.side}, but {model.name} takes multiples of {grid}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out} is in use: --out must be a new folder or an empty one")
    with _staging(out) as folder:
        manifest = _Export(model, folder, config, tell).run()
        (folder / MANIFEST).write_bytes(to_json(manifest))
    return manifest


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """Make a folder that becomes ``out`` if all goes well, and vanishes otherwise.

    It is made next to ``out``, so that renaming it is enough.
    """
    out = out.resolve()  # "." has no name, and a link is no folder to remove
    above = next(each for each in out.parents if each.is_dir())
    folder = above / f".{out.name[:200]}.{secrets.token_hex(4)}"
    folder.mkdir()
    try:
        yield folder
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            out.rmdir()  # renaming replaces empty folders only on some systems
        os.replace(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Export:
    """One export in progress."""

    def __init__(
        self, model: Model, folder: Path, config: ExportConfig, tell: Callable[[str], None]
    ) -> None:
        self._model, self._folder, self._config, self._tell = model, folder, config, tell

    def run(self) -> dict[str, Any]:
        """Write all files, and return the manifest."""
        config = self._config
        agents, run = load_bundle(self._model.folder)
        self._tell("hiding messages in covers, for calibration and for the proof")
        tiles, calibration = self._open_tiles()
        samples = make_samples(agents, run, tiles[0], PHOTO_SEED)
        learned = make_samples(agents, run, tiles[1], CALIBRATION_SEED)
        answers = method_of(run).signatures(agents, run, config.side)
        artefacts = []
        for agent, functions in answers.items():
            if agent == "alice" and not config.alice:
                continue
            name = MAIN[agent]
            reference = Reference(
                agent, functions[name], answers["bob"]["read"], samples, PHOTO_SEED
            )
            names = list(functions[name][0])

            def examples(names: list[str] = names) -> Iterable[Inputs]:
                return (sample.inputs(names) for sample in learned)

            artefacts += self._export(reference, functions, examples)
        return {
            **describe_model(self._model, config.side, config.dynamic),
            **describe_circumstances(*calibration, config.images, [*real_channels(run.channel)]),
            "artefacts": artefacts,
        }

    def _open_tiles(self) -> tuple[tuple[list[Any], list[Any]], tuple[str, str]]:
        """Open tiles to measure with and to calibrate on, and the names of their sources."""
        config, agents = self._config, self._model.agents
        photos, ours = open_tiles(config.photos, agents, config.side, config.images, PHOTO_SEED)
        examples, theirs = open_tiles(
            config.calibration, agents, config.side, config.calibration_images, CALIBRATION_SEED
        )
        if isinstance(ours, FolderCovers) and isinstance(theirs, FolderCovers):
            try:
                assert_disjoint(theirs, ours)
            except ValueError as error:
                raise ValueError(f"photos and calibration share an image: {error}") from error
        return (photos, examples), (ours.name, theirs.name)

    def _export(
        self,
        reference: Reference,
        functions: dict[str, Signature],
        examples: Callable[[], Iterable[Inputs]],
    ) -> list[dict[str, Any]]:
        """Write and prove an agent's SavedModel and TFLite files."""
        agent, name = reference.agent, MAIN[reference.agent]
        saved = self._folder / SAVED_MODELS / agent
        self._tell(f"{SAVED_MODELS}/{agent}")
        save_model(saved, functions, self._config.dynamic)
        described = []
        for each in functions:
            artefact = self._proved(saved, partial(SavedModel, saved, each), functions[each])
            described.append(describe_signature(each, artefact))
            if each == name:
                main = artefact
        found = [self._measured(saved, "saved_model", main, described, reference)]
        method = method_of(self._model.config)
        for form in FORMATS_OF[agent]:
            if form in method.spoiled_by:
                continue
            path = self._folder / f"{agent}-{form}.tflite"
            self._tell(path.name)
            content = formats.to_format(saved, name, form, examples, method.kept_in_float)
            path.write_bytes(content)
            artefact = self._proved(path, partial(_opened, content, name), functions[name])
            described = [describe_signature(name, artefact)]
            found.append(self._measured(path, form, artefact, described, reference))
        return found

    def _proved(self, path: Path, opened: Callable[[], Artefact], signature: Signature) -> Artefact:
        with self._naming(path):
            artefact = opened()
            check_signature(artefact, signature, self._config.dynamic)
            return artefact

    def _measured(
        self,
        path: Path,
        form: str,
        artefact: Artefact,
        described: list[dict[str, Any]],
        reference: Reference,
    ) -> dict[str, Any]:
        """Make the manifest's entry of an artefact that meets its limit."""
        with self._naming(path):
            measured = reference.measure(artefact)
            check_bits(measured, BARS[form])
        return {
            "agent": reference.agent,
            "format": form,
            **describe_files(self._folder, path),
            "signatures": described,
            "measured": measured.to_dict(),
        }

    @contextmanager
    def _naming(self, path: Path) -> Iterator[None]:
        """Turn errors about an artefact into ExportFailed with its name."""
        try:
            yield
        except ExportFailed as error:
            raise ExportFailed(
                f"{path.relative_to(self._folder).as_posix()} will not do: {error}"
            ) from error


def _opened(content: bytes, signature: str) -> TFLiteFile:
    check_weights(content)
    return TFLiteFile(content, signature)

"""Do a whole run in one folder: covers, training, final evaluation, bundle and picture.

The folder contains config.json, covers.json, metrics.jsonl, checkpoints/, tensorboard/ and, at the
end, bundle/, evaluation.json and picture.png.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from ..backend import keras, processor_line, tf
from ..bundles.bundles import float32_copy, save_bundle
from ..channel.registry import real_channels
from ..config import DataConfig, RunConfig
from ..data.batches import check_enough, check_replicas, evaluation_tiles, naming_data_errors
from ..data.covers import TFDS, Covers, assert_disjoint, open_covers, split_covers
from ..io.comparison import comparison
from ..io.files import strangers, to_json, write_whole
from ..methods import Agents
from ..metrics import figures as measured
from .distribution import build_strategy, naming_lost_workers, worker_and_replicas
from .loop import CHECKPOINTS, Trainer
from .progress import PROGRESS, Progress, Rows
from .records import METRICS, TENSORBOARD, read_metrics, thinned

CONFIG, BUNDLE, FIGURES, PICTURE = "config.json", "bundle", "evaluation.json", "picture.png"
COMMAND, COVERS = "command.txt", "covers.json"
#: What a run leaves in its folder. Overwriting a run removes only these.
CONTENTS = (
    CONFIG,
    COMMAND,
    COVERS,
    BUNDLE,
    FIGURES,
    PICTURE,
    METRICS,
    PROGRESS,
    CHECKPOINTS,
    TENSORBOARD,
)


def open_run(
    folder: Path, config: RunConfig, resume: bool, overwrite: bool, parts: Sequence[Covers]
) -> None:
    """Claim ``folder`` for a run of ``config`` with the two parts of ``open_data``.

    Raises ValueError if it holds another run and neither ``resume`` nor ``overwrite`` is given, if
    there is nothing to resume or its covers have changed, or if its contents are not a run.
    """
    own = {name: _identity(each) for name, each in zip(("training", "test"), parts)}
    if resume:
        if not (folder / CONFIG).is_file():
            raise ValueError(f"{folder} has no run to resume: it has no {CONFIG}")
        begun = json.loads((folder / COVERS).read_text(encoding="utf-8"))
        for name, new in own.items():
            if begun[name] != new:
                raise ValueError(
                    f"{folder} was begun with other {name} covers ({begun[name]}) than there are "
                    f"now ({new}): put them back, or begin anew with --overwrite"
                )
        return
    there = list(folder.iterdir()) if folder.is_dir() else []
    if there and not overwrite:
        raise ValueError(
            f"{folder} is not empty: go on with its run with --resume, or lose it with --overwrite"
        )
    strange = strangers(folder, CONTENTS)
    if strange:
        raise ValueError(f"{folder} holds {strange[0]!r}, which is of no run: it is left alone")
    for path in there:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / COVERS, to_json(own))
    write_whole(folder / CONFIG, config.to_json().encode())


def _identity(covers: Covers) -> str:
    """Return the number of covers, and a digest of their files' sizes in order."""
    sizes = [covers.file_size(index) for index in range(len(covers))]
    return f"{len(covers)}, digest {hashlib.sha256(repr(sizes).encode()).hexdigest()[:16]}"


def open_data(config: RunConfig) -> tuple[Covers, Covers]:
    """Open covers for training and for the final evaluation, without overlap.

    Raises ValueError if they are too few or overlap.
    """
    data, channels, side = config.data, config.agents.channels, config.least_side
    covers = open_covers(data.data, channels, side, config.training.seed)
    if data.test_data:
        test = open_covers(data.test_data, channels, data.evaluation_side, config.training.seed)
        assert_disjoint(covers, test)
        check_enough(covers, config)
    else:
        covers, test = split_covers(covers, data.test_share, config.training.seed)
        check_enough(covers, config, held_out=len(test))
    return covers, test


@dataclass(frozen=True)
class Trained:
    """The result of a training: float32 agents, their figures on unseen covers, and an example.

    ``progress``: figures at the start, halfway and at the end, by the number of steps.
    """

    agents: Agents
    figures: measured.Figures
    example: dict[str, Any]
    progress: Rows
    seconds: float


def train_and_measure(
    config: RunConfig, covers: Covers, test: Covers, folder: Path, strategy: Any, quiet: bool
) -> Trained:
    """Train in ``folder`` from its last checkpoint, and measure on ``test``.

    Raises what ``Trainer.fit`` raises. With several workers, all have to call it together.
    """
    start = time.monotonic()
    worker, _ = worker_and_replicas(strategy)
    progress = Progress(folder / PROGRESS, config, test, writes=worker == 0)
    with strategy.scope():
        trainer = Trainer(config, covers, folder, strategy, quiet, progress.measure)
        agents = float32_copy(trainer.fit(), config)
    data = config.data
    tiles = evaluation_tiles(test, data.evaluation_side, data.evaluation_images)
    disturbances = real_channels(config.channel)
    figures, example = measured.measure(
        agents, config.agents, tiles, disturbances, config.training.seed
    )
    rows = progress.finish(config.training.steps, figures)
    return Trained(agents, figures, example, rows, time.monotonic() - start)


def train(
    config: RunConfig,
    folder: Path,
    resume: bool = False,
    overwrite: bool = False,
    quiet: bool = False,
    command: str = "",
) -> Trained | None:
    """Train, measure and bundle; return the result (None on workers other than the first).

    Args:
        config: with either steps or epochs; a resumed run must have its original config.
        folder: of the run.
        resume: continue from the last checkpoint.
        overwrite: remove an earlier run in the folder first.
        quiet: show no progress bar.
        command: the command that the card names.

    Raises:
        ValueError: the data or the folder cannot be used. Also raises what ``Trainer.fit`` raises,
            and WorkerLost if another worker is gone.
    """
    strategy = build_strategy(config.training.strategy)
    worker, local_replicas = worker_and_replicas(strategy)
    covers, test = open_data(config)
    config = dataclasses.replace(config, training=config.training.resolve_steps(len(covers)))
    check_replicas(config.training, strategy.num_replicas_in_sync)
    if worker == 0:
        open_run(folder, config, resume, overwrite, (covers, test))
        command = _first_command(folder, command)
    several = strategy.num_replicas_in_sync > local_replicas
    with naming_lost_workers(several), naming_data_errors():
        trained = train_and_measure(config, covers, test, folder, strategy, quiet)
    if worker:
        return None
    card = describe(config, covers, test, trained, command)
    write_whole(folder / FIGURES, to_json({"command": command, "figures": card["figures"]}))
    comparison(trained.example["cover"], trained.example["stego"]).save(folder / PICTURE)
    log = thinned(read_metrics(folder / METRICS))
    save_bundle(folder / BUNDLE, trained.agents, without_paths(config), card, log)
    return trained


def _first_command(folder: Path, command: str) -> str:
    """Return the command that began the run, since it made the bundle, not a later --resume."""
    path = folder / COMMAND
    if not path.is_file():
        write_whole(path, command.encode())
    return path.read_text(encoding="utf-8")


def describe(
    config: RunConfig,
    covers: Covers,
    test: Covers,
    trained: Trained,
    command: str,
) -> dict[str, Any]:
    """Build the card of a bundle."""
    from .. import __version__

    agents = config.agents
    return {
        "scheme": agents.scheme,
        "bits_per_pixel": agents.bits_per_pixel,
        "channels": agents.channels,
        "method": config.method,
        "covers": {
            "name": covers.name,
            "images": len(covers),
            "terms": config.data.data_terms or None,
        },
        "test_covers": {"name": test.name, "images": len(test)},
        "weights_licence": config.data.weights_licence or None,
        "steps": config.training.steps,
        "seconds_of_last_start": round(trained.seconds),
        "seed": config.training.seed,
        "command": command,
        "versions": versions(__version__),
        "machine": machine(),
        "progress": trained.progress,
        "figures": measured.to_dict(trained.figures),
    }


def versions(own: str) -> dict[str, str]:
    return {
        "keystego-tf": own,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def machine() -> dict[str, Any]:
    """Return processor and logical cores, without the host's name."""
    model = processor_line("model name") or platform.processor() or platform.machine()
    return {"processor": model, "cores": os.cpu_count()}


def without_paths(config: RunConfig) -> RunConfig:
    """Reduce data folders to their names, so that a bundle reveals nothing about the machine."""
    data = config.data

    def name(spec: str) -> str:
        return spec if not spec or spec.startswith(TFDS) else PureWindowsPath(spec).name

    named: DataConfig = dataclasses.replace(
        data, data=name(data.data), test_data=name(data.test_data)
    )
    return dataclasses.replace(config, data=named)

"""Bundles: a trained scheme on disk.

A bundle is a folder with ``config.json`` (the run that made it), ``weights.npz`` (every agent's
weights by ``agent/layer/index``, readable on both stacks), a ``.tflite`` file for each agent that
hides or reveals, and ``card.json``. The card says what the scheme was trained on, for how long, by
which version and what it measured, and has the hashes of the files. Most bundles also have
``training.json``: a few hundred points of the training's log, as columns by the name of the figure.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import numpy as np
from numpy.typing import NDArray

from ..config import RunConfig
from ..io.files import read_object, read_whole, to_json, write_whole

if TYPE_CHECKING:
    from ..methods import Agents

#: Height and width of a tile in pixels, the size that the TFLite files of a bundle take.
TILE = 128

CONFIG, WEIGHTS, CARD, LOG = "config.json", "weights.npz", "card.json", "training.json"

#: Largest size in bytes of an agents' file and of the arrays in it, and of its list of arrays.
MOST_BYTES, MOST_DIRECTORY = 2**26, 2**18

#: Columns of a training's log, all of one length, including ``step``. None was not measured.
Log = dict[str, list[Optional[float]]]

Weights = dict[str, NDArray[np.float32]]


def weights_of(agents: Agents) -> Weights:
    """Return every weight of every agent, by ``agent/layer/index``."""
    return {
        f"{name}/{layer.name}/{index}": np.asarray(value)
        for name, model in agents.items()
        for layer in model.layers
        for index, value in enumerate(layer.get_weights())
    }


def set_weights(agents: Agents, weights: Weights) -> None:
    """Set every weight; ValueError names the first that is missing, unexpected or misshapen."""
    left = dict(weights)
    for name, model in agents.items():
        for layer in model.layers:
            values = []
            for index, old in enumerate(layer.get_weights()):
                key = f"{name}/{layer.name}/{index}"
                if key not in left:
                    raise ValueError(f"weight {key} is missing")
                value = left.pop(key)
                if value.shape != old.shape:
                    raise ValueError(f"weight {key} is {value.shape}, but must be {old.shape}")
                values.append(value)
            if values:
                layer.set_weights(values)
    if left:
        raise ValueError(f"weight {sorted(left)[0]} belongs to no layer")


def float32_copy(agents: Agents, run: RunConfig) -> Agents:
    """Copy the agents as their bundle will have them, independent of precision and distribution.

    With several workers, all have to call it together.
    """
    from ..methods import build

    copy = build(run)
    set_weights(copy, weights_of(agents))
    return copy


def save_bundle(
    folder: Path,
    agents: Agents,
    config: RunConfig,
    card: dict[str, Any],
    log: Log | None = None,
) -> None:
    """Write a bundle to ``folder``, each file whole or not at all.

    ``log`` is the training's, if the bundle is to have it. The card gets ``sha256``, the hashes of
    the weights, of the TFLite files and of the log.
    """
    from ..methods import method_of
    from .convert import to_tflite

    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / CONFIG, config.to_json().encode())
    weights = io.BytesIO()
    np.savez_compressed(weights, **weights_of(agents))
    files = {WEIGHTS: weights.getvalue()}
    for agent, functions in method_of(config).signatures(agents, config, TILE).items():
        files[f"{agent}.tflite"] = to_tflite(functions)
    if log is None:
        (folder / LOG).unlink(missing_ok=True)  # left by an older training
    else:
        files[LOG] = (json.dumps(log) + "\n").encode()
    for name, content in files.items():
        write_whole(folder / name, content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    write_whole(folder / CARD, to_json({**card, "sha256": hashes}))


def load_bundle(folder: Path) -> tuple[Agents, RunConfig]:
    """Load the agents of a bundle, in float32, and the configuration of the run that made them.

    Raises ValueError, naming the file and the rule, if the folder is not a bundle.
    """
    from ..methods import build, load_run

    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise ValueError(f"{folder} is not a bundle: it has no {name}")
    config = load_run(folder / CONFIG)
    agents = build(config)
    weights = load_weights(folder)
    try:
        set_weights(agents, weights)
    except ValueError as error:
        raise ValueError(f"{folder / WEIGHTS} does not fit {CONFIG}: {error}") from error
    return agents, config


def load_weights(folder: Path) -> Weights:
    """Load the weights of a bundle; ValueError with the file's path if it holds none."""
    path = folder / WEIGHTS
    try:
        content = read_whole(path, MOST_BYTES)
        _check_archive(content)
        with np.load(io.BytesIO(content), allow_pickle=False) as weights:
            found = {name: weights[name] for name in weights.files}
    except Exception as error:  # on a damaged file, NumPy and zipfile raise nearly anything
        raise ValueError(f"{path} is damaged: {error}") from error
    for name, value in found.items():
        if not isinstance(value, np.ndarray) or value.dtype != np.float32:
            raise ValueError(f"{path} is damaged: {name} must be float32")
    return found


def _check_archive(content: bytes) -> None:
    """Raise ValueError for a ZIP file that would take far more memory than its own size.

    This reads its end first, for the size of its directory, since each entry takes memory.
    """
    end, directory = content[-22:], int.from_bytes(content[-10:-6], "little")
    if end[:4] != b"PK\5\6" or end[-2:] != bytes(2) or content[-42:-38] == b"PK\6\7":
        raise ValueError("it must end as a plain ZIP file does")
    if directory > MOST_DIRECTORY:
        raise ValueError(f"its directory has {directory} bytes, but at most {MOST_DIRECTORY} fit")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(each.file_size for each in archive.infolist())
    if size > MOST_BYTES:
        raise ValueError(f"its arrays have {size} bytes, but at most {MOST_BYTES} are read")


def load_log(folder: Path) -> Log | None:
    """Load the log of a bundle's training; None if it has none, ValueError if it is damaged."""
    path = folder / LOG
    if not path.is_file():
        return None
    log = read_object(path, "a training's log")
    try:
        lengths = {len(column) for column in log.values()}
        whole = len(lengths) == 1 and all(isinstance(each, (int, float)) for each in log["step"])
    except (TypeError, KeyError) as error:
        raise ValueError(f"{path} is not a training's log: {error}") from error
    if not whole:
        raise ValueError(f"{path} is not a training's log: its columns must be of one length")
    return log

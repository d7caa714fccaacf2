"""manifest.json: all that an app has to know about the files beside it."""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path
from typing import Any

from .. import __version__
from ..bundles.catalogue import WEIGHTS, Model
from ..training.run import machine, versions
from .artefacts import Artefact, Tensor
from .formats import BARS

MANIFEST = "manifest.json"
#: Version of the manifest's own layout.
VERSION = 1

#: Inputs of the nets: range and meaning by name.
INPUTS: dict[str, tuple[list[float], str]] = {
    "cover": ([0, 1], "8-bit samples divided by 255"),
    "stego": ([0, 1], "8-bit samples divided by 255"),
    "message": ([-1, 1], "bits to hide: 0 is -1, 1 is +1"),
    "key": ([-1, 1], "the public key, or the shared secret one: 0 is -1, 1 is +1"),
    "secret_key": ([-1, 1], "bits of a secret key: 0 is -1, 1 is +1"),
    "public_key": ([-1, 1], "bits of the public key that belongs to it: 0 is -1, 1 is +1"),
    "mask": ([-1, 1], "bits of the public key, in place of both keys: 0 is -1, 1 is +1"),
}
#: Outputs of the nets: range, threshold above which a bit is 1, and meaning.
OUTPUTS: dict[str, tuple[list[float], float | None, str]] = {
    "message": ([0, 1], 0.5, "probabilities that a bit is 1"),
    "public_key": ([-1, 1], 0.0, "bits of the public key: 0 is -1, 1 is +1"),
    "stego": ([0, 1], None, "samples: times 255, rounded to the nearest integer"),
}


def describe_model(model: Model, side: int, dynamic: bool) -> dict[str, Any]:
    """Describe the model, and how bits and samples are stored in tensors."""
    agents = model.agents
    return {
        "manifest": VERSION,
        "model": {
            "name": model.name,
            "scheme": agents.scheme,
            "bits_per_pixel": agents.bits_per_pixel,
            "channels": agents.channels,
            "pk_generator": model.generator or None,
            "weights_sha256": hashlib.sha256((model.folder / WEIGHTS).read_bytes()).hexdigest(),
        },
        "tile": {
            "height": side,
            "width": side,
            "message_map": list(agents.message_shape(side, side)),
            "key_map": list(agents.key_shape(side, side)),
            "dynamic_shape": dynamic,
        },
        "tensors": {
            "layout": "NHWC",
            "dtype": "float32",
            "channels": "red, green, blue" if agents.channels == 3 else "gray",
            "bits": "maps of rows and columns are read row by row, from the upper left",
            "bytes": "eight bits each, the highest first",
        },
    }


def describe_signature(name: str, artefact: Artefact) -> dict[str, Any]:
    """Describe names, shapes, ranges and meaning of a signature's tensors.

    Inputs are sorted by name. This order means nothing, because runtimes have orders of their own.
    """
    inputs = sorted(artefact.inputs, key=lambda each: each["name"])
    return {
        "name": name,
        "inputs": [_input(each) for each in inputs],
        "outputs": [_output(each) for each in artefact.outputs],
    }


def _input(tensor: Tensor) -> dict[str, Any]:
    limits, meaning = INPUTS[tensor["name"]]
    return {**tensor, "range": limits, "meaning": meaning}


def _output(tensor: Tensor) -> dict[str, Any]:
    limits, threshold, meaning = OUTPUTS[tensor["name"]]
    return {**tensor, "range": limits, "threshold": threshold, "meaning": meaning}


def describe_files(root: Path, path: Path) -> dict[str, Any]:
    """Return bytes and SHA-256 of a file, or of each file of a folder; paths start at ``root``."""
    if path.is_file():
        content = path.read_bytes()
        return {
            "file": path.relative_to(root).as_posix(),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    files = [describe_files(root, each) for each in sorted(path.rglob("*")) if each.is_file()]
    total = sum(each["bytes"] for each in files)
    return {"file": path.relative_to(root).as_posix(), "bytes": total, "files": files}


def describe_circumstances(
    photos: str, calibration: str, images: int, channels: list[str]
) -> dict[str, Any]:
    """Describe what was measured on what, where and with which versions."""
    litert = importlib.metadata.version("ai-edge-litert")
    return {
        "measured_on": {
            "covers": photos,
            "images": images,
            "channel": channels[-1] if channels else "PNG",
            "calibration_covers": calibration,
            "threads": "1 in LiteRT; TensorFlow's own choice for SavedModels",
            "largest_share_of_bits_differing": BARS,
            "machine": machine(),
        },
        "versions": {**versions(__version__), "ai-edge-litert": litert},
    }

"""What was measured before: results by the hash of all that they depend on.

A value lies in one ``.npz`` file: its arrays, and the rest as JSON. Nothing is pickled, so a
folder from somebody else runs nothing; only dataclasses of this package are made again.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import importlib
import io
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Callable, TypeVar

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..io.files import write_whole

T = TypeVar("T")
Arrays = list[NDArray[Any]]

PACKAGE = __package__.partition(".")[0]

#: Subpackages and modules whose code results depend on, besides the section that asks for them.
MEASURING = (
    "agents",
    "baselines",
    "codec",
    "data",
    "evaluation/steganalysis",
    "evaluation/unrecoverability",
    "models",
    "payload",
    "training",
)

#: Key of a JSON object that stands for something else.
MARK = "!"


class Cache:
    """Results below a folder, which is made at the first one; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def get(self, key_parts: dict[str, Any], make: Callable[[], T]) -> T:
        """The result for these parts: from its file, or else made and written, whole.

        key_parts: JSON values that tell this result from all others: what it is, files' and covers'
        hashes, sizes, seed. The version of the package and its code are added. The result may be
        made of None, numbers, texts, lists, tuples, dictionaries with texts as keys, arrays and
        dataclasses of this package; TypeError for anything else. A damaged file is made again.
        """
        if self.folder is None:
            return make()
        parts = {**key_parts, "version": __version__, "code": code_digest()}
        text = json.dumps(parts, sort_keys=True)
        path = self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:40]}.npz"
        try:
            found: T = _read(path)
            return found
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            pass
        made = make()
        content = _written(made, text)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
        return made


@cache
def code_digest() -> str:
    """Hash of the code in MEASURING, comments and layout left out."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for part in MEASURING:
        for path in sorted((root / part).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(ast.dump(ast.parse(path.read_text(encoding="utf-8"))).encode())
    return digest.hexdigest()[:16]


def digest_of(arrays: Sequence[NDArray[Any]] | NDArray[Any]) -> str:
    """Hash of the shapes, types and values of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        each = np.ascontiguousarray(array)
        digest.update(f"{each.dtype.str}{each.shape}".encode())
        digest.update(each.tobytes())
    return digest.hexdigest()


def _written(value: Any, key: str) -> bytes:
    arrays: Arrays = []
    tree = json.dumps({"key": key, "value": _flat(value, arrays)})
    named = {f"array{number}": array for number, array in enumerate(arrays)}
    file = io.BytesIO()
    np.savez_compressed(file, tree=np.frombuffer(tree.encode(), np.uint8), **named)
    return file.getvalue()


def _read(path: Path) -> Any:
    # zipfile and NumPy raise nearly anything over a damaged file.
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = [content[f"array{number}"] for number in range(len(content.files) - 1)]
            tree = json.loads(content["tree"].tobytes().decode())
    except OSError:
        raise
    except Exception as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    return _full(tree["value"], arrays)


def _flat(value: Any, arrays: Arrays) -> Any:
    """The value as JSON; arrays go to ``arrays``."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {MARK: "array", "number": len(arrays) - 1}
    if isinstance(value, list):
        return [_flat(each, arrays) for each in value]
    if isinstance(value, tuple):
        return {MARK: "tuple", "items": [_flat(each, arrays) for each in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {
            MARK: "dict",
            "items": {key: _flat(each, arrays) for key, each in value.items()},
        }
    kind = type(value)
    if dataclasses.is_dataclass(kind) and kind.__module__.startswith(f"{PACKAGE}."):
        fields = {
            each.name: _flat(getattr(value, each.name), arrays) for each in dataclasses.fields(kind)
        }
        return {MARK: f"{kind.__module__}:{kind.__qualname__}", "items": fields}
    raise TypeError(f"a result has {kind.__name__} in it, which the cache cannot keep")


def _full(tree: Any, arrays: Arrays) -> Any:
    """What ``_flat`` made flat."""
    if isinstance(tree, list):
        return [_full(each, arrays) for each in tree]
    if not isinstance(tree, dict):
        return tree
    mark = tree[MARK]
    if mark == "array":
        return arrays[tree["number"]]
    if mark == "tuple":
        return tuple(_full(each, arrays) for each in tree["items"])
    items = {key: _full(each, arrays) for key, each in tree["items"].items()}
    if mark == "dict":
        return items
    module, _, name = mark.partition(":")
    if not module.startswith(f"{PACKAGE}."):
        raise ValueError(f"{mark} is no dataclass of this package")
    kind = getattr(importlib.import_module(module), name)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise ValueError(f"{mark} is no dataclass of this package")
    return kind(**items)

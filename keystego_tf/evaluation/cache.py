"""Keep measurements under a hash of everything they depend on.

A figure can depend on any module of the package below the evaluation, and on libraries. Their
digest is part of every key, so that results of other code are never read again. Results are
pickled: a cache folder is its maker's own and must not be taken from somebody else.
"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Callable, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..io.extras import extra_package
from ..io.files import write_whole

joblib = extra_package("joblib")

T = TypeVar("T")

PACKAGE = Path(__file__).parents[1]

#: Parts of the package above the evaluation; nothing that measures imports them.
ABOVE = ("cli", "report", "tuning")


class Cache:
    """Results in a folder, which is made for the first one; without a folder nothing is kept."""

    def __init__(self, folder: Path | None, package: Path = PACKAGE) -> None:
        self.folder, self.package = folder, package

    def get(self, key: dict[str, Any], make: Callable[[], T]) -> T:
        """Read the result for a key, which tells it from all others of the same code. Make it and
        write it whole if it is missing or damaged."""
        if self.folder is None:
            return make()
        path = self.folder / f"{joblib.hash([key, code_digest(self.package)])}.pkl"
        with suppress(Exception):  # a damaged pickle raises nearly anything
            stored: T = joblib.load(path)
            return stored
        result = make()
        content = io.BytesIO()
        joblib.dump(result, content, compress=3)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.getvalue())
        return result


def sources(package: Path = PACKAGE) -> list[Path]:
    """Return the files that figures can depend on, as paths in the package."""
    places = (path.relative_to(package) for path in sorted(package.rglob("*.py")))
    return [place for place in places if place.parts[0] not in ABOVE]


@cache
def code_digest(package: Path = PACKAGE) -> str:
    """Hash all Python code below ``ABOVE``, and the versions of all packages."""
    digest = hashlib.sha256(sys.version.encode())
    for place in sources(package):
        content = (package / place).read_bytes()
        digest.update(f"{place.as_posix()} {len(content)}\n".encode() + content)
    packages = sorted(f"{each.metadata['Name']} {each.version}" for each in distributions())
    digest.update("\n".join(packages).encode())
    return digest.hexdigest()


def digest_of(arrays: Sequence[NDArray[Any]]) -> str:
    """Hash the shapes, types and values of arrays."""
    # a copy, since arrays of the same values can differ in strides, which joblib hashes, too
    return str(joblib.hash([np.array(array, order="C", subok=False) for array in arrays]))

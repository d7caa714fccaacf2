"""Find cover images: a folder, a data set by name, or synthetic scenes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np

from .encoded import Pixels, SkippedFile, UnusableCover, usable_images
from .folder import FolderCovers
from .named import NamedCovers
from .synthetic import SyntheticCovers

__all__ = [
    "Covers",
    "FolderCovers",
    "NamedCovers",
    "SkippedFile",
    "Subset",
    "SyntheticCovers",
    "UnusableCover",
    "assert_disjoint",
    "open_covers",
    "split_covers",
    "usable_images",
]

#: What the name of a TensorFlow data set begins with.
TFDS = "tfds:"

#: Side of synthetic covers, unless the least side is larger.
SYNTHETIC_SIDE = 160


class Covers(Protocol):
    """A fixed sequence of cover images, some of which may turn out to be unusable."""

    @property
    def name(self) -> str:
        """Name of the covers on a card, such as the folder's name."""

    @property
    def channels(self) -> int:
        """Number of channels, C: 3 for colour, 1 for grayscale."""

    def __len__(self) -> int: ...

    def image(self, index: int) -> Pixels:
        """Return image ``index``, uint8 [height, width, channels], always the same, read-only.

        Raises UnusableCover, every time, if it cannot be used.
        """

    def label(self, index: int) -> str:
        """Return the name of image ``index`` for messages."""

    def file_size(self, index: int) -> int:
        """Return the bytes of the file: a number that is quick to get, equal for equal images."""

    def digest(self, index: int) -> bytes:
        """Return bytes that are equal for equal files and differ for others."""


class Subset:
    """Some of the images of other covers."""

    def __init__(self, covers: Covers, indices: Sequence[int]) -> None:
        """Select images by ``indices`` into ``covers``, in the order of the subset."""
        self.name, self.channels = covers.name, covers.channels
        self._covers, self._indices = covers, [int(index) for index in indices]

    def __len__(self) -> int:
        return len(self._indices)

    def image(self, index: int) -> Pixels:
        """Return image ``index`` of the subset, uint8 [height, width, channels], read-only."""
        return self._covers.image(self._indices[index])

    def label(self, index: int) -> str:
        """Return the name of image ``index`` of the subset for messages."""
        return self._covers.label(self._indices[index])

    def file_size(self, index: int) -> int:
        """Return the file size of image ``index`` of the subset."""
        return self._covers.file_size(self._indices[index])

    def digest(self, index: int) -> bytes:
        """Return the digest of image ``index`` of the subset."""
        return self._covers.digest(self._indices[index])


def open_covers(spec: str | None, channels: int, least_side: int, seed: int) -> Covers:
    """Open the covers that ``spec`` names.

    ``spec``: None or "synthetic", "tfds:NAME" or "tfds:NAME/SPLIT", else a folder; ``channels``: 1
    or 3; ``least_side``: least length of the shorter side, pixels; ``seed``: of synthetic covers.
    Raises ValueError, which says what is wrong with the source, or ImportError if
    tensorflow-datasets is missing.
    """
    if spec is None or spec == "synthetic":
        return SyntheticCovers(channels, max(SYNTHETIC_SIDE, least_side), seed)
    if spec.startswith(TFDS):
        return NamedCovers(spec[len(TFDS) :], channels, least_side)
    return FolderCovers(Path(spec), channels, least_side)


def assert_disjoint(train: Covers, test: Covers) -> None:
    """Raise ValueError, naming the first test image that is also a training image.

    This compares files, not paths: a link or a copy under another name is the same image. Only
    files of equal size are read. The same picture in another format, size or quality, or with other
    metadata, is not noticed.
    """
    if train.channels != test.channels:
        raise ValueError(
            f"the test covers have {test.channels} channels, but the training covers "
            f"{train.channels}: open both alike"
        )
    sizes = {test.file_size(index) for index in range(len(test))}
    alike = [index for index in range(len(train)) if train.file_size(index) in sizes]
    seen = dict(zip(_digests(train, alike[::-1]), alike[::-1]))
    sizes = {train.file_size(index) for index in alike}
    for index in range(len(test)):
        twin = seen.get(test.digest(index)) if test.file_size(index) in sizes else None
        if twin is not None:
            raise ValueError(
                f"{test.label(index)} is in the test covers, but the same picture is in the "
                f"training covers: {train.label(twin)}"
            )


def split_covers(covers: Covers, share: float, seed: int) -> tuple[Subset, Subset]:
    """Split covers into disjoint training and test parts, the same for the same seed.

    ``share``: share of the pictures for the test part, in (0, 1). Copies of a file stay on one
    side. Raises ValueError if either part would be empty.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}, but must be in (0, 1)")
    identities: list[bytes | int] = [covers.file_size(index) for index in range(len(covers))]
    count = Counter(identities)
    alike = [index for index, size in enumerate(identities) if count[size] > 1]
    for index, digest in zip(alike, _digests(covers, alike)):
        identities[index] = digest
    copies: dict[bytes | int, list[int]] = {}
    for index, identity in enumerate(identities):
        copies.setdefault(identity, []).append(index)
    pictures = list(copies.values())
    if len(pictures) < 2:
        raise ValueError(
            f"{covers.name} has {len(pictures)} pictures, but a training and a test part need 2"
        )
    held_out = min(max(1, round(share * len(pictures))), len(pictures) - 1)
    order = np.random.default_rng(seed).permutation(len(pictures))
    test = sorted(index for place in order[:held_out] for index in pictures[place])
    train = sorted(index for place in order[held_out:] for index in pictures[place])
    return Subset(covers, train), Subset(covers, test)


def _digests(covers: Covers, indices: Sequence[int]) -> list[bytes]:
    """Compute digests of some images in parallel, since most of the time goes to the disk."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(covers.digest, indices))

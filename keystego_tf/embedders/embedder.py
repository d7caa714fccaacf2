"""Define an embedder: it places the bits of the payload layer in an image, and reads them again.

An embedder knows keys only as the locator and the root that come from them (docs/format.md,
section 3): the locator says where the opening lies, the root of the opening where the rest does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Callable, Protocol

import numpy as np
from numpy.typing import NDArray

from ..payload.code import Bits, Probabilities
from ..payload.correction import Correction

#: Samples as an image's file stores them: uint8 [H, W, C].
Pixels = NDArray[np.uint8]

#: Called with what is being done (hiding, reading), tiles done and tiles in all.
Progress = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


class DoesNotFit(ValueError):
    """The message, or the opening, does not fit into the image."""


@dataclass(frozen=True)
class Opening:
    """What may be an opening: its bytes, and where it was read (of nets the tile's number)."""

    content: bytes
    place: int = 0


class Embedder(Protocol):
    """Bits into an image, and back.

    ``name``: for users; ``identity``: in every derivation of keys, so that images of different
    embedders share no stream; ``scheme``: symmetric, asymmetric, or None for either; ``channels``:
    1, 3, or None for either; ``correction``: of errors, which the payload layer puts into the bits.
    """

    name: str
    identity: str
    scheme: str | None
    channels: int | None
    correction: Correction

    def holds(self, shape: tuple[int, ...], opening: int) -> int:
        """The most bits after an opening of so many bytes, in an image of this shape [H, W, C].

        Negative where not even the opening fits.
        """

    def embed(
        self, image: Pixels, opening: bytes, locator: bytes, root: bytes, bits: Bits
    ) -> Pixels:
        """The stego image. ``bits``: uint8 of 0 and 1, as ``layout.compose`` gives them.

        Raises DoesNotFit where the image cannot carry the opening. What is misread in any way stays
        misread: read it back.
        """

    def openings(self, image: Pixels, locator: bytes, length: int) -> Iterator[Opening]:
        """What may be an opening of ``length`` bytes, the likeliest first."""

    def read(
        self,
        image: Pixels,
        opening: Opening,
        locator: bytes,
        root: bytes,
        first: int,
        count: int,
    ) -> Probabilities:
        """Of ``count`` bits from the bit ``first`` on the probabilities that they are 1: float32.

        Asked for the header first (first = 0), and then for the whole body, whose length the header
        tells.
        """

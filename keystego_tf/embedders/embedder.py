"""Define an embedder: it places the bits of the payload layer in an image, and reads them again.

An embedder gets two secrets that are derived from a key (docs/format.md, section 3). The locator
says where the opening lies, the opening's root where the rest lies.
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

#: Called with the current stage (hiding, reading), the tiles done and the total.
Progress = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Report progress to nobody."""


class DoesNotFit(ValueError):
    """The message, or the opening, does not fit into the image."""


@dataclass(frozen=True)
class Opening:
    """A candidate for the opening: its bytes, and where it was read (for nets, the tile)."""

    content: bytes
    place: int = 0


class Embedder(Protocol):
    """Place bits in an image, and read them back.

    ``name``: for users; ``identity``: used in every derivation of keys, so that images of different
    embedders share no stream; ``scheme``: symmetric, asymmetric, or None for either; ``channels``:
    1, 3, or None for either; ``correction``: the codes that the payload layer applies to the bits.
    """

    name: str
    identity: str
    scheme: str | None
    channels: int | None
    correction: Correction

    def holds(self, shape: tuple[int, ...], opening: int) -> int:
        """Return the most bits that an image holds after an opening of ``opening`` bytes.

        ``shape`` is [H, W, C]. The result is negative if not even the opening fits.
        """

    def embed(
        self, image: Pixels, opening: bytes, locator: bytes, root: bytes, bits: Bits
    ) -> Pixels:
        """Make the stego image. ``bits``: uint8, 0 or 1, from ``layout.compose``.

        Raises DoesNotFit if the image cannot carry the opening. Other bits may still be misread, so
        callers have to read the image back.
        """

    def openings(self, image: Pixels, locator: bytes, length: int) -> Iterator[Opening]:
        """Yield candidates for an opening of ``length`` bytes, the likeliest first."""

    def read(
        self,
        image: Pixels,
        opening: Opening,
        locator: bytes,
        root: bytes,
        first: int,
        count: int,
    ) -> Probabilities:
        """Return the probability of a 1 for ``count`` bits from the bit ``first`` on: float32.

        Callers ask for the header first (``first`` = 0), and then for the whole body, whose length
        the header gives.
        """

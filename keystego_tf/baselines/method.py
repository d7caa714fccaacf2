"""Define the interface of a hiding method, and the checks that all methods share."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..config.checked import require

#: [H, W, C] uint8, C = 1 (grayscale) or 3 (RGB).
Pixels = NDArray[np.uint8]


class Method(Protocol):
    """A way to hide at a payload."""

    @property
    def name(self) -> str:
        """Return what tables call it."""

    @property
    def bits_per_pixel(self) -> float:
        """Return message bits over H*W, whatever C; 0 where there is no message."""

    def embed(self, cover_u8: Pixels, rng: np.random.Generator) -> Pixels:
        """Return the stego image of a cover and a random message.

        Args:
            cover_u8: uint8 [H, W, C], C = 1 or 3.
            rng: draws the message and all else that is random.

        Returns:
            A new array of the same shape and dtype.

        Raises:
            ValueError: the cover does not fit.
        """


@runtime_checkable
class Readable(Method, Protocol):
    """A method whose message can be read; simulators write none."""

    def bits_read(self, stego_u8: Pixels, rng: np.random.Generator) -> float:
        """Return the share of the message's bits, of 1, that its receiver reads right.

        Args:
            stego_u8: what ``embed`` made, uint8 [H, W, C].
            rng: in the state that ``embed`` was given it in, so that the same message is drawn.
        """


def check_cover(cover_u8: Pixels, bits_per_pixel: float = 0.0) -> None:
    """Raise ValueError unless the cover is uint8 [H, W, 1 or 3] and its samples hold the bits."""
    if cover_u8.ndim != 3 or cover_u8.shape[-1] not in (1, 3) or cover_u8.dtype != np.uint8:
        raise ValueError(
            f"cover is {cover_u8.dtype} {cover_u8.shape}, but must be uint8 [H, W, 1 or 3]"
        )
    channels = cover_u8.shape[-1]
    rule = f"must be in [0, {channels}], a bit a sample at most"
    require(0 <= bits_per_pixel <= channels, "bits_per_pixel", bits_per_pixel, rule)

"""Price changes with a trained Alice (method ``costs``), who corrects HILL's costs."""

from __future__ import annotations

from typing import Callable

import numpy as np
from numpy.typing import NDArray

from . import costs

#: Samples on each side of a tile that Alice sees and does not price: more than her filters reach.
MARGIN = 12

#: Alice's answer for a tile, uint8 [TILE, TILE, 1], and its logarithms of costs, float32 of the
#: same shape: the corrected ones.
Corrected = Callable[[NDArray[np.uint8], NDArray[np.float32]], NDArray[np.float32]]


class LearnedCosts:
    """Compute costs of all samples of an image, each channel alone.

    ``corrected`` answers for tiles of ``side`` x ``side`` samples.
    """

    def __init__(self, corrected: Corrected, side: int) -> None:
        self._corrected, self._side = corrected, side

    def __call__(self, image_u8: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return float32 [H, W, C], above 0; ``image_u8``: uint8 [H, W, C]."""
        start = np.log(costs.of_samples(image_u8))
        channels = range(image_u8.shape[-1])
        made = [self._channel(image_u8[..., each], start[..., each]) for each in channels]
        return np.exp(np.stack(made, axis=-1))

    def _channel(self, plane: NDArray[np.uint8], start: NDArray[np.float32]) -> NDArray[np.float32]:
        step, (height, width) = self._side - 2 * MARGIN, plane.shape
        around = [(MARGIN, MARGIN + -size % step) for size in plane.shape]
        wide = np.pad(plane, around, mode="symmetric")
        prices = np.pad(start - start.mean(), around, mode="symmetric")
        made = np.empty((height + -height % step, width + -width % step), np.float32)
        for top in range(0, height, step):
            for left in range(0, width, step):
                part = slice(top, top + self._side), slice(left, left + self._side)
                answer = self._corrected(wide[part][..., None], prices[part][..., None])
                inner = answer[MARGIN : MARGIN + step, MARGIN : MARGIN + step, 0]
                made[top : top + step, left : left + step] = inner
        return made[:height, :width]

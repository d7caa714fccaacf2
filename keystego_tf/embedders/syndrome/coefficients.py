"""Embed in the quantised coefficients of a JPEG file, under J-UNIWARD's costs.

This works like ``samples``, on luma's coefficients, including DC and zeros. Chroma stays as it is:
most files store it at half size, and a change of it spreads over four pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...payload.correction import EXACT
from ...payload.layout import header_bits
from . import jpeg_costs
from .samples import SampleEmbedder

#: The most bits of header and body for each nonzero AC coefficient.
BITS_PER_NONZERO = 0.4


class CoefficientEmbedder(SampleEmbedder):
    """Syndrome coding on coefficients, int16 [rows, columns, 8, 8].

    ``table`` is the quantisation steps, uint16 [8, 8]. Only hiding needs it.
    """

    identity = "coefficients"
    # least rows and columns of blocks; range of DC, whose lower end is one below AC's
    least, low, high = 8, -1024, 1023

    def __init__(self, table: NDArray[np.uint16] | None = None, seed: int | None = None) -> None:
        super().__init__(seed)
        self._table = table

    def costs(self, image: NDArray[np.int16]) -> NDArray[np.floating]:
        if self._table is None:
            raise ValueError("table is None, but hiding needs the quantisation steps")
        costs = jpeg_costs.juniward(image, self._table)
        # baseline Huffman coding has no code for an AC coefficient beyond 1023
        full = np.abs(image) >= self.high
        full[..., 0, 0] = False
        costs[full] = np.inf
        return costs

    def fits(self, image: NDArray[np.int16], opening: int) -> int:
        """Return the most bits to hide in an image, limited by ``holds`` and BITS_PER_NONZERO.

        The result is negative if the header and an opening of ``opening`` bytes do not fit.
        """
        most = int(BITS_PER_NONZERO * jpeg_costs.nonzero_ac(image))
        bits = min(self.holds(image.shape, opening), most - 8 * opening)
        return bits if bits >= header_bits(EXACT) else -1

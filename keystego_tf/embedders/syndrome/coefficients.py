"""Embed in the quantised coefficients of a JPEG file, under J-UNIWARD's costs.

As ``samples``, with luma's coefficients for samples, DC and zeros among them. Chroma stays as it
is: it is halved in most files, and a change of it spreads over four pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...payload.correction import EXACT
from ...payload.layout import header_bits
from . import jpeg_costs
from .samples import SampleEmbedder

#: Most bits of header and body for each AC coefficient that is not 0.
BITS_PER_NONZERO = 0.4


class CoefficientEmbedder(SampleEmbedder):
    """Syndrome coding on coefficients, int16 [rows, columns, 8, 8].

    table: uint16 [8, 8], the quantisation steps, which hiding needs and reading does not.
    """

    identity = "coefficients"
    # rows and columns of blocks; the range of DC, which reaches one further down than AC's
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
        """The most bits that are hidden in an image: what ``holds`` says, but no more than
        BITS_PER_NONZERO; below 0 where not even an opening of so many bytes and the header fit."""
        most = int(BITS_PER_NONZERO * jpeg_costs.nonzero_ac(image))
        bits = min(self.holds(image.shape, opening), most - 8 * opening)
        return bits if bits >= header_bits(EXACT) else -1

"""Embed in the samples of an image, under HILL costs (docs/format.md, section 7).

For files that preserve every sample: gray or colour, any size from 64 x 64 pixels. No nets and no
training are needed. Opening, header and body lie in three disjoint sets of samples. A secret order
chooses each set over the whole image. Each set is as large as pays off, so that the code finds
cheap samples for every bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray

from ...payload.code import Bits, Probabilities
from ...payload.correction import EXACT
from ...payload.derivation import chosen
from ...payload.layout import (
    code_opening,
    header_bits,
    read_opening,
)
from ..embedder import Opening, Pixels
from . import code, costs, search

#: Least height and width in pixels.
LEAST = 64

#: The opening and the header may each take one in this many samples.
OPENING_PART, HEADER_PART = 4, 16

Numbers = NDArray[np.int64]
Costs = NDArray[np.floating]


class SampleEmbedder:
    """Syndrome coding on samples.

    ``seed`` fixes the choice of equal changes, for tests only. ``price`` computes the costs, by
    default HILL's (``costs.of_samples``); the receiver does not need it.
    """

    name, identity = "syndrome", "samples"
    scheme: str | None = None
    channels: int | None = None
    correction = EXACT
    least, low, high = LEAST, 0, 255

    def __init__(
        self, seed: int | None = None, price: Callable[[Pixels], Costs] = costs.of_samples
    ) -> None:
        self._seed, self._price = seed, price

    def holds(self, shape: tuple[int, ...], opening: int) -> int:
        if min(shape[:2]) < self.least:
            return -1
        total, head = int(np.prod(shape)), header_bits(EXACT)
        opened = _opening_count(total, EXACT.opening.coded(opening))
        taken = opened + _header_count(total, head)
        return head + code.most_bits(total - taken)

    def embed(
        self, image: Pixels, opening: bytes, locator: bytes, root: bytes, bits: Bits
    ) -> Pixels:
        coded, head = code_opening(opening, locator, self.identity, EXACT), header_bits(EXACT)
        first = self._opening(image.size, locator, len(coded))
        header, body = self._others(image.size, first, root, head, len(bits) - head)
        cost, samples = self.costs(image).reshape(-1), image.reshape(-1).copy()
        rng = np.random.default_rng(self._seed)
        for numbers, part in ((first, coded), (header, bits[:head]), (body, bits[head:])):
            samples[numbers] = search.embed(
                samples[numbers],
                cost[numbers],
                part,
                rng=rng,
                low=self.low,
                high=self.high,
                uniform=part is coded,
            )
        return samples.reshape(image.shape)

    def openings(self, image: Pixels, locator: bytes, length: int) -> Iterator[Opening]:
        count = EXACT.opening.coded(length)
        numbers = self._opening(image.size, locator, count)
        # uniform: anyone with the locator, such as holders of a public key, can extract these bits
        read = code.extract(image.reshape(-1)[numbers], count, uniform=True).astype(np.float32)
        yield Opening(read_opening(read, locator, self.identity, EXACT, length)[0])

    def read(
        self,
        image: Pixels,
        opening: Opening,
        locator: bytes,
        root: bytes,
        first: int,
        count: int,
    ) -> Probabilities:
        head, opened = header_bits(EXACT), EXACT.opening.coded(len(opening.content))
        taken = self._opening(image.size, locator, opened)
        header, body = self._others(image.size, taken, root, head, count if first else 0)
        numbers = body if first else header
        return code.extract(image.reshape(-1)[numbers], count).astype(np.float32)

    def costs(self, image: Any) -> NDArray[np.floating]:
        """Return what it costs to change each sample by one, in the image's shape."""
        return self._price(image)

    def _opening(self, total: int, locator: bytes, bits: int) -> Numbers:
        return _chosen(locator, f"{self.identity} opening samples", total, bits)

    def _others(
        self, total: int, opening: Numbers, root: bytes, header: int, body: int
    ) -> tuple[Numbers, Numbers]:
        """Choose the samples for the bits of header and body, in order, avoiding the opening's."""
        heads = _header_count(total, header)
        bodies = min(code.SAMPLES_PER_BIT * body, total - len(opening) - heads)
        order = chosen(root, self.identity, total, len(opening) + heads + bodies)
        taken = np.zeros(total, bool)
        taken[opening] = True
        free = order[~taken[order]][: heads + bodies]
        return free[:heads], free[heads:]


@lru_cache(maxsize=1)  # one message asks for the same several times
def _chosen(locator: bytes, label: str, total: int, bits: int) -> Numbers:
    numbers = chosen(locator, label, total, _opening_count(total, bits))
    numbers.setflags(write=False)
    return numbers


def _opening_count(total: int, bits: int) -> int:
    return min(code.SAMPLES_PER_BIT * bits, total // OPENING_PART)


def _header_count(total: int, bits: int) -> int:
    return min(code.SAMPLES_PER_BIT * bits, total // HEADER_PART)

"""Hide in the quantised luma coefficients of a JPEG image, by several methods.

A cover is int16 [rows, columns, 8, 8]. Payloads count AC coefficients that are not 0 (bpnzAC), as
in the literature.

- ``Syndrome`` is the code that ``hide`` uses for JPEG files, with a message.
- ``JUniward`` is ``conseal``'s simulator of optimal coding (Holub, Fridrich and Denemark, 2014).
- ``CoefficientMatching`` adds or subtracts 1 at random coefficients, zeros and DC left out. An
  attacker is expected to find it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config.checked import require
from ..embedders.syndrome import jpeg_costs, search
from ..embedders.syndrome.coefficients import CoefficientEmbedder
from ..io.extras import extra_package
from ..io.jpeg.transform import decoded, standard_tables

Coefficients = NDArray[np.int16]

#: Highest number of bits for each coefficient that is not 0.
MOST = 1.0


@dataclass(frozen=True)
class InCoefficients:
    """Base of the methods that hide in coefficients.

    ``quality``: of libjpeg, which gives the table; ``rate``: bits for each AC coefficient that is
    not 0.
    """

    quality: int
    rate: float
    name: str = field(default="", init=False)

    def __post_init__(self) -> None:
        require(0 < self.rate <= MOST, "rate", self.rate, f"must be in (0, {MOST:g}]")

    bits_per_pixel = float("nan")  # each image has its own

    @property
    def identity(self) -> dict[str, Any]:
        """Return what tells its stego images from those of other methods."""
        return {"name": self.name, "quality": self.quality, "rate": self.rate}

    @property
    def table(self) -> NDArray[np.uint16]:
        return standard_tables(self.quality)[0]

    def _bits(self, cover: Coefficients, rng: np.random.Generator) -> NDArray[np.uint8]:
        count = int(self.rate * jpeg_costs.nonzero_ac(cover))
        return rng.integers(0, 2, count, dtype=np.uint8)


@dataclass(frozen=True)
class Syndrome(InCoefficients):
    """Syndrome coding under J-UNIWARD's costs, as in ``hide``, without its header."""

    name: str = field(default="syndrome, coefficients", init=False)

    def embed(self, cover: Coefficients, rng: np.random.Generator) -> Coefficients:
        embedder, bits = CoefficientEmbedder(self.table), self._bits(cover, rng)
        order = rng.permutation(cover.size)
        cost, stego = embedder.costs(cover).reshape(-1), cover.reshape(-1).copy()
        ends: dict[str, Any] = {"low": embedder.low, "high": embedder.high}
        stego[order] = search.embed(stego[order], cost[order], bits, rng=rng, **ends)
        return stego.reshape(cover.shape)


@dataclass(frozen=True)
class JUniward(InCoefficients):
    """J-UNIWARD's simulator; ImportError at the first image if conseal is missing."""

    name: str = field(default="j-uniward", init=False)

    def embed(self, cover: Coefficients, rng: np.random.Generator) -> Coefficients:
        if not self._bits(cover, rng).size:
            return cover.copy()
        made = extra_package("conseal").juniward.simulate_single_channel(
            x0=decoded(cover, self.table),
            y0=cover,
            qt=self.table,
            alpha=self.rate,
            seed=int(rng.integers(2**32)),
        )
        return np.asarray(made, np.int16)


@dataclass(frozen=True)
class CoefficientMatching(InCoefficients):
    """Matching with a bit a coefficient, so that half of them change.

    Coefficients of +-1 only grow in size, as none may become 0.
    """

    name: str = field(default="coefficient matching", init=False)

    def embed(self, cover: Coefficients, rng: np.random.Generator) -> Coefficients:
        bits, stego = self._bits(cover, rng), cover.copy()
        stego[..., 0, 0] = 0
        places = rng.permutation(np.flatnonzero(stego))[: len(bits)]
        flat = cover.reshape(-1).copy()
        old = flat[places]
        step = np.where(np.abs(old) == 1, old, rng.choice(np.array([-1, 1], np.int16), old.size))
        flat[places] = old + step * ((old & 1) != bits)
        return flat.reshape(cover.shape)

"""Choose the code for each part, by kind of embedder (docs/format.md, section 5)."""

from __future__ import annotations

from dataclasses import dataclass

from .code import Code
from .ldpc import RATES, STRONGEST, Ldpc
from .reed_solomon import ReedSolomon


@dataclass(frozen=True)
class Correction:
    """The codes of the opening, of the header, and of the body by level, the weakest first."""

    opening: Code
    header: Code
    body: tuple[Code, ...]


#: For embedders whose bits come back unchanged.
EXACT = Correction(ReedSolomon(0), ReedSolomon(0), (ReedSolomon(0),))

#: For nets, which misread a few bits in a thousand, and every bit under a misjudged key bit.
REED_SOLOMON = Correction(
    ReedSolomon(16),
    ReedSolomon(8),
    tuple(ReedSolomon(parity) for parity in (16, 32, 48, 64, 96, 128, 160, 192)),
)

#: For images that are recompressed: many bits are misread, but the reader knows how sure it is.
SOFT = Correction(Ldpc(STRONGEST), Ldpc(STRONGEST), tuple(map(Ldpc, RATES)))

"""Choose the code for each part, by kind of embedder (docs/format.md, section 5)."""

from __future__ import annotations

from dataclasses import dataclass

from .code import Code
from .ldpc import RATES, STRONGEST, Ldpc
from .reed_solomon import ReedSolomon


@dataclass(frozen=True)
class Correction:
    """The codes of an opening, of a header, and of a body by level, the weakest first."""

    opening: Code
    header: Code
    body: tuple[Code, ...]


#: For embedders whose bits come back exactly.
EXACT = Correction(ReedSolomon(0), ReedSolomon(0), (ReedSolomon(0),))

#: For nets: they misread some bits of a thousand, and all those of a key bit that they misjudge.
REED_SOLOMON = Correction(
    ReedSolomon(16),
    ReedSolomon(8),
    tuple(ReedSolomon(parity) for parity in (16, 32, 48, 64, 96, 128, 160, 192)),
)

#: For what is recompressed on its way: many bits are misread, and the reader knows how sure it is.
SOFT = Correction(Ldpc(STRONGEST), Ldpc(STRONGEST), tuple(map(Ldpc, RATES)))

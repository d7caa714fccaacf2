"""Settings of the method ``costs``."""

from __future__ import annotations

from dataclasses import dataclass

from ...config.checked import Checked, option, require


@dataclass(frozen=True)
class CostsSettings(Checked):
    """Alice's net, where she begins, and the Eve that she learns from."""

    filters: int = option(24, "Filters of a block.")
    reach: float = option(1.5, "Largest change of the logarithm of a cost by Alice.")
    start: str = option(
        "hill",
        "Costs that Alice corrects: HILL's, or the same everywhere.",
        choices=("hill", "flat"),
    )
    shrinkage: float = option(
        0.03, "Share of its diagonal that is added to the covariance of Eve's features."
    )

    kinds: int = option(
        7,
        "Kinds of co-occurrences that Eve judges by: the first of those of first, second and third "
        "differences, each along and across, and of a square, 7 in all.",
    )

    def check(self) -> None:
        require(1 <= self.kinds <= 7, "kinds", self.kinds, "must be in [1, 7]")
        for name in ("filters", "reach", "shrinkage"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")

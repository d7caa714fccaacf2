"""Settings of the method ``costs``."""

from __future__ import annotations

from dataclasses import dataclass

from ...config.checked import Checked, option, require

#: Kinds of co-occurrences that Eve counts: along and across first to third differences, and of a
#: square.
KINDS = 7


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
        KINDS,
        f"Kinds of co-occurrences that Eve judges by, 1 to {KINDS}: along and across first, second "
        "and third differences, then of a square.",
    )
    net_weight: float = option(
        3.0, "Weight of a convolutional Eve beside the one that counts co-occurrences; 0: none."
    )
    net_front: str = option(
        "high_pass",
        "What the convolutional Eve looks at: the image through fixed high-pass filters, as "
        "steganalysers do, or the image.",
        choices=("high_pass", "none"),
    )

    def check(self) -> None:
        require(1 <= self.kinds <= KINDS, "kinds", self.kinds, f"must be in [1, {KINDS}]")
        require(self.net_weight >= 0, "net_weight", self.net_weight, "must not be negative")
        for name in ("filters", "reach", "shrinkage"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")

"""Settings of the paper's agents."""

from __future__ import annotations

from dataclasses import dataclass

from ...config.checked import Checked, option, require
from ...config.sections import GRID


@dataclass(frozen=True)
class PaperCodeSettings(Checked):
    """Settings that both readings share."""

    filters: int = option(64, "Filters of a block.")

    def check(self) -> None:
        require(self.filters > 0, "filters", self.filters, "must be above 0")


@dataclass(frozen=True)
class PaperSettings(PaperCodeSettings):
    """Settings of the text's Eve, whose dense layer over all positions fixes the image size."""

    eve_size: int = option(128, "Height and width that Eve's dense layer is built for, pixels.")

    def check(self) -> None:
        super().check()
        fits = self.eve_size > 0 and self.eve_size % GRID == 0
        require(fits, "eve_size", self.eve_size, f"must be a multiple of {GRID}")

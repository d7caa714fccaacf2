"""Settings of the lattice agents."""

from __future__ import annotations

from dataclasses import dataclass

from ...config.checked import Checked, option, require

#: Filters of a block of 8 x 8 pixels: its waves but for the mean.
MOST_FILTERS = 63


@dataclass(frozen=True)
class LatticeSettings(Checked):
    """Agents and training of the method ``lattice``."""

    lattices: int = option(
        16, f"Periodic filters of a block of 8 x 8 pixels, at most {MOST_FILTERS}."
    )
    lattice_start: str = option(
        "dct",
        "How the nets begin: low frequencies of the luma (dct), these and an Alice who goes to the "
        "nearest phase (qim), or random projections.",
        choices=("dct", "qim", "random"),
    )
    lattice_step: float = option(24.0, "Steps of the lattices at the start, of 255.")
    hide_width: int = option(128, "Width of Alice's two hidden layers.")
    read_width: int = option(96, "Width of Bob's hidden layer.")
    sees_distance: bool = option(
        True, "Alice sees how far it is to the lattice of the wanted bit, beside the phases."
    )
    sees_room: bool = option(
        True, "Both see a block's brightest and darkest samples; Alice can shift its brightness."
    )
    strength_spread: float = option(
        1.5,
        "Lattices are trained at strengths from 1 over this factor to this factor; 1: at one only.",
    )
    eve_filters: int = option(16, "Filters of Eve's blocks.")

    def check(self) -> None:
        qim = self.lattice_start == "qim"
        require(self.sees_distance or not qim, "lattice_start", "qim", "needs sees_distance")
        for name in ("lattices", "hide_width", "read_width", "eve_filters"):
            require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")
        lattices, step, spread = self.lattices, self.lattice_step, self.strength_spread
        require(lattices <= MOST_FILTERS, "lattices", lattices, f"must be at most {MOST_FILTERS}")
        require(step > 0, "lattice_step", step, "must be above 0")
        require(1 <= spread <= 4, "strength_spread", spread, "must be in [1, 4]")

"""The settings of a run's channel: a field for each disturbance in the registry."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..config.checked import Checked, option, require
from .registry import DISTURBANCES


@dataclass(frozen=True)
class _Channel(Checked):
    """What happens to a stego image between Alice and Bob; 0 is off."""

    rounding: bool = option(True, "Round samples to 8 bits, gradient passed straight through.")

    def check(self) -> None:
        for name, disturbance in DISTURBANCES.items():
            value, most = getattr(self, name), disturbance.most
            require(0 <= value <= most, name, value, f"must be in [0, {most:g}]")

    @property
    def distorts(self) -> bool:
        """True if more than rounding happens."""
        return any(getattr(self, name) for name in DISTURBANCES)


if TYPE_CHECKING:

    class ChannelConfig(_Channel):
        """What happens to a stego image between Alice and Bob; 0 is off."""

        def __init__(self, rounding: bool = True, **strengths: float) -> None: ...
        def __getattr__(self, name: str) -> float: ...

else:
    ChannelConfig = dataclasses.make_dataclass(
        "ChannelConfig",
        [
            (each.name, each.kind, option(each.kind(0), f"{each.help}, to {each.most:g}; 0: off."))
            for each in DISTURBANCES.values()
        ],
        bases=(_Channel,),
        namespace={"__doc__": _Channel.__doc__, "__module__": __name__},
        frozen=True,
    )

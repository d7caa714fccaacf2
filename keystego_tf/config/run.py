"""One training run: its sections, its method's own settings, to and from JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from .checked import Checked, option, require, section_from_dict
from .sections import AgentsConfig, DataConfig, LossConfig, TrainingConfig


@dataclass(frozen=True)
class ChannelConfig(Checked):
    """What happens to a stego image between Alice and Bob; 0 is off."""

    rounding: bool = option(True, "Round samples to 8 bits, gradient passed straight through.")
    blur: float = option(0.0, "Gaussian blur, standard deviation in pixels, to 10; 0: off.")
    shift: float = option(0.0, "Shift by up to so many pixels each way, to 32; 0: off.")
    rotation: float = option(0.0, "Rotate by up to so many degrees each way, to 45; 0: off.")
    noise: float = option(0.0, "Gaussian noise, standard deviation in 8-bit steps, to 64; 0: off.")
    dropout: float = option(0.0, "Share of pixels lost (set to black), below 1; 0: off.")
    jpeg: int = option(0, "JPEG at this quality, 1 to 100; 0: off.")

    def check(self) -> None:
        for name, most in {
            "blur": 10,
            "shift": 32,
            "rotation": 45,
            "noise": 64,
            "jpeg": 100,
        }.items():
            value = getattr(self, name)
            require(0 <= value <= most, name, value, f"must be in [0, {most}]")
        require(0 <= self.dropout < 1, "dropout", self.dropout, "must be in [0, 1)")

    @property
    def distorts(self) -> bool:
        """True if more than rounding happens."""
        return any((self.blur, self.shift, self.rotation, self.noise, self.dropout, self.jpeg))


@dataclass(frozen=True)
class RunConfig(Checked):
    """One training run, resolved: what ``config.json`` beside the checkpoints holds.

    ``method``: the name of what is trained (``methods.METHODS``); ``settings``: its own options.
    """

    method: str
    settings: Any
    agents: AgentsConfig = field(default_factory=AgentsConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    channel: ChannelConfig = field(default_factory=ChannelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    data: DataConfig = field(default_factory=DataConfig)

    @property
    def least_side(self) -> int:
        """Covers must have sides of at least so many pixels."""
        return max(self.training.largest_side, self.data.evaluation_side)

    def sections(self) -> dict[str, Any]:
        """Every section by its name, the method's own settings last."""
        names = ("agents", "loss", "channel", "training", "data", "settings")
        return {name: getattr(self, name) for name in names}

    def replace(self, **values: Any) -> RunConfig:
        """A copy with fields of its sections set by their own names, which are unique."""
        sections: dict[str, Any] = {}
        for name, section in self.sections().items():
            own = {each.name for each in dataclasses.fields(section)} & set(values)
            changed = {key: values.pop(key) for key in own}
            sections[name] = dataclasses.replace(section, **changed) if own else section
        if values:
            known = f"method {self.method} does not have it"
            raise ValueError(f"unknown setting {sorted(values)[0]!r}: {known}")
        return dataclasses.replace(self, **sections)

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_dict(cls, values: dict[str, Any], settings: type[Checked]) -> RunConfig:
        """A run from what ``to_json`` wrote; ``settings``: the type of its method's own.

        Raises:
            ValueError: for an unknown field or a value that breaks a rule.
        """
        types: dict[str, Any] = {
            "agents": AgentsConfig,
            "loss": LossConfig,
            "channel": ChannelConfig,
            "training": TrainingConfig,
            "data": DataConfig,
            "settings": settings,
        }
        left = dict(values)
        method = left.pop("method", "")
        sections: dict[str, Any] = {
            name: section_from_dict(cls_, left.pop(name)) for name, cls_ in types.items()
        }
        require(not left, "config", sorted(left)[:1], "must have no other section")
        return cls(method, **sections)

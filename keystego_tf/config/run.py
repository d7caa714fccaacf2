"""One training run: its sections and its method's settings, to and from JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from .checked import Checked, section_from_dict
from .sections import AgentsConfig, DataConfig, LossConfig, TrainingConfig


@dataclass(frozen=True)
class RunConfig(Checked):
    """One training run, fully resolved: the contents of ``config.json`` beside the checkpoints.

    ``method``: name of the trained method (``methods.METHODS``); ``settings``: its own options;
    ``channel``: what happens to stego images in training (``channel.settings.ChannelConfig``).
    """

    method: str
    settings: Any
    channel: Any
    agents: AgentsConfig = field(default_factory=AgentsConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    data: DataConfig = field(default_factory=DataConfig)

    @property
    def least_side(self) -> int:
        """The least side of covers, in pixels."""
        return max(self.training.largest_side, self.data.evaluation_side)

    def sections(self) -> dict[str, Any]:
        """Return every section by name, the method's settings last."""
        names = ("agents", "loss", "channel", "training", "data", "settings")
        return {name: getattr(self, name) for name in names}

    def flat(self) -> dict[str, Any]:
        """Return every setting by name; the names are unique over the sections."""
        return {
            name: value for each in self.sections().values() for name, value in vars(each).items()
        }

    def replace(self, **values: Any) -> RunConfig:
        """Copy the run with fields of its sections replaced; their names are unique."""
        sections: dict[str, Any] = {}
        for name, section in self.sections().items():
            own = {each.name for each in dataclasses.fields(section)} & set(values)
            changed = {key: values.pop(key) for key in own}
            sections[name] = dataclasses.replace(section, **changed) if own else section
        if values:
            raise ValueError(f"method {self.method} has no setting {sorted(values)[0]!r}")
        return dataclasses.replace(self, **sections)

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_dict(
        cls, values: dict[str, Any], settings: type[Checked], channel: type[Checked]
    ) -> RunConfig:
        """Load a run that ``to_json`` wrote; ``settings`` and ``channel``: types of these sections.

        Raises:
            ValueError: a field is unknown or a value breaks a rule.
        """
        types: dict[str, Any] = {
            "agents": AgentsConfig,
            "loss": LossConfig,
            "channel": channel,
            "training": TrainingConfig,
            "data": DataConfig,
            "settings": settings,
        }
        names = {"method", *types}
        for name in sorted(names ^ set(values)):
            raise ValueError(f"section {name!r} is {'missing' if name in names else 'unknown'}")
        sections: dict[str, Any] = {
            name: section_from_dict(type_, values[name]) for name, type_ in types.items()
        }
        return cls(values["method"], **sections)

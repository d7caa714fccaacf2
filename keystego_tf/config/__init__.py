"""What a run is made of: validated settings, to and from JSON."""

from .run import (
    AgentsConfig,
    ChannelConfig,
    DataConfig,
    LossConfig,
    RunConfig,
    TrainingConfig,
    preset,
)

__all__ = [
    "AgentsConfig",
    "ChannelConfig",
    "DataConfig",
    "LossConfig",
    "RunConfig",
    "TrainingConfig",
    "preset",
]

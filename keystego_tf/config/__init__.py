"""Validate the settings of a run, and read and write them as JSON; methods add their own."""

from .run import RunConfig
from .sections import GRID, AgentsConfig, DataConfig, LossConfig, TrainingConfig, crops_text

__all__ = [
    "GRID",
    "AgentsConfig",
    "DataConfig",
    "LossConfig",
    "RunConfig",
    "TrainingConfig",
    "crops_text",
]

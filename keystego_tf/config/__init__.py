"""What a run is made of: validated settings, to and from JSON. Nothing of a single method."""

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

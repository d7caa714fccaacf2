"""Checkpoints: everything a run needs to go on to the weights it would have reached.

Batches and all else that is random follow from the seed and the step's number, so the agents, the
optimizers, the image weight and that number are the whole state.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ..backend import tf
from .step import Step

KEPT = 2


def has_checkpoint(folder: Path) -> bool:
    """Whether there is a whole checkpoint in ``folder``."""
    return tf.train.latest_checkpoint(str(folder)) is not None


class Checkpoints:
    """Saves and restores a run; a kill at any moment leaves the last whole checkpoint.

    Under several workers all have to call ``save`` together; only the first keeps its files.
    """

    def __init__(self, folder: Path, step: Step, number: Any, worker: int = 0) -> None:
        step.optimizer.build(step.variables)
        step.eve_optimizer.build(step.agents.eve.trainable_variables)
        state = tf.train.Checkpoint(
            step=number,
            image_weight=step.image_weight,
            optimizer=step.optimizer,
            eve_optimizer=step.eve_optimizer,
            **dict(step.agents.items()),
        )
        self._scratch = None if worker == 0 else folder / f"worker-{worker}"
        self._kept = tf.train.CheckpointManager(state, str(folder), max_to_keep=KEPT)
        self._manager = self._kept
        if self._scratch is not None:
            self._manager = tf.train.CheckpointManager(state, str(self._scratch), max_to_keep=1)
        self._state, self._number = state, number

    def save(self) -> None:
        self._manager.save(checkpoint_number=int(self._number.numpy()))
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def restore(self) -> bool:
        """Take up the last checkpoint; False if there is none yet."""
        latest = tf.train.latest_checkpoint(self._kept.directory)
        if latest is None:
            return False
        self._state.restore(latest).assert_consumed()
        return True

"""Save everything that a run needs to continue exactly as if it had not stopped.

Batches and all other random values follow from the seed and the step's number. So the whole state
is the agents, the optimizers, the image weight and that number.
"""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

from ..backend import keras, tf
from ..io.files import write_whole
from .step import Step

KEPT = 2
#: Stored beside the checkpoints: the version of Keras. The two stacks cannot read each other's.
VERSION = "keras-version.txt"


class DamagedCheckpoint(UserWarning):
    """A checkpoint cannot be read; the message names it and says why."""


def has_checkpoint(folder: Path) -> bool:
    """Whether a checkpoint has been written to ``folder``."""
    return bool(_written(folder))


def _written(folder: Path) -> list[Path]:
    """List the checkpoints in ``folder``, newest first; each was whole when it was listed."""
    state = tf.train.get_checkpoint_state(str(folder))
    return [Path(each) for each in reversed(state.all_model_checkpoint_paths)] if state else []


class Checkpoints:
    """Saves and restores a run. A kill at any moment leaves the last whole checkpoint.

    With several workers, all have to call ``save`` together. Only the first keeps its files.
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
            **step.agents.memory(),
        )
        self._scratch = None if worker == 0 else folder / f"worker-{worker}"
        self._manager = tf.train.CheckpointManager(
            state, str(self._scratch or folder), max_to_keep=KEPT
        )
        self._folder, self._state, self._number = folder, state, number

    def save(self) -> None:
        if self._scratch is None:  # before the first checkpoint, so that each has a version
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / VERSION, f"{keras.__version__}\n".encode())
        self._manager.save(checkpoint_number=int(self._number.numpy()))
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def restore(self) -> bool:
        """Restore the last checkpoint that can be read; return False if there is none yet.

        Issues a DamagedCheckpoint warning for each one that cannot be read. Raises ValueError if
        none can, or if they belong to the other stack or to another run.
        """
        written = _written(self._folder)
        self._check_version()
        for path in written:
            damage = _damage(path)
            if damage is None:
                self._take_up(path)
                return True
            if path == written[-1]:
                last = f"{path} cannot be read ({damage}), nor a newer one"
                raise ValueError(f"{last}: begin anew with --overwrite")
            message = f"{path} cannot be read ({damage}): the run goes on from an older one"
            warnings.warn(message, DamagedCheckpoint, stacklevel=2)
        return False

    def _check_version(self) -> None:
        path = self._folder / VERSION
        if not path.is_file():  # no checkpoint yet
            return
        versions = (path.read_text(encoding="utf-8"), keras.__version__)
        theirs, ours = (version.split(".")[0] for version in versions)
        if theirs != ours:
            raise ValueError(
                f"{self._folder} was written with Keras {theirs}, but this is Keras {ours}: go on "
                "where it was begun, or begin anew with --overwrite"
            )

    def _take_up(self, path: Path) -> None:
        status = None
        try:
            status = self._state.restore(str(path))
            status.assert_consumed()
        except (AssertionError, ValueError):
            if status is not None:
                status.expect_partial()  # or TensorFlow lists in dozens of lines what does not fit
            raise ValueError(
                f"{path} does not fit the run: it is of another configuration, or was written with "
                "the other of Keras 2 and 3; go on where it was begun, or begin anew with "
                "--overwrite"
            ) from None


def _damage(path: Path) -> str | None:
    """Say in one line why a checkpoint cannot be read; None if all its values can."""
    try:
        reader = tf.train.load_checkpoint(str(path))
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    # The reader raises errors of many kinds, including IndexError.
    except Exception as error:
        lines = str(error).splitlines()
        return lines[0] if lines else type(error).__name__
    return None

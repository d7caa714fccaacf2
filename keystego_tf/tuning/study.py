"""Search with Optuna, which chooses each trial and keeps its results.

Multi-objective TPE (Bergstra et al., 2011; Ozaki et al., 2020) looks for few wrong bits and high
PSNR at once. The first trial has the configuration's own settings, if they lie in the ranges.
Everything is in one folder: ``plan.json`` (configuration and ranges), ``study.db`` (SQLite, shared
by several processes) and a run for each trial below ``trials/``. If a trial's process is gone, the
next process that asks for work continues it from its last checkpoint.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable
from urllib.parse import quote

import numpy as np

from ..config import RunConfig
from ..io.extras import extra_package
from ..io.files import strangers, to_json, write_whole
from ..methods import parse_run
from .trials import Outcome, Ranges, train_once

PLAN, DATABASE, TRIALS = "plan.json", "study.db", "trials"
NAME = "keystego-tf"
#: Seconds between signs of life of a running trial, and without one until it counts as lost.
HEARTBEAT, GRACE = 10, 60
#: Highest PSNR that counts, in dB. Unchanged images have an infinite one.
MOST_PSNR = 100.0
#: Number of random trials before the sampler learns from them.
STARTUP = 10
#: Seconds that a process waits for another one to release the database.
PATIENCE = 60.0
#: User attributes of a trial: its Outcome as a dict, and the reason why its training failed.
OUTCOME, REASON = "outcome", "reason"

Train = Callable[[RunConfig, Path, bool], Outcome]


@dataclass(frozen=True)
class Plan:
    """The settings that all trials of a study share. ``ranges``: (least, most) of each setting."""

    config: RunConfig
    ranges: Ranges

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Load a plan from ``path``; ValueError with the path if it holds none."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            ranges = {name: (low, high) for name, (low, high) in values["ranges"].items()}
            return cls(parse_run(values["config"]), ranges)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"{path} is not a search's plan: {error}") from error


def claim(out: Path, plan: Plan) -> None:
    """Make ``out`` the folder of this plan's study, unless it is already.

    Raises ValueError if the folder belongs to another plan or holds something else, or if the
    covers of a new study cannot be used; ImportError without optuna. Several processes may do this
    at once, since each file appears whole.
    """
    from ..training.run import open_data

    extra_package("optuna", "tune")
    path = out / PLAN
    if not path.is_file():
        strange = strangers(out, (PLAN, DATABASE, TRIALS))
        if strange:
            raise ValueError(f"{out} holds {strange[0]!r}, but a search needs a folder of its own")
        open_data(plan.config)  # a plan that cannot run would only be in the way
    (out / TRIALS).mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        _write_first(path, to_json(dataclasses.asdict(plan)))
    stored = Plan.load(path)
    if stored != plan:
        name, old, new = _difference(stored, plan)
        raise ValueError(f"{out} searches with {name} {old!r}, but {new!r} is given")
    if not (out / DATABASE).is_file():
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / DATABASE
            with _storage(made) as storage:
                _create_study(storage, plan)
            _write_first(out / DATABASE, made.read_bytes())


def _create_study(storage: Any, plan: Plan) -> None:
    study = extra_package("optuna", "tune").create_study(
        storage=storage, study_name=NAME, directions=["minimize", "maximize"]
    )
    own = plan.config.flat()
    first = {name: own[name] for name in plan.ranges}
    if all(low <= first[name] <= high for name, (low, high) in plan.ranges.items()):
        study.enqueue_trial(first)


def search(
    out: Path, plan: Plan, count: int, quiet: bool = False, train: Train = train_once
) -> None:
    """Run trials until there are ``count``, including those of other processes.

    ``out`` is claimed for ``plan``; ``train`` makes a trial's run in a folder. A run that fails
    counts. Any other error of ``train`` ends this search, and the next search goes on with that run
    if it was stopped, or files could not be read or written.
    """
    optuna = extra_package("optuna", "tune")
    states = optuna.trial.TrialState
    counted = (states.COMPLETE, states.PRUNED, states.RUNNING)
    with open_study(out) as study:
        optuna.storages.fail_stale_trials(study)
        left = count - len(study.get_trials(deepcopy=False, states=counted))
        if left > 0:
            study.optimize(
                _objective(study, out, plan, quiet, train),
                n_trials=left,
                callbacks=[optuna.study.MaxTrialsCallback(count, counted)],
                show_progress_bar=not quiet,
            )


def _objective(study: Any, out: Path, plan: Plan, quiet: bool, train: Train) -> Callable[..., Any]:
    optuna = extra_package("optuna", "tune")
    from ..training.loop import Stopped, TrainingFailed

    def objective(trial: Any) -> tuple[float, float]:
        # Seed by the trial's number, so that processes that start together do not try the same.
        words = np.random.SeedSequence([plan.config.training.seed, trial.number]).generate_state(1)
        study.sampler = optuna.samplers.TPESampler(n_startup_trials=STARTUP, seed=int(words[0]))
        for name, (low, high) in plan.ranges.items():
            trial.suggest_float(name, low, high, log=True)
        frozen = study.get_trials(deepcopy=False)[trial.number]
        first = optuna.storages.RetryHeartbeatStaleTrialCallback.retried_trial_number(frozen)
        folder = out / TRIALS / f"{trial.number if first is None else first:04}"
        try:
            outcome = train(plan.config.replace(**trial.params), folder, quiet)
        except TrainingFailed as error:
            trial.set_user_attr(REASON, str(error))
            raise optuna.TrialPruned(str(error)) from error
        except (Stopped, KeyboardInterrupt, OSError):
            optuna.storages.RetryHeartbeatStaleTrialCallback()(study, frozen)
            raise
        trial.set_user_attr(OUTCOME, dataclasses.asdict(outcome))
        return outcome.bits_wrong, min(outcome.psnr, MOST_PSNR)

    return objective


@contextmanager
def open_study(out: Path) -> Iterator[Any]:
    """Open the optuna.Study in a claimed folder."""
    with _storage(out / DATABASE) as storage:
        yield extra_package("optuna", "tune").load_study(study_name=NAME, storage=storage)


@contextmanager
def _storage(path: Path) -> Iterator[Any]:
    optuna = extra_package("optuna", "tune")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        # Heartbeats and retries have been "experimental" since 2021.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        storage = optuna.storages.RDBStorage(
            f"sqlite:///{quote(str(path.resolve()))}",
            engine_kwargs={"connect_args": {"timeout": PATIENCE}},
            heartbeat_interval=HEARTBEAT,
            grace_period=GRACE,
            heartbeat_stale_trial_callback=optuna.storages.RetryHeartbeatStaleTrialCallback(),
        )
        try:
            yield storage
        finally:
            storage.remove_session()
            storage.engine.dispose()


def _difference(stored: Plan, given: Plan) -> tuple[str, Any, Any]:
    """Return the first field that differs, and both values."""
    old, new = (
        {
            "method": plan.config.method,
            **plan.config.flat(),
            **{f"the range of {name}": bounds for name, bounds in plan.ranges.items()},
        }
        for plan in (stored, given)
    )
    name = next(name for name in {**old, **new} if old.get(name) != new.get(name))
    return name, old.get(name), new.get(name)


def _write_first(path: Path, content: bytes) -> None:
    """Write a file, whole, unless another process was first."""
    with suppress(FileExistsError):
        write_whole(path, content, overwrite=False)

"""The search: what is tried next, by how many processes, and what a kill leaves.

Optuna's multi-objective TPE (Bergstra et al., 2011; Ozaki et al., 2020) looks for few wrong bits
and high PSNR at once; the first trial has the preset's own weights. Everything is in one folder:
``plan.json`` (the configuration and the ranges), ``study.db`` (SQLite, which several processes
share) and a run for each trial below ``trials/``.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np
from tqdm import tqdm

from ..config import RunConfig
from ..config.checked import from_dict
from ..io.extras import tuning_package
from .trials import WEIGHTS, Outcome, Ranges, train_once, with_weights

PLAN, DATABASE, TRIALS = "plan.json", "study.db", "trials"
NAME = "keystego-tf"
#: A trial whose folder has not changed for so many seconds belongs to a process that is gone.
LOST = 300.0
#: Images that are not changed at all have an infinite PSNR, dB: as much as counts.
MOST_PSNR = 100.0
#: Trials that are drawn before the sampler learns from them.
STARTUP = 10
#: Seconds that a process waits for another one to leave the database alone.
PATIENCE = 60.0


@dataclass(frozen=True)
class Plan:
    """What every trial of a study shares. ``ranges``: (least, most) of each of WEIGHTS."""

    config: RunConfig
    ranges: Ranges

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read ``path``; ValueError with the path if it holds no plan."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            ranges = {name: (low, high) for name, (low, high) in values["ranges"].items()}
            return cls(from_dict(RunConfig, values["config"]), ranges)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"{path} is not a search's plan: {error}") from error


@dataclass(frozen=True)
class Trial:
    """One row of the results. ``state``: "done", "failed" (``reason`` says why), "running", or
    "stopped" (interrupted or lost: another takes its place)."""

    number: int
    state: str
    weights: dict[str, float]
    outcome: Outcome | None = None
    reason: str = ""


Train = Callable[[RunConfig, Path, bool], Outcome]


def claim(out: Path, plan: Plan) -> None:
    """Make ``out`` the folder of this plan's study, or find that it is already.

    ValueError if it is another plan's, or holds something else, or, for a new one, if the covers
    will not do; ImportError without optuna. Several processes may do it at once: each file appears
    whole.
    """
    from ..training.run import open_data

    tuning_package("optuna")
    path = out / PLAN
    if not path.is_file() and out.is_dir() and _strangers(out):
        raise ValueError(
            f"{out} holds {_strangers(out)[0]!r}, but a search needs a folder of its own"
        )
    if not path.is_file():
        open_data(plan.config)  # a plan that cannot be carried out would only be in the way
    (out / TRIALS).mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        with _appearing(path) as temporary:
            temporary.write_text(plan.to_json(), encoding="utf-8")
    stored = Plan.load(path)
    if stored != plan:
        name, old, new = _difference(stored, plan)
        raise ValueError(f"{out} searches with {name} {old!r}, but {new!r} is given")
    if not (out / DATABASE).is_file():
        with _appearing(out / DATABASE) as temporary, _storage(temporary) as storage:
            study = tuning_package("optuna").create_study(
                storage=storage, study_name=NAME, directions=["minimize", "maximize"]
            )
            centre = {name: getattr(plan.config.loss, name) for name in WEIGHTS}
            if all(
                plan.ranges[name][0] <= centre[name] <= plan.ranges[name][1] for name in WEIGHTS
            ):
                study.enqueue_trial(centre)


def search(
    out: Path,
    plan: Plan,
    count: int,
    quiet: bool = False,
    train: Train = train_once,
) -> list[Trial]:
    """Try until there are ``count`` trials, those of other processes included; all of them.

    out: claimed for ``plan``; train: makes a trial's run in a folder. A run that fails counts, one
    that is interrupted does not: whatever ``train`` raises but TrainingFailed ends the search.
    """
    from ..training.loop import TrainingFailed

    with _study(out) as study:
        bar = tqdm(total=count, disable=quiet, unit="trial", desc="search", dynamic_ncols=True)
        with bar:
            while _counted(study, out) < count:
                bar.update(_counted(study, out, finished=True) - bar.n)
                trial = _next(study, plan)
                if _counted(study, out, before=trial.number) >= count:
                    _give_up(study, trial.number)  # another process was quicker
                    break
                folder = out / TRIALS / f"{trial.number:04}"
                try:
                    outcome = train(with_weights(plan.config, trial.params), folder, quiet)
                except TrainingFailed as error:
                    trial.set_user_attr("failed", str(error))
                    _give_up(study, trial.number)
                except BaseException:
                    _give_up(study, trial.number)
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
                else:
                    trial.set_user_attr("outcome", dataclasses.asdict(outcome))
                    goals = [outcome.bits_wrong, min(outcome.psnr, MOST_PSNR)]
                    study.tell(trial.number, goals, skip_if_finished=True)
            bar.update(_counted(study, out, finished=True) - bar.n)
        return _trials(study)


def trials_of(out: Path) -> list[Trial]:
    """Every trial of a study so far."""
    with _study(out) as study:
        return _trials(study)


def _next(study: Any, plan: Plan) -> Any:
    """A trial with its weights. Its sampler's seed follows from the run's and its number, so that
    processes that begin together do not try the same."""
    optuna = tuning_package("optuna")
    trial = study.ask()
    words = np.random.SeedSequence([plan.config.training.seed, trial.number]).generate_state(1)
    study.sampler = optuna.samplers.TPESampler(n_startup_trials=STARTUP, seed=int(words[0]))
    for name, (low, high) in plan.ranges.items():
        trial.suggest_float(name, low, high, log=True)
    return trial


def _give_up(study: Any, number: int) -> None:
    failed = tuning_package("optuna").trial.TrialState.FAIL
    study.tell(number, state=failed, skip_if_finished=True)


def _counted(study: Any, out: Path, finished: bool = False, before: int | None = None) -> int:
    """Trials that count: done, failed, and running unless only ``finished`` ones are asked for;
    before: those with smaller numbers. Lost ones are given up on the way."""
    number = 0
    for trial in study.get_trials(deepcopy=False):
        if before is not None and trial.number >= before:
            continue
        state = trial.state.name
        if state == "RUNNING":
            if _lost(trial, out):
                _give_up(study, trial.number)
            elif not finished:
                number += 1
        elif state == "COMPLETE" or "failed" in trial.user_attrs:
            number += 1
    return number


def _lost(trial: Any, out: Path) -> bool:
    folder = out / TRIALS / f"{trial.number:04}"
    times = [trial.datetime_start.timestamp()]
    for path in (folder, *folder.rglob("*")):
        try:
            times.append(path.stat().st_mtime)
        except OSError:  # not there yet, or no more
            continue
    return time.time() - max(times) > LOST


def _trials(study: Any) -> list[Trial]:
    found = []
    for each in study.get_trials(deepcopy=False):
        state, reason = each.state.name, each.user_attrs.get("failed", "")
        if state == "WAITING":
            continue
        outcome = each.user_attrs.get("outcome") if state == "COMPLETE" else None
        name = {"COMPLETE": "done", "RUNNING": "running"}.get(state) or (
            "failed" if reason else "stopped"
        )
        weights = dict(each.params)
        found.append(
            Trial(each.number, name, weights, Outcome(**outcome) if outcome else None, reason)
        )
    return found


def _strangers(out: Path) -> list[str]:
    """Names in the folder that no search leaves; parts of files that were killed are left out."""
    known = (PLAN, DATABASE, TRIALS)
    names = sorted(each.name for each in out.iterdir())
    hidden = tuple(f".{name}." for name in known)
    return [name for name in names if name not in known and not name.startswith(hidden)]


def _difference(stored: Plan, given: Plan) -> tuple[str, Any, Any]:
    """The first field that differs, and both its values."""
    old: dict[str, Any] = {"preset": stored.config.preset}
    new: dict[str, Any] = {"preset": given.config.preset}
    for flat, plan in ((old, stored), (new, given)):
        for section in plan.config.sections().values():
            flat.update(vars(section))
        flat.update({f"the range of {name}": each for name, each in plan.ranges.items()})
    name = next(name for name in old if old[name] != new[name])
    return name, old[name], new[name]


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A temporary file that becomes ``path``, whole, unless another process was first."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield temporary
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not path.exists():
                temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _storage(path: Path) -> Iterator[Any]:
    optuna = tuning_package("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.RDBStorage(
        f"sqlite:///{path.resolve()}", engine_kwargs={"connect_args": {"timeout": PATIENCE}}
    )
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


@contextmanager
def _study(out: Path) -> Iterator[Any]:
    with _storage(out / DATABASE) as storage:
        yield tuning_package("optuna").load_study(study_name=NAME, storage=storage)

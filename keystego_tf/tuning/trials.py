"""Run one trial: a short training by the ordinary code, measured like every run."""

from __future__ import annotations

import dataclasses
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import RunConfig
from ..methods import method_of, run_config

#: Default settings of a trial's run: a small part of a real one.
SHORT: dict[str, Any] = {
    "steps": 400,
    "epochs": 0,
    "crops": ((1.0, 32, 8),),
    "fit": "crop",
    "pretraining_steps": 300,
    "patience": 0,
    "image_interval": 0,
    "evaluation_images": 40,
    "evaluation_side": 64,
}

#: (least, most) of each setting that is searched.
Ranges = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Outcome:
    """The results of a trial's run, as shares of 1 and dB.

    ``bits_wrong``: share of message bits that Bob misreads with the right key, on images written to
    disk; ``wrong_key``: share that he reads right with a wrong one; ``eve``: how often Eve was
    right in the last lines of the log, None if she was not asked.
    """

    bits_wrong: float
    psnr: float
    ssim: float
    wrong_key: float
    eve: float | None
    seconds: float


def short_run(name: str, **given: Any) -> RunConfig:
    """Make a method's run with the settings of SHORT that it has, and the given ones."""
    sections = method_of(name).defaults().sections().values()
    known = {field.name for section in sections for field in dataclasses.fields(section)}
    values = {**{name: value for name, value in SHORT.items() if name in known}, **given}
    if given.get("epochs") and "steps" not in given:
        values["steps"] = 0
    return run_config(name, **values)


def ranges_of(config: RunConfig, **given: tuple[float, float] | None) -> Ranges:
    """Return each setting's range: (least, most) as given, or around the configuration's value.

    A setting that is 0 is searched only in a given range. Raises ValueError unless
    0 < least <= most.
    """
    found: Ranges = {}
    for section in config.sections().values():
        for field in dataclasses.fields(section):
            value, factor = getattr(section, field.name), field.metadata.get("search")
            if not factor:
                continue
            if not value and not given.get(field.name):
                continue  # what the method does without
            low, high = given.get(field.name) or (value / factor, value * factor)
            if not 0 < low <= high < math.inf:
                raise ValueError(
                    f"the range of {field.name} is {low:g} to {high:g}, but must begin above 0, "
                    "not fall, and end"
                )
            found[field.name] = (float(low), float(high))
    unknown = [name for name, bounds in given.items() if bounds and name not in found]
    if unknown:
        known = ", ".join(found)
        raise ValueError(
            f"{unknown[0]} is not searched: method {config.method} has the ranges of {known}"
        )
    return found


def train_once(config: RunConfig, folder: Path, quiet: bool = True) -> Outcome:
    """Train and measure, or continue the run in ``folder``.

    The run stays in the folder, except for its checkpoints. Raises what ``training.run.open_data``
    and ``train_and_measure`` raise.
    """
    from ..backend import keras
    from ..io.files import to_json, write_whole
    from ..metrics.figures import to_dict
    from ..training import run
    from ..training.distribution import build_strategy
    from ..training.records import METRICS, read_metrics

    covers, test = run.open_data(config)
    config = dataclasses.replace(config, training=config.training.resolve_steps(len(covers)))
    begun = (folder / run.CONFIG).is_file()
    run.open_run(folder, config, resume=begun, overwrite=True, parts=(covers, test))
    keras.backend.clear_session()  # a study runs many trainings in one process
    strategy = build_strategy(config.training.strategy)
    trained = run.train_and_measure(config, covers, test, folder, strategy, quiet)
    write_whole(folder / run.FIGURES, to_json({"figures": to_dict(trained.figures)}))
    for name in ("checkpoints", "tensorboard"):
        shutil.rmtree(folder / name, ignore_errors=True)
    lines = read_metrics(folder / METRICS)
    seen = [line["eve_accuracy"] for line in lines if "eve_accuracy" in line][-5:]
    figures = {name: estimate.value for name, estimate in trained.figures.items()}
    return Outcome(
        bits_wrong=1 - figures["right_key"],
        psnr=figures["psnr"],
        ssim=figures["ssim"],
        wrong_key=figures["wrong_key"],
        eve=sum(seen) / len(seen) if seen else None,
        seconds=trained.seconds,
    )

"""One trial: a short run through the ordinary training code, measured as every run is."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import LossConfig, RunConfig
from ..methods import run_config as preset

#: What is searched: the fields of LossConfig, and the paper's letters for them.
WEIGHTS = {"mse": "alpha", "ssim": "beta", "message": "gamma", "adversary": "delta"}

#: Each weight is searched from the preset's value over this to its value times this, unless told.
SPAN = 10.0

#: What a trial's run has where nothing else is asked for: a small part of a real one.
SHORT: dict[str, Any] = {
    "steps": 400,
    "epochs": 0,
    "crops": ((1.0, 32, 8),),
    "fit": "crop",
    "mask_steps": 300,
    "patience": 0,
    "image_interval": 0,
    "evaluation_images": 40,
    "evaluation_side": 64,
}

Ranges = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Outcome:
    """What a trial's run came to: shares of 1, dB.

    ``bits_wrong``: message bits that Bob misreads with the right key, on images written to disk;
    ``eve``: how often Eve was right in the last lines of the log, None if she was not asked.
    """

    bits_wrong: float
    psnr: float
    ssim: float
    wrong_key: float
    eve: float | None
    seconds: float


def short_run(name: str, **given: Any) -> RunConfig:
    """A preset's configuration with SHORT's fields and the given ones."""
    values = {**SHORT, **given}
    if "eve_size" not in given and name == "paper":
        values["eve_size"] = max(side for _, side, _ in values["crops"])  # the dense Eve's only one
    if given.get("epochs") and "steps" not in given:
        values["steps"] = 0
    return preset(name, **values)


def ranges_of(config: RunConfig, **given: tuple[float, float] | None) -> Ranges:
    """Where each weight is searched: (least, most) as given, or SPAN around the configuration's.

    ValueError unless 0 < least <= most. Where the configuration has 0, the range must be given.
    """
    found: Ranges = {}
    for name in WEIGHTS:
        own = given.get(name)
        centre = getattr(config.loss, name)
        low, high = own if own else (centre / SPAN, centre * SPAN)
        if not 0 < low <= high:
            raise ValueError(
                f"the range of {name} is {low:g} to {high:g}, but must begin above 0 and not fall"
            )
        found[name] = (float(low), float(high))
    return found


def with_weights(config: RunConfig, weights: dict[str, Any]) -> RunConfig:
    """The configuration with these weights of the losses."""
    loss: LossConfig = dataclasses.replace(config.loss, **weights)
    return dataclasses.replace(config, loss=loss)


def train_once(config: RunConfig, folder: Path, quiet: bool = True) -> Outcome:
    """Train and measure; the run stays in ``folder`` but for its checkpoints.

    Raises what ``training.run.open_data`` and ``training.loop.Trainer.fit`` raise.
    """
    import time

    from ..backend import keras
    from ..bundles.bundles import float32_copy
    from ..data.batches import evaluation_tiles
    from ..io.files import to_json, write_whole
    from ..metrics import closing
    from ..training.distribution import build_strategy
    from ..training.loop import Trainer
    from ..training.records import METRICS, read_metrics
    from ..training.run import CONFIG, FIGURES, open_data

    start = time.monotonic()
    covers, test = open_data(config)
    training = config.training.resolve_steps(len(covers))
    config = dataclasses.replace(config, training=training)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / CONFIG, config.to_json().encode())
    keras.backend.clear_session()  # a study is one process for many trainings
    agents = Trainer(config, covers, folder, build_strategy(training.strategy), quiet).fit()
    agents = float32_copy(agents, config.agents)
    tiles = evaluation_tiles(test, config.data.evaluation_side, config.data.evaluation_images)
    figures, _ = closing.evaluate(agents, config.agents, tiles, seed=training.seed)
    write_whole(folder / FIGURES, to_json({"figures": closing.to_dict(figures)}))
    for name in ("checkpoints", "tensorboard"):
        shutil.rmtree(folder / name, ignore_errors=True)
    seen = [
        line["eve_accuracy"] for line in read_metrics(folder / METRICS) if "eve_accuracy" in line
    ]
    values = {name: figures[name].value for name in ("psnr", "ssim", "wrong_key")}
    eve = sum(seen[-5:]) / len(seen[-5:]) if seen else None
    wrong = 1 - figures["right_key"].value
    return Outcome(wrong, eve=eve, seconds=time.monotonic() - start, **values)

"""Tiny runs for the tests: 4-filter agents, crops of 16 pixels, a handful of steps."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from keystego_tf.config import RunConfig
from keystego_tf.methods import DEFAULT, METHODS, run_config

TINY: dict[str, Any] = {
    "crops": ((1.0, 16, 4),),
    "steps": 6,
    "eve_interval": 2,
    "finishing_share": 0.0,
    "precision": "float32",
    "log_interval": 1,
    "checkpoint_interval": 3,
    "image_interval": 0,
    "patience": 0,
    "evaluation_images": 4,
    "evaluation_side": 32,
    "test_share": 0.25,
}
#: Of the methods' own settings, for those that have them.
OWN: dict[str, Any] = {
    "filters": 4,
    "key_filters": 4,
    "pretraining_steps": 5,
    "eve_size": 16,
    "lattices": 4,
    "hide_width": 8,
    "read_width": 8,
    "eve_filters": 4,
    "net_weight": 0.0,
}


def _tiny(method: str) -> dict[str, Any]:
    own = {spec.name for spec in dataclasses.fields(METHODS[method].settings)}
    return {**TINY, **{name: value for name, value in OWN.items() if name in own}}


def tiny_run(method: str = DEFAULT, **values: Any) -> RunConfig:
    return run_config(method, **{**_tiny(method), **values})


def tiny_options(method: str = DEFAULT, **values: Any) -> list[str]:
    """The same run as options of the command line."""
    options = ["--method", method]
    for name, value in {**_tiny(method), **values}.items():
        if name == "crops":
            value = ",".join(":".join(map(str, stage)) for stage in value)
        options += ["--" + name.replace("_", "-"), str(value)]
    return options


def write_photos(folder: Path, count: int = 12, side: int = 40, seed: int = 0) -> Path:
    """Smooth random colour images as PNG files."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for index in range(count):
        coarse = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
        image.save(folder / f"photo-{index:02}.png")
    return folder

"""Trains the same tiny run on one logical device and on two; prints what differs, as JSON.

A script of its own, because logical devices have to be set up before TensorFlow does anything.
Arguments: a folder of photos, a folder for the runs, the method, the scheme.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from tiny import tiny_run

from keystego_tf.backend import tf
from keystego_tf.bundles.bundles import weights_of
from keystego_tf.data.covers import open_covers
from keystego_tf.training.distribution import build_strategy
from keystego_tf.training.loop import Trainer
from keystego_tf.training.records import read_metrics

Arrays = dict[str, Any]


def main(photos: Path, out: Path, method: str, scheme: str) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    config = tiny_run(method, scheme=scheme, steps=3, eve_interval=1, schedule="constant")
    covers = open_covers(str(photos), 3, 16, 0)
    start: Arrays = {}
    end: Arrays = {}
    momenta: Arrays = {}
    metrics: dict[str, list[dict[str, float]]] = {}
    replicas: dict[str, int] = {}
    for name in ("none", "mirrored"):
        trainer = Trainer(config, covers, out / name, build_strategy(name), quiet=True)
        replicas[name] = trainer.replicas
        start[name] = weights_of(trainer.agents)
        end[name] = weights_of(trainer.fit())
        momenta[name] = momenta_of(trainer.step)
        metrics[name] = read_metrics(out / name / "metrics.jsonl")
    found = {
        "replicas": replicas,
        "start": farthest(start["none"], start["mirrored"]),
        "end": farthest(end["none"], end["mirrored"]),
        "moved": farthest(start["none"], end["none"]),
        "momenta": farthest(momenta["none"], momenta["mirrored"]),
        "metrics": max(map(relative, metrics["none"], metrics["mirrored"])),
    }
    print(json.dumps(found))


def momenta_of(step: Any) -> Arrays:
    """Adam's state, which unlike its updates tells if gradients were summed once or twice."""
    variables = [*step.optimizer.variables, *step.eve_optimizer.variables]
    return {str(place): np.asarray(each.numpy()) for place, each in enumerate(variables)}


def farthest(one: Arrays, other: Arrays) -> float:
    assert one.keys() == other.keys()
    return max(float(np.max(np.abs(one[key] - other[key]))) for key in one)


def relative(one: dict[str, float], other: dict[str, float]) -> float:
    assert one.keys() == other.keys()
    keys = one.keys() - {"images_per_second"}
    return max(abs(one[key] - other[key]) / (1 + abs(one[key])) for key in keys)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])

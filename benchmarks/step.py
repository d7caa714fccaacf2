"""Speed and memory of a training step, against this machine's convolutions.

Every configuration runs in a process of its own, one after the other, so that peak memory is its
own and TensorFlow's set-up does not leak from one to the next. A row's efficiency is the step's
convolution arithmetic a second over that of a bare 64 -> 64 convolution, forward and backward, of
the same batch, size and precision, measured in the same process.

    python benchmarks/step.py --out benchmarks/results/step.json [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SIDE, BATCH = 128, 16
#: Configurations: what differs from keyed, symmetric, 0.0625 bpp, float32, no strategy.
ROWS: list[dict[str, Any]] = [
    {},
    {"bits_per_pixel": 0.5},
    {"scheme": "asymmetric"},
    {"eve_interval": 1},
    {"strategy": "mirrored"},
    {"strategy": "multiworker"},
    {"precision": "bfloat16", "batch": 4},
    *({"side": side, "batch": 16} for side in (32, 64)),
    *({"side": 128, "batch": batch} for batch in (1, 4)),
]


def measure(row: dict[str, Any]) -> dict[str, Any]:
    """One row, in this process: images/s, efficiency, peak memory."""
    row = dict(row)
    side, batch = row.pop("side", SIDE), row.pop("batch", BATCH)
    strategy_name = row.get("strategy", "none")
    if strategy_name == "mirrored":
        split_processor()
    import tempfile

    from keystego_tf.config.run import preset
    from keystego_tf.data.covers import SyntheticCovers
    from keystego_tf.training.distribution import build_strategy
    from keystego_tf.training.estimate import conv_speed, step_flops
    from keystego_tf.training.loop import Trainer

    row.setdefault("precision", "float32")
    short = {"steps": 1000, "mask_steps": 1, "code_steps": 1}
    config = preset("keyed", **row, **short, crops=((1.0, side, batch),))
    covers = SyntheticCovers(3, side, count=32)
    for index in range(len(covers)):
        covers.image(index)  # made once, then kept: covers are not what is measured
    with tempfile.TemporaryDirectory() as folder:
        strategy = build_strategy(strategy_name)
        trainer = Trainer(config, covers, Path(folder), strategy, quiet=True)
        batches = trainer.batches(0)
        for number in (1, 2):  # traced and warm
            trainer.train_step(number, next(batches))
        steps = 8
        start = time.perf_counter()
        for number in range(3, 3 + steps):
            scalars = trainer.train_step(number, next(batches))
        scalars["loss"].numpy()
        seconds = (time.perf_counter() - start) / steps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    flops = step_flops(trainer.agents, config, side)
    ceiling = conv_speed(row["precision"], batch, side, seconds=2.0)
    in_cache = conv_speed(row["precision"], 8, 32, seconds=2.0)
    return {
        "images_per_second": batch / seconds,
        "step_gflop_per_image": flops / 1e9,
        "conv_gflop_per_second": ceiling / 1e9,
        "efficiency": batch * flops / seconds / ceiling,
        "in_cache_gflop_per_second": in_cache / 1e9,
        "efficiency_in_cache": batch * flops / seconds / in_cache,
        "peak_memory_gib": peak / 2**30,
    }


def split_processor() -> None:
    """Two logical devices out of one processor, before TensorFlow has any."""
    from keystego_tf.backend import tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


def run(row: dict[str, Any]) -> dict[str, Any]:
    """A row in a process of its own, two for multiworker; of these the first one's figures."""
    command = [sys.executable, __file__, "--row", json.dumps(row)]
    if row.get("strategy") != "multiworker":
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    workers = []
    for index in range(2):
        task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(task)}
        workers.append(subprocess.Popen(command, stdout=subprocess.PIPE, env=environment))
    outputs = [worker.communicate()[0] for worker in workers]
    if any(worker.returncode for worker in workers):
        raise RuntimeError(f"a worker failed: {[worker.returncode for worker in workers]}")
    return json.loads(outputs[0])


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    parser.add_argument("--quick", action="store_true", help="the first row alone")
    parser.add_argument("--row", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row is not None:
        print(json.dumps(measure(options.row)))
        return
    rows = []
    for row in ROWS[:1] if options.quick else ROWS:
        rows.append({"configuration": row, **run(row)})
        print(json.dumps(rows[-1]), flush=True)
    if options.out:
        from _machine import describe

        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Measure speed and memory of a training step, against this machine's convolutions.

Every configuration runs in a process of its own, one after the other, so that peak memory is its
own and TensorFlow's set-up does not leak from one to the next. A row's efficiency is a ratio: the
convolution arithmetic a second of the step, over that of a bare 64 -> 64 convolution, forward and
backward, of the same batch, size and precision, measured in the same process.

    python benchmarks/step.py --out benchmarks/results/step.json [--quick] [--beside FOLDER]

``--beside`` names a checkout of another version, whose step is measured in turn with ours. The rows
are followed by where the time goes: the parts of a block, forward and backward, and SSIM.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIDE, BATCH = 128, 16
#: Configurations: what differs from keyed, symmetric, 0.5 bpp, Eve every 8th step, no strategy.
ROWS: list[dict[str, Any]] = [
    *(
        {"precision": precision, "eve_interval": interval}
        for precision in ("float32", "bfloat16")
        for interval in (1, 8)
    ),
    {"bits_per_pixel": 0.0625},
    {"scheme": "asymmetric"},
    {"strategy": "mirrored"},
    {"strategy": "multiworker"},
    {"side": 32},
    {"side": 32, "precision": "bfloat16"},
]
#: Rows that are measured beside another version's.
COMPARED = 4
STEPS = 6


def measure(row: dict[str, Any]) -> dict[str, Any]:
    """Measure one row, in this process: images/s, efficiency, peak memory."""
    row = {"precision": "float32", "eve_interval": 8, "bits_per_pixel": 0.5, **row}
    side, batch = row.pop("side", SIDE), row.pop("batch", BATCH)
    strategy_name = row.get("strategy", "none")
    if strategy_name == "mirrored":
        split_processor()
    from keystego_tf.data.covers import SyntheticCovers
    from keystego_tf.training.distribution import build_strategy
    from keystego_tf.training.loop import Trainer

    config = configuration({**row, "steps": 1000, "crops": ((1.0, side, batch),)})
    covers = SyntheticCovers(3, side, count=32)
    for index in range(len(covers)):
        covers.image(index)  # made once, then kept, because covers are not measured
    with tempfile.TemporaryDirectory() as folder:
        strategy = build_strategy(strategy_name)
        trainer = Trainer(config, covers, Path(folder), strategy, quiet=True)
        batches = trainer.batches(0)
        for number in (1, 2):  # trace and warm up
            trainer.train_step(number, next(batches))
        interval = row["eve_interval"]
        times = {against: timed(trainer, batches, against) for against in {1, interval}}
    # One step in ``interval`` is against Eve.
    seconds = (times[1] + (interval - 1) * times[interval]) / interval
    ceiling = conv_speed(row["precision"], batch, side)
    flops = step_flops(trainer.agents, config, side)
    return {
        "images_per_second": batch / seconds,
        "step_gflop_per_image": flops / 1e9,
        "conv_gflop_per_second": ceiling / 1e9,
        "efficiency": batch * flops / seconds / ceiling,
        "peak_memory_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 2**30,
    }


def configuration(values: dict[str, Any]) -> Any:
    """Return the run to measure; another version may call its learned scheme otherwise."""
    try:
        from keystego_tf.methods import run_config
    except ImportError:
        from keystego_tf.config import preset

        return preset("dense", mask_steps=1, **values)
    return run_config("keyed", **values)


def timed(trainer: Any, batches: Any, number: int) -> float:
    """Measure seconds of a step with Eve (number 1) or without (others up to the interval)."""
    taken = [next(batches) for _ in range(STEPS)]
    start = time.perf_counter()
    for batch in taken:
        scalars = trainer.train_step(number, batch)
    scalars["loss"].numpy()
    return (time.perf_counter() - start) / STEPS


def step_flops(agents: Any, config: Any, side: int) -> float:
    """Count floating-point operations of a training step per image, as a mean over Eve's interval.

    A forward pass counts once. A backward pass counts twice (inputs and weights), and once through
    Eve's frozen agent. The pK generator and the losses are left out.
    """
    image = (side, side, config.agents.channels)
    key = (*config.agents.key_shape(side, side), 1)
    message = (*config.agents.message_shape(side, side), 1)
    keys = [key] * (len(agents.bob.inputs) - 1)
    alice, bob = flops(agents.alice, [image, message, key]), flops(agents.bob, [image, *keys])
    # Eve runs forward and back to the image in Alice's step, on cover and stego in her own.
    against = (2 + 2 * 3) * flops(agents.eve, [image]) / config.training.eve_interval
    return 3 * alice + 3 * bob + against


def flops(model: Any, shapes: list[tuple[int, ...]]) -> float:
    """Count floating-point operations of the convolutions of a forward pass of one image."""
    from keystego_tf.backend import keras, tf

    layers = [layer for layer in model.layers if "Conv2D" in type(layer).__name__]
    probe = keras.Model(model.inputs, [layer.output for layer in layers])
    specs = [tf.TensorSpec([1, *shape], tf.float32) for shape in shapes]
    graph = tf.function(lambda *given: probe(list(given))).get_concrete_function(*specs)
    total = 0
    for layer, output in zip(layers, graph.outputs):
        positions = output.shape[1] * output.shape[2]
        if isinstance(layer, keras.layers.Conv2DTranspose):
            positions //= layer.strides[0] * layer.strides[1]
        total += 2 * positions * int(tf.size(layer.kernel))
    return float(total)


def conv_speed(precision: str, batch: int, side: int, seconds: float = 2.0) -> float:
    """Measure FLOP/s of a 64 -> 64 convolution, 3 x 3, forward and backward, on this machine."""
    from keystego_tf.backend import tf

    dtype = tf.as_dtype(precision)
    images = tf.cast(tf.random.stateless_normal([batch, side, side, 64], [1, 2]), dtype)
    kernel = tf.cast(tf.random.stateless_normal([3, 3, 64, 64], [3, 4]), dtype)

    @tf.function
    def once(images: Any, kernel: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([images, kernel])
            total = tf.reduce_sum(tf.nn.conv2d(images, kernel, 1, "SAME"))
        return tape.gradient(total, [images, kernel])

    once(images, kernel)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end or best == float("inf"):
        start = time.perf_counter()
        once(images, kernel)[1].numpy()
        best = min(best, time.perf_counter() - start)
    return 3 * 2.0 * batch * side * side * 9 * 64 * 64 / best


def parts(precision: str, batch: int = 8, side: int = SIDE) -> dict[str, float]:
    """Time the parts of a block of 64 filters, forward and backward, and SSIM, in milliseconds.

    Beside our leaky ReLU stand TensorFlow's own, the same as a sum of plain operations, and ReLU.
    """
    from keystego_tf.backend import keras, tf
    from keystego_tf.methods.layers import SLOPE, LeakyReLU

    policy = {"float32": "float32", "bfloat16": "mixed_bfloat16"}[precision]
    images = tf.cast(tf.random.stateless_normal([batch, side, side, 64], [1, 2]), precision)
    kernel = tf.cast(tf.random.stateless_normal([3, 3, 64, 64], [3, 4]), precision)
    norm, leaky = keras.layers.BatchNormalization(dtype=policy), LeakyReLU(dtype=policy)
    norm(images, training=True)
    photos = tf.random.stateless_uniform([2, batch, side, side, 3], [5, 6])

    def conv(x: Any, k: Any = kernel) -> Any:
        return tf.nn.conv2d(x, k, 1, "SAME")

    layers = {
        "convolution": conv,
        "batch normalisation": lambda x: norm(x, training=True),
        "leaky ReLU": leaky,
        "leaky ReLU, TensorFlow's": lambda x: tf.nn.leaky_relu(x, SLOPE),
        "leaky ReLU as a sum": lambda x: SLOPE * x + (1 - SLOPE) * tf.nn.relu(x),
        "ReLU": tf.nn.relu,
        "block": lambda x, k: leaky(norm(conv(x, k), training=True)),
    }
    found = {}
    for name, layer in layers.items():
        given = [images, kernel] if name in ("convolution", "block") else [images]
        found[name] = milliseconds(layer, given)
    found["SSIM"] = milliseconds(lambda x: tf.image.ssim(x, photos[1], 1.0), [photos[0]])
    return found


def milliseconds(layer: Any, given: list[Any], times: int = 8) -> float:
    """Return the shortest of some runs of a layer and its gradient."""
    from keystego_tf.backend import tf

    @tf.function
    def once(*given: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(given)
            output = layer(*given)
        return tape.gradient(output, given, output_gradients=output)

    once(*given)
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        once(*given)[0].numpy()
        best = min(best, time.perf_counter() - start)
    return round(1000 * best, 1)


def split_processor() -> None:
    """Split one processor into two logical devices, before TensorFlow has any."""
    from keystego_tf.backend import tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


def run(row: dict[str, Any], checkout: Path | None = None) -> dict[str, Any]:
    """Run a row in a process of its own, or in two for multiworker, of which the first reports.

    checkout: of the version to measure, by default this one.
    """
    command = [sys.executable, __file__, "--row", json.dumps(row)]
    root = str(checkout or Path(__file__).parents[1])
    if row.get("strategy") != "multiworker":
        env = {**os.environ, "PYTHONPATH": root}
        return json.loads(subprocess.run(command, check=True, capture_output=True, env=env).stdout)
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    workers = []
    for index in range(2):
        task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(task), "PYTHONPATH": root}
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
    parser.add_argument("--beside", type=Path, help="checkout of another version")
    parser.add_argument("--row", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row is not None:
        print(json.dumps(measure(options.row)))
        return
    rows = []
    for number, row in enumerate(ROWS[:1] if options.quick else ROWS):
        rows.append({"configuration": row, **run(row)})
        if options.beside and number < COMPARED:
            other = run(row, options.beside)
            rows[-1]["beside"] = other
            rows[-1]["ratio"] = rows[-1]["images_per_second"] / other["images_per_second"]
        print(json.dumps(rows[-1]), flush=True)
    by_precision = {precision: parts(precision) for precision in ("float32", "bfloat16")}
    print(json.dumps(by_precision, indent=2))
    if options.out:
        from _machine import describe

        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(
            json.dumps({**describe(), "rows": rows, "parts": by_precision}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()

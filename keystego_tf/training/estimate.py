"""What a run will cost: the agents' convolutions at this machine's speed, and what comes on top."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ..backend import keras, set_precision, tf
from ..config.run import RunConfig
from ..methods.agents import Agents, build_agents

#: Share of the speed of a bare convolution that a training step reaches (benchmarks/step.py).
EFFICIENCY = 0.6
#: Seconds that a step takes beside its convolutions, of any kind: with agents as small as ours most
#: of it. From runs of 2,000 steps with preset keyed on two cores of an EPYC: before the closing
#: evaluation 46 and 57 s symmetric, 157 and 185 s asymmetric, where 6,000 mask_steps take 120 s.
OVERHEAD = 0.018
#: Seconds of a run without steps and test images (imports, tracing, the bundle), and of a test
#: image for each of its pixels: from runs of 20 steps with 20 and with 200 test images there.
START = 12.0
CLOSING = 0.05 / 128**2
#: Floats kept for each float of activations: the value, its gradient, and copies on the way.
COPIES = 3


@dataclass(frozen=True)
class Cost:
    """Of one image through an agent: multiply-adds of its convolutions, floats of activations."""

    macs: int
    floats: int


def cost(agent: Any, side: int) -> Cost:
    """Cost of one forward pass of ``agent`` on one image of side x side pixels."""
    layers = [layer for layer in agent.layers if layer.weights or "lrelu" in layer.name]
    probe = keras.Model(agent.inputs, [layer.output for layer in layers])
    key = side // 4
    sizes = {"stego": side, "cover": side, "image": side, "secret_key": key, "public_key": key}
    sizes["key"] = key
    specs = []
    for each in agent.inputs:
        name, channels = each.name.split(":")[0], each.shape[-1]
        if name == "message":
            rows, columns = _message_sides(agent, side)
        else:
            rows = columns = sizes[name]
        specs.append(tf.TensorSpec([1, rows, columns, channels], tf.float32))
    outputs = tf.function(lambda inputs: probe(inputs)).get_concrete_function(specs).outputs
    macs = floats = 0
    for layer, output in zip(layers, outputs):
        floats += output.shape.num_elements()
        kernel = next((w for w in layer.weights if "kernel" in w.name), None)
        if kernel is None or len(kernel.shape) != 4:
            continue
        positions = output.shape[1] * output.shape[2]
        if isinstance(layer, keras.layers.Conv2DTranspose):
            positions //= layer.strides[0] * layer.strides[1]
        macs += positions * int(tf.size(kernel))
    return Cost(macs, floats)


def _message_sides(agent: Any, side: int) -> tuple[int, int]:
    if any(layer.name == "cells" for layer in agent.layers):  # with coding, a cell for each bit
        rows, columns = agent.get_layer("cells").code.cell
        return side // rows, side // columns
    strides = [agent.get_layer(f"message_{index}_convt").strides for index in (1, 2)]
    return side // (strides[0][0] * strides[1][0]), side // (strides[0][1] * strides[1][1])


def step_flops(agents: Agents, config: RunConfig, side: int) -> float:
    """Floating-point operations of a training step, an image; mean over Eve's interval.

    A forward pass counts once, a backward pass twice (inputs and weights), through Eve's frozen
    agent once; the pK generator and the losses are left out.
    """
    communicate = 3 * cost(agents.alice, side).macs + 3 * cost(agents.bob, side).macs
    eve = cost(agents.eve, side).macs
    # In Alice's step forward and back to the image; in her own, cover and stego.
    against = (2 + 2 * 3) * eve / config.training.eve_interval
    return 2.0 * (communicate + against)


def conv_speed(precision: str, batch: int, side: int, seconds: float = 0.5) -> float:
    """FLOP/s of a 64 -> 64 convolution, 3 x 3, forward and backward, on this machine.

    The ceiling that a training step is held to. precision: float32, bfloat16 or float16.
    """
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


def estimate(config: RunConfig) -> dict[str, Any]:
    """Parameters of each agent, and about how long the run takes and how much memory.

    ``parameters`` by agent, ``seconds``, ``bytes`` (beside TensorFlow's own half gigabyte).
    """
    agents = build_agents(config.agents)
    precision = set_precision(config.training.precision)
    set_precision("float32")
    training, data = config.training, config.data
    seconds = START + CLOSING * data.evaluation_images * data.evaluation_side**2
    seconds += OVERHEAD * (training.steps + _steps_in_advance(config))
    peak = first = 0
    for end, side, batch in training.stages():
        speed = EFFICIENCY * conv_speed(precision, batch, side)
        seconds += (end - first) * batch * step_flops(agents, config, side) / speed
        floats = sum(cost(model, side).floats for _, model in agents.items())
        peak, first = max(peak, 4 * COPIES * floats * batch), end
    parameters = {name: model.count_params() for name, model in agents.items()}
    return {"parameters": parameters, "seconds": seconds, "bytes": peak}


def _steps_in_advance(config: RunConfig) -> int:
    """Those of Bob and Alice before the training on images; Bob's and Alice's of the code apart."""
    mask = config.training.mask_steps if config.learns_mask else 0
    return mask + (2 * config.training.code_steps if config.learns_code else 0)

"""Make each batch from the seed and the step number alone.

No state passes from step to step, so a resumed run's data position is its step number. Every worker
can make its own replicas' share of a batch without communicating with the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..backend import tf
from ..config import RunConfig, TrainingConfig, crops_text
from ..io.pillow import to_pillow
from .bits import random_messages_and_keys
from .covers import Covers, usable_images
from .encoded import Pixels

#: Covers that fill fewer batches than this are all decoded to count them.
SMALL = 4

#: The parts of a batch, in the order in which NumPy passes them to TensorFlow.
KEYS = ("cover", "message", "secret_key", "other_key", "right", "seed")


class Position(NamedTuple):
    """The position of a step in the curriculum."""

    side: int
    batch: int
    #: Number of images that earlier steps have seen.
    seen: int


def position(config: TrainingConfig, step: int) -> Position:
    """Return crop side, batch size and images seen at ``step``; ValueError if out of range."""
    first = seen = 0
    for end, side, batch in config.stages():
        if 0 <= step < end:
            return Position(side, batch, seen + (step - first) * batch)
        seen += (end - first) * batch
        first = end
    raise ValueError(f"step is {step}, but must be in [0, {config.steps})")


def check_enough(covers: Covers, config: RunConfig, held_out: int = 0) -> None:
    """Raise ValueError if the covers cannot fill a batch of the run or have other channels.

    Covers that make fewer than SMALL batches are all decoded, to count the usable ones.
    ``held_out`` of the same source are reserved for the final evaluation.
    """
    training = config.training
    usable = len(covers)
    if usable < SMALL * training.largest_batch:
        usable = sum(1 for _ in usable_images(covers))
    if usable < training.largest_batch:
        found, ways = f"{covers.name} has {usable + held_out} usable covers", "add covers"
        if held_out:
            found += f", of which {held_out} are held out for the closing evaluation"
            ways += ", name others for the evaluation with --test-data"
        if usable > 1:
            smaller = [(share, side, min(batch, usable)) for share, side, batch in training.crops]
            ways += f", or make the batches smaller, as with --crops {crops_text(smaller)}"
        raise ValueError(f"{found}, but the largest batch takes {training.largest_batch}: {ways}")
    if covers.channels != config.agents.channels:
        raise ValueError(
            f"{covers.name} was opened with {covers.channels} channels, but the agents take "
            f"{config.agents.channels}"
        )


@contextmanager
def naming_data_errors() -> Iterator[None]:
    """Raise a ValueError about covers as itself, which TensorFlow's input pipeline has wrapped."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        found = re.search(r"ValueError: (.+)", error.message)
        if found is None:
            raise
        raise ValueError(found[1]) from error


def check_replicas(config: TrainingConfig, replicas: int) -> None:
    """Raise ValueError if a batch of the curriculum does not divide evenly among the replicas."""
    for _, _, batch in config.crops:
        if batch % replicas:
            raise ValueError(
                f"a batch of {batch} images does not divide evenly among {replicas} replicas: "
                f"make every batch of crops a multiple of {replicas}"
            )


def build_dataset(
    covers: Covers,
    config: RunConfig,
    first_step: int,
    replicas: int = 1,
    worker: int = 0,
    local_replicas: int | None = None,
) -> tf.data.Dataset:
    """Build batches from ``first_step`` to the last step, one element per local replica and step.

    The batch of a step is global. Replica r gets its images r, r + replicas, and so on, so that
    together they have what a single replica would. A worker's elements are ordered by step, then by
    replica.

    Args:
        covers: those that ``check_enough`` passed.
        config: the run.
        first_step: where the run starts or continues.
        replicas: number over all workers.
        worker: this worker's index.
        local_replicas: number on each worker, by default all.

    Returns:
        Dicts of b images, b the batch divided by the replicas: ``cover`` [b, side, side, C] float32
        in [0, 1]; ``message``, ``secret_key``, ``other_key`` and ``right`` as from
        random_messages_and_keys; ``seed`` [2] int32, for a channel's noise.

    Raises:
        ValueError: the covers, steps or replicas do not fit the run.
    """
    training = config.training
    local = replicas if local_replicas is None else local_replicas
    check_enough(covers, config)
    check_replicas(training, replicas)
    if not 0 <= first_step <= training.steps:
        raise ValueError(f"first_step is {first_step}, but must be in [0, {training.steps}]")

    def make(element: NDArray[np.int64]) -> list[NDArray[Any]]:
        step, replica = divmod(int(element), local)
        batch = _make_batch(covers, config, step, worker * local + replica, replicas)
        return [batch[key] for key in KEYS]

    def load(element: tf.Tensor) -> dict[str, tf.Tensor]:
        tensors = tf.numpy_function(make, [element], [tf.float32] * 5 + [tf.int32])
        shapes = _shapes(config.agents.channels)
        return {key: tf.ensure_shape(t, shapes[key]) for key, t in zip(KEYS, tensors)}

    elements = tf.data.Dataset.range(first_step * local, training.steps * local)
    dataset = elements.map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return dataset.prefetch(tf.data.AUTOTUNE)


def evaluation_tiles(
    covers: Covers, side: int, limit: int | None = None, seed: int = 0
) -> Iterator[Pixels]:
    """Yield one centre crop per image, uint8 [side, side, channels].

    ``limit`` images are drawn without replacement, the same for the same seed; by default all are
    taken in order. Unusable images are left out. Raises ValueError at an image smaller than
    ``side``.
    """
    order = None
    if limit is not None:
        order = np.random.default_rng(seed).permutation(len(covers)).tolist()
    for index, pixels in islice(usable_images(covers, order), limit):
        yield _crop(pixels, side, (0.5, 0.5), covers.label(index))


def _shapes(channels: int) -> dict[str, list[int | None]]:
    """Return static shapes, free in batch and size: one trace serves the whole curriculum."""
    bits = [None, None, None, 1]
    return {
        "cover": [None, None, None, channels],
        "message": bits,
        "secret_key": bits,
        "other_key": bits,
        "right": [None, 1, 1, 1],
        "seed": [2],
    }


@lru_cache(maxsize=4)
def _epoch_order(seed: int, epoch: int, covers: int) -> NDArray[np.int64]:
    # The third word separates the stream from that of any step.
    return np.random.default_rng([seed, epoch, 1]).permutation(covers)


def _usable_cover(covers: Covers, seed: int, place: int) -> tuple[int, Pixels]:
    """Return index and pixels of the cover at a place of the endless sequence of epochs.

    An unusable cover is replaced by the next usable one in its epoch's order. This does not depend
    on earlier calls: a resumed run sees what it would have seen. Raises ValueError if no cover is
    usable.
    """
    epoch, within = divmod(place, len(covers))
    order = _epoch_order(seed, epoch, len(covers))
    places = chain(range(within, len(order)), range(within))
    found = next(usable_images(covers, (int(order[each]) for each in places)), None)
    if found is None:
        raise ValueError(f"{covers.name} holds no usable cover any more")
    return found


def _make_batch(
    covers: Covers, config: RunConfig, step: int, replica: int, replicas: int
) -> dict[str, NDArray[Any]]:
    """Make one replica's share of a step's batch as NumPy arrays, decoding only that share."""
    training = config.training
    side, batch, seen = position(training, step)
    rng = np.random.default_rng([training.seed, step])
    # Drawn for the global batch, whichever replica makes a share; decoded for the share alone.
    bits = random_messages_and_keys(rng, config.agents, batch, side, side, training.right_key_share)
    corners = rng.random((batch, 2))
    flips = rng.random(batch) < 0.5
    noise = rng.integers(2**31, dtype=np.int64)

    share = range(replica, batch, replicas)
    tiles = []
    for image in share:
        index, pixels = _usable_cover(covers, training.seed, seen + image)
        if training.fit == "resize":
            tiles.append(_resize(pixels, side))
            continue
        tile = _crop(pixels, side, corners[image], covers.label(index))
        tiles.append(tile[:, ::-1] if flips[image] else tile)
    values: dict[str, NDArray[Any]] = {key: value[share] for key, value in bits.items()}
    values["cover"] = np.stack(tiles).astype(np.float32) / np.float32(255)
    values["seed"] = np.array([noise, replica], np.int32)
    return values


def _crop(image: Pixels, side: int, corner: Sequence[float], label: str) -> Pixels:
    """Cut a square [side, side, channels]; ``corner``: (down, right), shares of the free space."""
    height, width = image.shape[:2]
    if min(height, width) < side:
        raise ValueError(f"{label} is {width} x {height}, but a crop takes {side} x {side}")
    top, left = int(corner[0] * (height - side + 1)), int(corner[1] * (width - side + 1))
    return image[top : top + side, left : left + side]


def _resize(image: Pixels, side: int) -> Pixels:
    """Resize the largest centred square of an image to [side, side, channels], by Lanczos."""
    height, width, channels = image.shape
    square = min(height, width)
    top, left = (height - square) // 2, (width - square) // 2
    box = (left, top, left + square, top + square)
    resized = to_pillow(image).resize((side, side), Image.Resampling.LANCZOS, box=box)
    return np.asarray(resized).reshape(side, side, channels)

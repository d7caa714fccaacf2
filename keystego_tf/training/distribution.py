"""Train on several devices or machines, with TensorFlow's own engine."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

from ..backend import tf

#: Seconds that a worker waits for the others before it gives up.
REACH_TIMEOUT = 120


class WorkerLost(RuntimeError):
    """Another worker is gone, or cannot be reached; the message says what to do."""


def build_strategy(name: str) -> Any:
    """Build the distribution strategy of ``name``: none, mirrored or multiworker.

    multiworker reads TF_CONFIG, as TensorFlow does: the addresses of all workers and this one's
    place among them. Raises ValueError if TF_CONFIG is missing or invalid.
    """
    if name == "none":
        return tf.distribute.get_strategy()
    if name == "mirrored":
        devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([each.name for each in devices])
    workers(os.environ.get("TF_CONFIG", ""))
    options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=REACH_TIMEOUT)
    with naming_lost_workers():
        return tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)


def workers(text: str) -> tuple[int, int]:
    """Return (index of this worker, number of workers) from the text of TF_CONFIG.

    Raises ValueError, naming the rule, if it is not what multiworker needs.
    """
    rule = (
        'multiworker needs TF_CONFIG, such as {"cluster": {"worker": ["host-a:2222", '
        '"host-b:2222"]}, "task": {"type": "worker", "index": 0}}'
    )
    with contextlib.suppress(ValueError, KeyError, TypeError):
        config = json.loads(text)
        cluster, index = config["cluster"]["worker"], int(config["task"]["index"])
        fits = isinstance(cluster, list) and config["task"]["type"] == "worker"
        if fits and 0 <= index < len(cluster):
            return index, len(cluster)
    raise ValueError(f"TF_CONFIG is {text!r}, but {rule}")


def worker_and_replicas(strategy: Any) -> tuple[int, int]:
    """Return (index of this worker, its number of replicas) under ``strategy``."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.cluster_spec().as_dict():
        return 0, strategy.num_replicas_in_sync
    index = int(resolver.task_id)
    return index, strategy.num_replicas_in_sync // resolver.cluster_spec().num_tasks("worker")


@contextlib.contextmanager
def naming_lost_workers(several: bool = True) -> Iterator[None]:
    """With ``several`` workers, turn a TensorFlow error into a WorkerLost that says what to do.

    TensorFlow raises its error where the workers wait for each other. The text is long, so only its
    first sentence is kept.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if not several:
            raise
        reason = " ".join(error.message.split()).split(". ")[0][:200]
        raise WorkerLost(
            "this worker has lost the others, or could not reach them; start all of them again, "
            f"with --resume if there is a checkpoint ({type(error).__name__}: {reason})"
        ) from error


def anyone(strategy: Any, here: bool) -> bool:
    """Whether it is true ``here`` or on any other worker; all workers have to ask together."""
    counts = strategy.experimental_local_results(_count(strategy, tf.constant(float(here))))
    return float(counts[0].numpy()) > 0


@tf.function
def _count(strategy: Any, here: Any) -> Any:
    def count(here: Any) -> Any:
        here = tf.identity(here)  # on the replica's device, where the sum needs it
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, here)

    return strategy.run(count, (here,))

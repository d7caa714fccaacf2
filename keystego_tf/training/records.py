"""Record a run: metrics as JSON lines, and scalars and images for TensorBoard."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..backend import tf
from ..bundles.bundles import Log
from ..io.files import write_whole

METRICS, TENSORBOARD = "metrics.jsonl", "tensorboard"
#: Factor by which the shown difference of stego and cover is magnified.
MAGNIFIED = 20
#: Number of images in a grid.
SHOWN = 4
#: The columns of the log that a bundle keeps, and roughly how many points.
KEPT = ("right_key", "wrong_key", "psnr", "message_loss")
POINTS = 200


class Records:
    """Records of a run that continues from step ``first``; a context manager.

    A run that was killed after its last checkpoint may leave lines of later steps. Lines after
    ``first`` are dropped, since those steps are taken again. ``writes=False`` (other workers) keeps
    nothing.
    """

    def __init__(self, folder: Path, first: int, writes: bool = True) -> None:
        self._writes = writes
        if not writes:
            return
        path = folder / METRICS
        lines = [each for each in read_metrics(path) if each["step"] <= first]
        write_whole(path, "".join(json.dumps(each) + "\n" for each in lines).encode())
        self._file = path.open("a", encoding="utf-8")
        self._summary = tf.summary.create_file_writer(str(folder / TENSORBOARD))

    def __enter__(self) -> Records:
        return self

    def __exit__(self, *_: Any) -> None:
        if self._writes:
            self._file.close()
            self._summary.close()

    def scalars(self, step: int, values: dict[str, float]) -> None:
        if not self._writes:
            return
        finite = {name: value if math.isfinite(value) else None for name, value in values.items()}
        self._file.write(json.dumps({"step": step, **finite}) + "\n")
        self._file.flush()
        with self._summary.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(name, value)

    def images(self, step: int, cover: Any, stego: Any) -> None:
        """Write a grid: covers, stego images, magnified differences, [batch, H, W, C] in [0, 1]."""
        if not self._writes:
            return
        cover, stego = cover[:SHOWN], stego[:SHOWN]
        difference = tf.clip_by_value(tf.abs(stego - cover) * MAGNIFIED, 0.0, 1.0)
        rows = [tf.concat(tf.unstack(row), axis=1) for row in (cover, stego, difference)]
        with self._summary.as_default(step=step):
            tf.summary.image(f"cover, stego, difference x{MAGNIFIED}", [tf.concat(rows, axis=0)])


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Read the lines of a metrics file, ignoring a last line that a kill cut short."""
    if not path.exists():
        return []
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines


def thinned(lines: Sequence[dict[str, Any]], points: int = POINTS) -> Log:
    """Thin a run's metrics for a bundle: a log of roughly ``points`` points with ``KEPT`` only.

    A point is the mean of the lines up to its ``step``. A figure that no line has is left out. A
    figure that only a point's lines lack is None.
    """
    size = max(1, -(-len(lines) // points))
    groups = [lines[start : start + size] for start in range(0, len(lines), size)]
    log: Log = {"step": [group[-1]["step"] for group in groups]}
    for name in KEPT:
        column = [_mean([each.get(name) for each in group]) for group in groups]
        if any(each is not None for each in column):
            log[name] = column
    return log


def _mean(values: list[float | None]) -> float | None:
    given = [each for each in values if each is not None]
    return round(sum(given) / len(given), 6) if given else None

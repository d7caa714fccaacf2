"""Records: metrics that stay whole, and what TensorBoard shows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keystego_tf.backend import tf
from keystego_tf.training.records import (
    MAGNIFIED,
    METRICS,
    TENSORBOARD,
    Records,
    read_metrics,
    thinned,
)


def events(folder: Path) -> dict[str, tuple[int, Any]]:
    """(step, value) of each tag in TensorBoard's files."""
    found = {}
    for path in sorted((folder / TENSORBOARD).iterdir()):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                found[value.tag] = (event.step, tf.make_ndarray(value.tensor))
    return found


def test_scalars_and_images_reach_tensorboard(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cover = rng.integers(0, 256, (6, 12, 16, 3)) / 255
    stego = np.clip(cover + rng.integers(-1, 2, cover.shape) / 255, 0, 1)
    with Records(tmp_path, 0) as records:
        records.scalars(20, {"loss": 0.5, "psnr": math.inf})
        records.images(20, tf.constant(cover, tf.float32), tf.constant(stego, tf.float32))
    found = events(tmp_path)
    assert found["loss"] == (20, 0.5) and found["psnr"] == (20, math.inf)
    (tag,) = [each for each in found if "cover" in each]
    step, (_, _, png) = found[tag][0], found[tag][1][:3]
    grid = tf.io.decode_png(png).numpy()
    assert step == 20 and grid.shape == (3 * 12, 4 * 16, 3), "four of six images in three rows"
    np.testing.assert_array_equal(grid[:12, :16], np.rint(255 * cover[0]))
    np.testing.assert_array_equal(grid[12:24, 48:], np.rint(255 * stego[3]))
    change = MAGNIFIED * np.rint(255 * np.abs(stego[1] - cover[1]))
    np.testing.assert_allclose(grid[24:, 16:32], change, atol=1)


def test_what_is_not_finite_is_null_in_the_lines(tmp_path: Path) -> None:
    with Records(tmp_path, 0) as records:
        records.scalars(1, {"loss": 0.5, "psnr": math.inf})
    assert (tmp_path / METRICS).read_text() == '{"step": 1, "loss": 0.5, "psnr": null}\n'


@pytest.mark.parametrize("rest", ["", '{"step": 4, "lo', '{"step": 4, "loss": 1.0}\n'])
def test_a_resumed_run_has_every_step_once(tmp_path: Path, rest: str) -> None:
    """Killed after step 4, resumed from the checkpoint of step 3."""
    with Records(tmp_path, 0) as records:
        for step in (1, 2, 3):
            records.scalars(step, {"loss": float(step)})
    path = tmp_path / METRICS
    path.write_text(path.read_text() + rest)
    with Records(tmp_path, 3) as records:
        records.scalars(4, {"loss": 4.0})
    assert read_metrics(path) == [{"step": step, "loss": float(step)} for step in (1, 2, 3, 4)]
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_lines_are_on_the_disk_at_once(tmp_path: Path) -> None:
    with Records(tmp_path, 0) as records:
        records.scalars(1, {"loss": 1.0})
        assert read_metrics(tmp_path / METRICS) == [{"step": 1, "loss": 1.0}]


def test_other_workers_write_nothing(tmp_path: Path) -> None:
    with Records(tmp_path, 0, writes=False) as records:
        records.scalars(1, {"loss": 1.0})
        records.images(1, None, None)
    assert list(tmp_path.iterdir()) == []


def test_a_thinned_log_has_means_of_its_lines() -> None:
    lines: list[dict[str, Any]] = [
        {"step": 10 * number, "right_key": number / 10, "loss": 1.0} for number in range(1, 8)
    ]
    lines[0]["psnr"], lines[1]["psnr"] = 30.0, None
    found = thinned(lines, 3)
    assert found == {
        "step": [30, 60, 70],
        "right_key": [0.2, 0.5, 0.7],
        "psnr": [30.0, None, None],
    }
    assert thinned(lines, 100)["step"] == [10, 20, 30, 40, 50, 60, 70]
    assert thinned([]) == {"step": []}

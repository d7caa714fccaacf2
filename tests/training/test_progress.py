"""How a training comes on: rows that outlive a kill, and the table of them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from steps import covers_of
from tiny import tiny_run

from keystego_tf.methods import build
from keystego_tf.metrics.statistics import Estimate
from keystego_tf.training.progress import Progress, Rows, table


@pytest.fixture(scope="module")
def untrained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of progress with the figures of fresh agents, at the start and halfway."""
    run, path = tiny_run(), tmp_path_factory.mktemp("runs") / "run" / "progress.json"
    progress = Progress(path, run, covers_of(photos, side=32))
    agents = build(run)
    progress.measure(300, agents)
    progress.measure(0, agents)
    return path


def test_rows_are_in_order_and_kept_in_a_file(photos: Path, untrained: Path) -> None:
    again = Progress(untrained, tiny_run(), covers_of(photos, side=32)).rows()
    assert list(again) == [0, 300] and again[0] == again[300]
    assert set(again[0]) == {"right_key", "psnr"}
    assert again[0]["right_key"] == pytest.approx(0.5, abs=0.15), "fresh agents guess"
    assert np.isfinite(again[0]["psnr"])


def test_other_workers_keep_nothing(photos: Path, tmp_path: Path) -> None:
    run, path = tiny_run(), tmp_path / "progress.json"
    progress = Progress(path, run, covers_of(photos, side=32), writes=False)
    progress.measure(0, build(run))
    assert progress.rows() == {} and not path.exists()


def test_images_that_did_not_change_leave_the_file_json(photos: Path, tmp_path: Path) -> None:
    endless = Estimate(math.inf, -math.inf, math.inf, 1)
    progress = Progress(tmp_path / "progress.json", tiny_run(), covers_of(photos, side=32))
    rows = progress.finish(9, {"right_key": Estimate(0.5, 0.4, 0.6, 1), "psnr": endless})
    assert rows == {9: {"right_key": 0.5, "psnr": None}}
    assert "Infinity" not in (tmp_path / "progress.json").read_text()
    assert table(rows).split()[-3:] == ["9", "50.00%", "-"]


def test_a_table_has_a_row_for_each_milestone() -> None:
    rows: Rows = {0: {"right_key": 0.5, "psnr": 47.5}, 3000: {"right_key": 0.99951, "psnr": 50.26}}
    lines = table(rows).splitlines()
    assert [line.split() for line in lines] == [
        ["steps", "bits", "right", "PSNR"],
        ["0", "50.00%", "47.5", "dB"],
        ["3,000", "99.95%", "50.3", "dB"],
    ]
    assert len({len(line) for line in lines}) == 1, "aligned"

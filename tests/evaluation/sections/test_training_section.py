"""The section training: curves from what bundles carry."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from keystego_tf.bundles.bundles import CARD, LOG, Log
from keystego_tf.bundles.catalogue import Model
from keystego_tf.config.run import RunConfig
from keystego_tf.evaluation import suite
from keystego_tf.evaluation.covers import Covers
from keystego_tf.evaluation.results import Section
from keystego_tf.evaluation.sections import training
from keystego_tf.evaluation.sizes import sizes
from keystego_tf.evaluation.suite import Context

KEYED: Log = {
    "step": [100, 200, 300, 400],
    "right_key": [0.5, 0.95, 0.89, 0.995],
    "wrong_key": [0.5, None, 0.51, 0.5],
    "psnr": [20.0, 25.0, None, None],
}


def model_of(folder: Path, log: Log | None) -> Model:
    folder.mkdir()
    (folder / CARD).write_text(json.dumps({"command": "keystego-tf train"}))
    if log is not None:
        (folder / LOG).write_text(json.dumps(log))
    return Model(folder.name, folder, RunConfig())


def run(models: list[Model]) -> Section:
    tiles = np.zeros((1, 128, 128, 3), np.uint8)
    covers = Covers(tiles, np.arange(1), tiles, np.arange(1) + 1)
    (section,) = suite.run(Context(models, covers, sizes("quick")), ["training"])
    return section


def test_curves_of_bundles_that_carry_a_log(tmp_path: Path) -> None:
    paper: Log = {"step": [50], "right_key": [0.7]}  # nobody decodes with a wrong key there
    logs = {"keyed": KEYED, "paper": paper, "old": None}
    section = run([model_of(tmp_path / name, log) for name, log in logs.items()])
    plots = {plot.name: plot for plot in section.plots}
    assert list(plots) == ["training-right-key", "training-wrong-key", "training-psnr"]
    right, wrong = plots["training-right-key"], plots["training-wrong-key"]
    assert [each.name for each in right.series] == ["keyed", "paper"]
    assert [each.name for each in wrong.series] == ["keyed"]
    assert right.series[0].x == [100, 200, 300, 400] and right.series[0].y[1] == 95
    assert wrong.series[0].x == [100, 300, 400] and right.paper == "Fig. 4"
    (table,) = section.tables
    row = table.rows[0]
    assert (row["reads_0.9"], row["reads_0.99"], row["psnr"]) == (400, 400, 25.0)
    assert table.rows[1]["wrong_key"] is None and table.rows[1]["reads_0.9"] is None
    assert "old" in section.notes[-1] and set(section.settings) == {"keyed", "paper"}


def test_no_log_at_all(tmp_path: Path) -> None:
    section = run([model_of(tmp_path / "old", None)])
    assert (section.tables, section.plots) == ([], []) and "No log comes with old" in section.notes[
        -1
    ]


def test_the_log_of_a_run_is_found_beside_an_older_bundle(tmp_path: Path) -> None:
    line = {"step": 20, "right_key": 0.6, "wrong_key": 0.0, "loss": 1.0}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(line) + "\n")
    model = model_of(tmp_path / "bundle", None)
    assert training.log_of_model(model) == {"step": [20], "right_key": [0.6], "wrong_key": [0.0]}
    config = RunConfig().replace(coding="none", masked_target=False)
    unkeyed = dataclasses.replace(model, config=config)
    assert training.log_of_model(unkeyed) == {"step": [20], "right_key": [0.6]}


@pytest.mark.parametrize(
    "values, step",
    [([0.95, 0.96], 1), ([0.5, 0.95], 2), ([0.95, 0.5], None), ([None, 0.95], 2), ([], None)],
)
def test_the_step_from_which_on_bob_reads(values: list, step: int | None) -> None:
    assert training.reached({"step": [1, 2], "right_key": values}, 0.9) == step

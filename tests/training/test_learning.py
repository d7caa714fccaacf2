"""Tiny agents learn: Bob reads with the right key, and with the right key only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_run, write_photos

from keystego_tf.data.covers import FolderCovers
from keystego_tf.training.distribution import build_strategy
from keystego_tf.training.loop import Trainer
from keystego_tf.training.records import read_metrics


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
@pytest.mark.parametrize("coding", ["trellis", "none"])
def test_the_key_comes_to_matter(scheme: str, coding: str, tmp_path: Path) -> None:
    covers = FolderCovers(write_photos(tmp_path / "photos"), 3, 16)
    config = tiny_run(
        scheme=scheme,
        coding=coding,
        filters=8 if coding == "none" else 16,  # with 8, some runs learn the code in part
        key_filters=8,
        crops=((1.0, 16, 8),),
        steps=600,
        mask_steps=400,
        code_steps=400,
        eve_interval=8,
        learning_rate=0.005,
        image_weight=0.01,
        log_interval=50,
        checkpoint_interval=600,
    )
    Trainer(config, covers, tmp_path, build_strategy("none"), quiet=True).fit()
    lines = read_metrics(tmp_path / "metrics.jsonl")
    assert [line["step"] for line in lines] == list(range(50, 601, 50))
    assert coding == "trellis" or lines[0]["right_key"] < 0.7, "at first he guesses"
    right, wrong = (
        float(np.mean([line[name] for line in lines[-3:]])) for name in ("right_key", "wrong_key")
    )
    assert right > 0.97
    assert wrong == pytest.approx(0.5, abs=0.03)

"""The section of tests without training: each has a control that it finds."""

from __future__ import annotations

import numpy as np
import pytest
from contexts import context
from PIL import Image

from keystego_tf.evaluation import simple
from keystego_tf.evaluation.simple import WAYS, Photo
from keystego_tf.io.pillow import saved
from keystego_tf.steganalysis.simple import DETECTORS

pytest.importorskip("sealwatch", reason="the tests read as sealwatch does")
pytest.importorskip("sklearn", reason="areas need scikit-learn")


def test_every_detector_has_a_control_and_looks_at_what_hide_writes() -> None:
    found = [name for way in WAYS for name in way.finds]
    assert sorted(found) == sorted(each.name for each in DETECTORS)
    kinds = {kind for way in WAYS if not way.finds for kind in way.reads}
    assert kinds == {each.reads for each in DETECTORS}


@pytest.mark.ci
def test_what_is_certain_is_found_in_two_tiles_and_hide_is_not() -> None:
    section = simple.run(context(count=1, simple_images=2))
    hidden, controls = section.tables
    certain = {"jpeg-compatibility", "gray-exceptions", "structure", "x25519", "rs", "lone-samples"}
    areas = {str(row["detector"]): row["area"] for row in controls.rows}
    assert {name for name, area in areas.items() if area.value == 1} >= certain  # type: ignore
    silent = ("jpeg-compatibility", "gray-exceptions", "structure", "lone-samples")
    for row in hidden.rows:
        assert row["detector"] not in silent or row["area"].value == 0.5, row  # type: ignore
    assert len(section.claims) == len(controls.rows) == len(DETECTORS)


def test_a_message_that_does_not_fit_leaves_its_way_out() -> None:
    flat = Image.new("RGB", (96, 96), "gray")
    grain = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    found = simple.tried(Photo(grain, saved(flat, "JPEG")), 0, 0)
    ways = {way for way, _ in found}
    assert "JPEG, short" not in ways and "lossless, short" in ways


def test_areas_of_known_scores() -> None:
    key = WAYS[0].name, "rs"
    found = [{key: (0.0, 1.0)}, {key: (0.2, 0.1)}, {}]
    (row,) = simple.areas(found, [0, 1, 2])
    assert (row["way"], row["detector"], row["images"]) == (*key, 2)
    assert row["area"].value == 0.75  # type: ignore

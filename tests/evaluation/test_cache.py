"""Results by the hash of what they depend on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keystego_tf.evaluation import cache as module
from keystego_tf.evaluation.cache import Cache, digest_of
from keystego_tf.metrics.statistics import Estimate
from keystego_tf.steganalysis.scores import Scores, scores


class Counted:
    def __init__(self, value: Any) -> None:
        self.value, self.calls = value, 0

    def __call__(self) -> Any:
        self.calls += 1
        return self.value


def test_a_result_is_made_once_for_its_parts(tmp_path: Path) -> None:
    make = Counted(1.5)
    for seed in (0, 1, 0, 1, 0):
        assert Cache(tmp_path / "new").get({"what": "x", "seed": seed}, make) == 1.5
    assert make.calls == 2
    assert Cache(None).get({"what": "x"}, make) == 1.5 and make.calls == 3


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    estimate = Estimate(0.5, -np.inf, float("nan"), 3)
    value = {
        "estimate": estimate,
        "list": [1, "two", None, True, (3, 4.5)],
        "arrays": (np.arange(6, dtype=np.uint8).reshape(2, 3), np.array([], np.float32)),
        "!": {"inner": np.float64(0.25)},
        "scores": scores([0.0, 1.0], [2.0]),
    }
    kept = Cache(tmp_path)
    kept.get({"a": 1}, lambda: value)
    found = kept.get({"a": 1}, lambda: pytest.fail("made again"))
    assert (found["estimate"].value, found["estimate"].low) == (0.5, -np.inf)
    assert np.isnan(found["estimate"].high) and isinstance(found["estimate"], Estimate)
    assert found["list"] == value["list"] and isinstance(found["list"][-1], tuple)
    assert found["!"] == {"inner": 0.25}
    for old, new in zip(value["arrays"], found["arrays"]):
        assert new.dtype == old.dtype
        np.testing.assert_array_equal(new, old)
    assert isinstance(found["scores"], Scores)
    np.testing.assert_array_equal(found["scores"].stegos, [2.0])


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive", None])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    make = Counted([1])
    kept = Cache(tmp_path)
    kept.get({}, make)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-30] if damage is None else damage)
    assert kept.get({}, make) == [1] and make.calls == 2
    assert kept.get({}, make) == [1] and make.calls == 2


def test_other_code_asks_for_other_results(tmp_path: Path, monkeypatch: Any) -> None:
    make = Counted(0)
    Cache(tmp_path).get({}, make)
    monkeypatch.setattr(module, "code_digest", lambda: "changed")
    Cache(tmp_path).get({}, make)
    assert make.calls == 2


def test_a_file_makes_no_object_from_elsewhere(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    kept.get({}, Counted(Estimate(0, 0, 0, 1)))
    (path,) = tmp_path.iterdir()
    tree = {"key": "", "value": {"!": "pathlib:Path", "items": {}}}
    content = np.frombuffer(json.dumps(tree).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez(file, tree=content)
    assert kept.get({}, Counted("made again")) == "made again"


def test_what_cannot_be_kept_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    for value in (object(), {1: 2}, {"a": {3}}):
        with pytest.raises(TypeError, match="which the cache cannot keep"):
            Cache(tmp_path).get({}, Counted(value))
    assert not list(tmp_path.iterdir())


def test_digests_tell_shapes_types_and_values() -> None:
    zeros = np.zeros((2, 3), np.uint8)
    others = [zeros.T, zeros + 1, zeros.astype(np.int8), zeros[:1]]
    assert len({digest_of([each]) for each in [zeros, *others]}) == 5
    assert digest_of([zeros]) == digest_of([zeros.copy(order="F")])

"""Results by the hash of what they depend on: another code, another result."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keystego_tf.evaluation.cache import ABOVE, PACKAGE, Cache, code_digest, digest_of, sources
from keystego_tf.metrics.statistics import Estimate
from keystego_tf.steganalysis.scores import Scores, scores


class Counted:
    def __init__(self, value: Any) -> None:
        self.value, self.calls = value, 0

    def __call__(self) -> Any:
        self.calls += 1
        return self.value


def test_a_result_is_made_once_for_its_key(tmp_path: Path) -> None:
    make = Counted(1.5)
    for seed in (0, 1, 0, 1, 0):
        assert Cache(tmp_path / "new").get({"what": "x", "seed": seed}, make) == 1.5
    assert make.calls == 2
    assert Cache(None).get({"what": "x"}, make) == 1.5 and make.calls == 3


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    value = {
        "estimate": Estimate(0.5, -np.inf, 1.0, 3),
        3: (4.5, np.arange(6, dtype=np.uint8).reshape(2, 3)),
        "scores": scores([0.0, 1.0], [2.0]),
    }
    kept = Cache(tmp_path)
    kept.get({"a": 1}, lambda: value)
    again = kept.get({"a": 1}, lambda: pytest.fail("made again"))
    assert again["estimate"] == value["estimate"] and again[3][0] == 4.5
    np.testing.assert_array_equal(again[3][1], value[3][1])
    assert isinstance(again["scores"], Scores)


@pytest.mark.parametrize("damage", [b"", b"no pickle", None])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    make, kept = Counted([1]), Cache(tmp_path)
    kept.get({}, make)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-5] if damage is None else damage)
    assert kept.get({}, make) == [1] and make.calls == 2
    assert kept.get({}, make) == [1] and make.calls == 2


def imports(*modules: str) -> set[str]:
    """The modules of this package that some modules may load, at once or later, and theirs."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = PACKAGE / name.replace(".", "/")
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if name in found or not path.is_file():
            continue
        found.add(name)
        parent = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                up = parent.split(".") if parent else []
                base = ".".join([*up[: len(up) - node.level + 1], *filter(None, [node.module])])
                waiting += [base, *(f"{base}.{each.name}".strip(".") for each in node.names)]
    return found - {""}


def file_of(module: str) -> Path:
    place = Path(module.replace(".", "/"))
    return place / "__init__.py" if (PACKAGE / place).is_dir() else place.with_suffix(".py")


def test_every_module_that_a_question_can_reach_counts() -> None:
    questions = [path.stem for path in (PACKAGE / "evaluation").glob("[a-z]*.py")]
    reached = imports(*(f"evaluation.{name}" for name in questions))
    assert {"steganalysis.roc", "metrics.figures", "baselines.nets", "data.synthetic"} <= reached
    assert {"bundles.runner", "io.images", "payload.keys", "methods.layers"} <= reached
    assert not {name for name in reached if name.partition(".")[0] in ABOVE}
    assert {file_of(name) for name in reached} <= set(sources())


@pytest.mark.parametrize(
    "module", ["evaluation.ats", "io.images", "methods", "baselines.stegan", "payload.keys"]
)
def test_a_change_in_a_module_makes_figures_again(module: str, tmp_path: Path) -> None:
    package, kept = tmp_path / "package", tmp_path / "kept"
    for place in [*sources(), Path("report/values.py")]:
        (package / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGE / place, package / place)
    make = Counted(0)

    def calls() -> int:
        code_digest.cache_clear()
        Cache(kept, package).get({"what": "a figure"}, make)
        return make.calls

    assert [calls(), calls()] == [1, 1]
    changed = package / file_of(module)
    before = changed.read_text(encoding="utf-8")
    changed.write_text(f"{before}CHANGED = True\n", encoding="utf-8")
    assert [calls(), calls()] == [2, 2]
    changed.write_text(before, encoding="utf-8")
    (package / "report/values.py").write_text("", encoding="utf-8")  # shows figures, makes none
    assert calls() == 2


def test_digests_tell_shapes_types_and_values() -> None:
    zeros = np.zeros((2, 3), np.uint8)
    others = [zeros.T, zeros + 1, zeros.astype(np.int8), zeros[:1]]
    assert len({digest_of([each]) for each in [zeros, *others]}) == 5
    assert digest_of([zeros]) == digest_of([zeros.copy(order="F")])

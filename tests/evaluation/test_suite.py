"""Sizes, methods by payload, stego images from the cache, and the run of sections."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from keystego_tf.baselines.lsb import LsbMatching
from keystego_tf.baselines.nets import Net
from keystego_tf.bundles.catalogue import Model, bundled
from keystego_tf.config.run import AgentsConfig, RunConfig
from keystego_tf.evaluation import stegos, suite
from keystego_tf.evaluation.cache import Cache
from keystego_tf.evaluation.covers import Covers
from keystego_tf.evaluation.parallel import mapped
from keystego_tf.evaluation.results import Section
from keystego_tf.evaluation.sizes import PRESETS, Sizes, sizes
from keystego_tf.evaluation.suite import Context


def context(tmp_path: Path | None = None, **values: Any) -> Context:
    tiles = np.random.default_rng(0).integers(0, 256, (6, 128, 128, 3), dtype=np.uint8)
    covers = Covers(tiles[:3], np.arange(3), tiles[3:], np.arange(3, 6))
    return Context([], covers, sizes("quick"), cache=Cache(tmp_path), **values)


def test_presets_are_of_known_sizes_and_grow() -> None:
    names = {each.name for each in dataclasses.fields(Sizes)}
    for preset, changed in PRESETS.items():
        assert set(changed) <= names and sizes(preset).name == preset
    quick, reduced, full = (vars(sizes(name)) for name in ("quick", "reduced", "full"))
    for name in names - {"name"}:
        assert quick[name] <= reduced[name] <= full[name], name
    assert sizes("quick", folds=3).folds == 3


def test_sizes_are_checked() -> None:
    with pytest.raises(ValueError, match="size is 'huge', but must be one of quick, reduced"):
        sizes("huge")
    for name in ("photos", "name"):
        with pytest.raises(ValueError, match=f"there is no size '{name}', only tiles"):
            sizes("quick", **{name: 1})
    with pytest.raises(ValueError, match="mails is 0, but must be above 0"):
        sizes(mails=0)
    with pytest.raises(ValueError, match="folds is 1, but must be 2 or more"):
        sizes(folds=1)


def test_sections_that_learn_need_more_photos() -> None:
    for size, folded in (("quick", 8), ("reduced", 10), ("full", 10)):
        needed = {name: suite.least_photos(sizes(size), [name]) for name in suite.SECTIONS}
        assert needed.pop("ats") == needed.pop("controls") == folded
        assert needed.pop("cnn") == 3 and set(needed.values()) == {1}
        assert suite.least_photos(sizes(size), list(suite.SECTIONS)) == folded
    assert suite.least_photos(sizes("quick", folds=7), ["cnn", "ats"]) == 14


def test_stego_images_are_made_once_and_follow_from_the_seed(tmp_path: Path) -> None:
    class Counted(LsbMatching):
        calls = 0

        def embed(self, cover_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            Counted.calls += 1
            return super().embed(cover_u8, rng)

    method = Counted(0.5)
    first = context(tmp_path)
    tiles = first.covers.test
    stego = stegos.embedded(first, method, tiles)
    np.testing.assert_array_equal(stegos.embedded(first, method, tiles), stego)
    assert Counted.calls == len(tiles)
    assert 0.05 < np.mean(stego != tiles) < 0.12
    # Message and place go together, whatever else is asked for.
    np.testing.assert_array_equal(stegos.embedded(first, method, tiles[:2]), stego[:2])
    other = stegos.embedded(dataclasses.replace(first, seed=1), method, tiles)
    turned = stegos.embedded(first, method, tiles, turn=1)
    assert (other != stego).any() and (turned != stego).any()


def test_methods_are_grouped_by_payload_and_channels() -> None:
    def model(name: str, **values: Any) -> Model:
        return Model(name, Path(name), RunConfig(agents=AgentsConfig(**values)))

    models = [
        model("a", bits_per_pixel=0.5),
        model("b", bits_per_pixel=0.0625),
        model("c", bits_per_pixel=0.5, scheme="asymmetric"),
        model("d", bits_per_pixel=0.5, channels=1),
    ]
    given = dataclasses.replace(context(methods=("hill",)), models=models, efforts=(2, 3))
    found = stegos.groups(given, baseline=False)
    assert [(each.channels, each.bits_per_pixel) for each in found] == [
        (3, 0.5),
        (3, 0.0625),
        (1, 0.5),
    ]
    names = [method.name for method in found[0].methods]
    plain = [name for name in names if "effort" not in name]
    assert plain == ["a", "c", "hill"]
    # Efforts stand once: what they change is the code's choice, whatever the scheme.
    assert [name for name in names if "effort" in name] == ["a effort 2", "a effort 3"]
    assert len({each.key for each in found}) == 3
    slow = Net(models[0], effort=2)
    assert slow.name == "a effort 2"
    assert stegos.limit(given, slow, 50) == given.sizes.effort_images
    assert stegos.limit(given, Net(models[0]), 50) == 50


def add(number: int) -> int:
    return number + 1


def test_work_keeps_its_order_with_and_without_processes() -> None:
    for jobs in (1, 2):
        assert mapped(add, list(range(40)), "adding", True, jobs) == list(range(1, 41))
    assert mapped(add, [], "adding", True) == []


def fail_at_ten(number: int) -> int:
    if number == 10:
        raise ArithmeticError("ten")
    return number


def test_work_goes_on_with_new_processes_after_a_failure() -> None:
    with pytest.raises(ArithmeticError, match="ten"):
        mapped(fail_at_ten, list(range(40)), "failing", True, 2)
    assert mapped(add, list(range(40)), "adding", True, 2) == list(range(1, 41))


def test_bits_are_read_by_methods_that_write_some(tmp_path: Path) -> None:
    given = context(tmp_path)
    assert stegos.bits_read(given, LsbMatching(0.5), given.covers.test) is None
    for effort in (0, 2):
        method = Net(bundled()[0], effort=effort)
        made = stegos.embedded(given, method, given.covers.test)
        read = stegos.bits_read(given, method, made)
        assert read is not None and read.shape == (3,) and read.min() > 0.95
        other = stegos.bits_read(given, method, given.covers.test)
        assert other is not None and abs(other.mean() - 0.5) < 0.05


def test_a_run_times_its_sections_and_says_how_to_make_them(monkeypatch: Any) -> None:
    asked = []

    def run(given: Context) -> Section:
        asked.append(given)
        return Section("cnn", "CNN", "?")

    fake = ModuleType("fake_section")
    fake.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fake_section", fake)
    monkeypatch.setattr(suite, "SECTIONS", {"cnn": "fake_section", "ats": "missing_section"})
    given = context(command="keystego-tf evaluate a --out b")
    (section,) = suite.run(given, ["cnn"])
    assert section.command == "keystego-tf evaluate a --out b --sections cnn"
    assert section.seconds > 0 and asked == [given]
    with pytest.raises(ValueError, match="section is 'none', but must be one of cnn, ats"):
        suite.run(given, ["cnn", "none"])
    assert len(asked) == 1

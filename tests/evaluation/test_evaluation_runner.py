"""Sizes, methods by payload, stego images from the cache, and the run of questions."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from contexts import context

from keystego_tf.baselines.lsb import LsbMatching
from keystego_tf.baselines.nets import Net
from keystego_tf.bundles.catalogue import bundled
from keystego_tf.evaluation import runner, stegos
from keystego_tf.evaluation.context import Context
from keystego_tf.evaluation.parallel import mapped
from keystego_tf.evaluation.results import Section
from keystego_tf.evaluation.sizes import NAMES, sizes


def test_sizes_grow_from_quick_to_full() -> None:
    quick, reduced, full = (vars(sizes(name)) for name in NAMES)
    assert [each["name"] for each in (quick, reduced, full)] == list(NAMES)
    for name in set(quick) - {"name"}:
        assert quick[name] <= reduced[name] <= full[name], name
    assert sizes("quick", folds=3).folds == 3 and sizes().tiles == reduced["tiles"]


def test_sizes_are_checked() -> None:
    with pytest.raises(ValueError, match="size is 'huge', but must be one of quick, reduced"):
        sizes("huge")
    for name in ("photos", "name"):
        with pytest.raises(ValueError, match=f"there is no size '{name}', only tiles"):
            sizes("quick", **{name: 1})
    with pytest.raises(ValueError, match="mails is 0, but must be 1 or more"):
        sizes(mails=0)
    with pytest.raises(ValueError, match="folds is 1, but must be 2 or more"):
        sizes(folds=1)


def test_questions_whose_attackers_learn_need_more_photos() -> None:
    for size, folded in (("quick", 8), ("reduced", 10)):
        for name in runner.QUESTIONS:
            needed = folded if name in ("ats", "detection", "jpeg", "controls") else 1
            assert runner.least_photos(sizes(size), [name]) == needed


def test_stego_images_are_made_once_and_follow_from_the_seed(tmp_path: Path) -> None:
    class Counted(LsbMatching):
        calls = 0

        def embed(self, cover_u8: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            Counted.calls += 1
            return super().embed(cover_u8, rng)

    method = Counted(0.5)
    first = context(tmp_path, side=32)
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
    given = context(models=bundled(), methods=("hill",))
    groups = stegos.groups(given, baseline=False)
    for group in groups:
        *nets, last = group.methods
        assert last.name == "hill" and last.bits_per_pixel == group.bits_per_pixel
        kinds = {(net.model.agents.channels, net.bits_per_pixel) for net in nets}
        assert kinds == {(group.channels, group.bits_per_pixel)}
    assert sum(len(group.methods) - 1 for group in groups) == len(bundled())
    assert len({group.key for group in groups}) == len(groups)


def test_what_takes_long_in_colour_is_left_out_unless_named() -> None:
    names = context().compared_with(1)
    assert set(names) - set(context().compared_with(3)) == {"wow", "hugo"}
    assert context(methods=("wow",)).compared_with(3) == ("wow",)
    assert context(methods=()).compared_with(1) == ()


def test_bits_are_read_by_methods_that_write_some() -> None:
    given = context(count=2)
    assert stegos.bits_read(given, LsbMatching(0.5), given.covers.test) is None
    net = Net(bundled()[0])
    read = stegos.bits_read(given, net, stegos.embedded(given, net, given.covers.test))
    assert read is not None and read.shape == (2,) and read.min() > 0.8
    other = stegos.bits_read(given, net, given.covers.test)
    assert other is not None and abs(other.mean() - 0.5) < 0.05


def add(number: int) -> int:
    if number == -1:
        raise ArithmeticError("minus one")
    return number + 1


def test_work_keeps_its_order_and_goes_on_after_a_failure() -> None:
    assert mapped(add, [], "adding", True) == []
    with pytest.raises(ArithmeticError, match="minus one"):
        mapped(add, [-1] * 40, "failing", True, 2)
    for jobs in (1, 2):
        assert mapped(add, list(range(40)), "adding", True, jobs) == list(range(1, 41))


HOARDING = """
import sys, time
import numpy as np
from keystego_tf.evaluation.parallel import mapped

def hoard(number):
    sys.hoard = [*getattr(sys, "hoard", []), np.ones(400 * 2**20, np.uint8)]
    time.sleep(1.2)  # joblib looks once a second
    return number

if __name__ == "__main__":
    assert mapped(hoard, range(5), "hoarding", True, 2) == [0, 1, 2, 3, 4]
"""


def test_a_process_that_grows_is_replaced_without_a_word(tmp_path: Path) -> None:
    """Where joblib's warning is an error, its thread would end and everything wait for ever."""
    script = tmp_path / "hoarding.py"
    script.write_text(HOARDING, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", script], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_run_times_its_questions_and_says_how_to_make_them(monkeypatch: Any) -> None:
    asked = []

    def run(given: Context) -> Section:
        asked.append(given)
        return Section("ats", "ATS", "?")

    fake = ModuleType("fake")
    fake.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keystego_tf.evaluation.ats", fake)
    given = context(side=16, command="keystego-tf evaluate a --out b")
    (section,) = runner.run(given, ["ats"])
    assert section.command == "keystego-tf evaluate a --out b --sections ats"
    assert section.seconds > 0 and asked == [given]
    with pytest.raises(ValueError, match="section is 'none', but must be one of invisibility"):
        runner.run(given, ["ats", "none"])
    assert len(asked) == 1

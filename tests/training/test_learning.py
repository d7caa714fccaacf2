"""A training learns: what its last step reads and hides, its first one does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from steps import uncompiled
from tiny import tiny_run, write_photos

import keystego_tf
from keystego_tf.bundles.catalogue import bundled
from keystego_tf.data.synthetic import SyntheticCovers
from keystego_tf.training.distribution import build_strategy
from keystego_tf.training.progress import table
from keystego_tf.training.run import Trained, open_data, train, train_and_measure

#: Eight filters and 200 to 400 steps of eight crops of 16 x 16: some twenty seconds of a core.
SMALL: dict[str, Any] = {
    "filters": 8,
    "key_filters": 8,
    "crops": ((1.0, 16, 8),),
    "learning_rate": 0.01,
    "eve_interval": 8,
    "log_interval": 50,
    "checkpoint_interval": 1000,
    "evaluation_images": 12,
}
#: Little data and little time ask for less: a looser goal, and an image weight that stays lower.
GOALS = {"initial_message_goal": 0.2, "message_goal": 0.1, "image_weight": 100.0}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photos(tmp_path_factory.mktemp("data") / "photos", count=48, side=48)


def trained(many: Path, out: Path, **values: Any) -> Trained:
    run = tiny_run(**{**SMALL, **GOALS, "data": str(many), **values})
    found = train(run, out, quiet=True)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def one_step(many: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Path]:
    out: Path = tmp_path_factory.mktemp("runs") / "one"
    with uncompiled():
        return trained(many, out, steps=1), out


@pytest.mark.ci
def test_bits_come_up_from_a_half_and_then_the_change_goes_down(
    many: Path, tmp_path: Path, one_step: tuple[Trained, Path]
) -> None:
    found = trained(many, tmp_path / "run", steps=400)
    start, half, end = (found.progress[step] for step in (0, 200, 400))
    assert start["right_key"] == pytest.approx(0.5, abs=0.1)
    assert end["right_key"] > 0.7, "threads sum in any order, and so small a training is chaotic"
    assert end["psnr"] > half["psnr"] + 3, "the message first"
    assert found.figures["wrong_key"].value == pytest.approx(0.5, abs=0.08)
    assert len(table(found.progress).splitlines()) == 4
    card = json.loads((tmp_path / "run" / "bundle" / "card.json").read_text())
    assert card["progress"] == {str(step): row for step, row in found.progress.items()}
    # the control: what one step reaches
    after_one = one_step[0].progress
    assert list(after_one) == [0, 1] and after_one[0] == pytest.approx(start, rel=0.01)
    assert after_one[1]["right_key"] == pytest.approx(0.5, abs=0.1)


def test_one_step_does_not_reveal_what_a_shipped_bundle_hid(
    tmp_path: Path, one_step: tuple[Trained, Path]
) -> None:
    shipped = next(model for model in bundled() if not model.agents.asymmetric)
    cover, path = SyntheticCovers(3, 384, seed=5, count=1).image(0), tmp_path / "stego.png"
    from PIL import Image

    keystego_tf.hide(Image.fromarray(cover), b"hi", path, passphrase="one", model=shipped.name)
    assert keystego_tf.reveal(path, passphrase="one", model=shipped.name) == b"hi"
    for model in (str(one_step[1]), str(one_step[1] / "bundle")):
        with pytest.raises(keystego_tf.NothingThere):
            keystego_tf.reveal(path, passphrase="one", model=model)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["symmetric", "asymmetric"])
def test_the_key_comes_to_matter(many: Path, tmp_path: Path, scheme: str) -> None:
    run = tiny_run(**{
        **SMALL, "scheme": scheme, "data": str(many), "steps": 800, "pretraining_steps": 400,
        "learning_rate": 0.005, "image_weight": 0.01, "evaluation_images": 40,
    })  # fmt: skip
    figures = measured(run, tmp_path).figures
    assert figures["right_key"].value > 0.97
    assert figures["wrong_key"].value == pytest.approx(0.5, abs=0.03)


def measured(run: Any, folder: Path) -> Trained:
    """As ``tune`` trains: without a bundle."""
    folder.mkdir(exist_ok=True)
    return train_and_measure(run, *open_data(run), folder, build_strategy("none"), quiet=True)


@pytest.mark.slow
def test_three_times_the_image_weight_moves_psnr_by_more_than_seeds_do(
    many: Path, tmp_path: Path
) -> None:
    """Under a weight that stays: with a ramp it follows the message loss, whatever its scale."""
    values = {**SMALL, "data": str(many), "steps": 200, "image_weight_ramp": 0.0}

    def psnr(weight: float, seed: int) -> float:
        run = tiny_run(**{**values, "image_weight": weight, "seed": seed})
        return measured(run, tmp_path / f"{weight}-{seed}").figures["psnr"].value

    once, thrice = (np.array([psnr(each, seed) for seed in range(3)]) for each in (0.03, 0.09))
    assert thrice.min() - once.max() > max(np.ptp(once), np.ptp(thrice)) / 2
    assert thrice.mean() - once.mean() > max(np.ptp(once), np.ptp(thrice))

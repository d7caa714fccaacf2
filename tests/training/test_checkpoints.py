"""Checkpoints that will not do: damaged ones, those of the other stack, those of another run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from steps import uncompiled
from tiny import tiny_run

from keystego_tf.backend import keras
from keystego_tf.data.covers import open_covers
from keystego_tf.training.checkpoints import VERSION, DamagedCheckpoint
from keystego_tf.training.distribution import build_strategy
from keystego_tf.training.loop import Trainer


def trainer(folder: Path, **values: object) -> Trainer:
    covers = open_covers("synthetic", 3, 32, 0)
    return Trainer(tiny_run(**values), covers, folder, build_strategy("none"), quiet=True)


pytestmark = pytest.mark.usefixtures("eagerly")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with checkpoints of steps 3 and 6."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    folder.mkdir()
    with uncompiled():
        trainer(folder).fit()
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "run")


def damage(run: Path, step: int) -> None:
    path = run / "checkpoints" / f"ckpt-{step}.data-00000-of-00001"
    path.write_bytes(path.read_bytes()[:1000])


def test_a_damaged_checkpoint_leaves_the_one_before(run: Path) -> None:
    damage(run, 6)
    again = trainer(run)
    with pytest.warns(DamagedCheckpoint, match=r"ckpt-6 cannot be read .*from an older one"):
        assert again.checkpoints.restore()
    assert int(again.number.numpy()) == 3
    with pytest.warns(DamagedCheckpoint):
        again.fit()
    assert int(again.number.numpy()) == 6
    assert trainer(run).checkpoints.restore(), "the new one has taken the damaged one's place"


def test_a_checkpoint_that_is_gone_is_no_new_beginning(run: Path) -> None:
    (run / "checkpoints" / "ckpt-6.index").unlink()
    again = trainer(run)
    with pytest.warns(DamagedCheckpoint, match="ckpt-6"):
        assert again.checkpoints.restore()
    assert int(again.number.numpy()) == 3


def test_where_none_can_be_read_the_file_is_named(run: Path) -> None:
    damage(run, 3)
    damage(run, 6)
    rule = r"ckpt-3 cannot be read .*nor a newer one: begin anew with --overwrite"
    again = trainer(run)
    with pytest.warns(DamagedCheckpoint), pytest.raises(ValueError, match=rule):
        again.fit()


def test_a_run_of_the_other_stack_is_refused(run: Path) -> None:
    path = run / "checkpoints" / VERSION
    assert path.read_text() == f"{keras.__version__}\n"
    path.write_text("1.0.6\n")
    rule = r"checkpoints was written with Keras 1, but this is Keras \d: go on where .*--overwrite"
    with pytest.raises(ValueError, match=rule):
        trainer(run).fit()


def test_a_run_that_does_not_fit_is_refused(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As one of the other stack from before versions were kept."""
    (run / "checkpoints" / VERSION).unlink()
    assert trainer(run).checkpoints.restore()
    with pytest.raises(ValueError, match=r"ckpt-6 does not fit the run: .*Keras 2 and 3"):
        trainer(run, scheme="asymmetric").fit()
    with pytest.raises(ValueError, match=r"ckpt-6 does not fit the run"):
        trainer(run, filters=6).fit()
    assert "WARNING" not in capfd.readouterr().err

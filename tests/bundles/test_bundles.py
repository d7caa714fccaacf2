"""Bundles: the same functions from the disk, and clear errors; more is in cli/test_train.py."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_run

from keystego_tf.backend import keras, set_precision
from keystego_tf.bundles import bundles
from keystego_tf.config import RunConfig
from keystego_tf.methods import Agents
from keystego_tf.methods import build as fresh


def build(config: RunConfig, seed: int) -> Agents:
    """Agents with other weights than fresh ones, in moving statistics too."""
    keras.utils.set_random_seed(seed)
    agents, rng = fresh(config), np.random.default_rng(seed)
    weights = bundles.weights_of(agents)
    changes = {name: rng.random(value.shape) for name, value in weights.items()}
    bundles.set_weights(
        agents, {name: (value + changes[name]).astype("f4") for name, value in weights.items()}
    )
    return agents


@pytest.fixture(scope="module")
def config() -> RunConfig:
    return tiny_run(scheme="asymmetric", seed=3)


@pytest.fixture(scope="module")
def saved(config: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("bundles") / "bundle"
    bundles.save_bundle(folder, build(config, 1), config, {"steps": 6})
    return folder


@pytest.fixture
def bundle(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "bundle"))


def test_a_bundle_comes_back_with_the_same_outputs(config: RunConfig, bundle: Path) -> None:
    agents, found = bundles.load_bundle(bundle)
    assert found == config
    original, rng = build(config, 1), np.random.default_rng(0)
    cover = rng.random((2, 16, 16, 3)).astype("f4")
    maps = [np.where(rng.random((2, 4, 4, 1)) < 0.5, -1, 1).astype("f4") for _ in range(2)]
    mask = np.asarray(original.mask(maps[1]))
    stego = np.asarray(original.alice([cover, maps[0], mask]))
    np.testing.assert_array_equal(agents.mask(maps[1]), mask)
    np.testing.assert_array_equal(agents.alice([cover, maps[0], mask]), stego)
    expected = original.decode(stego, maps[1], mask)
    np.testing.assert_array_equal(agents.decode(stego, maps[1], mask), expected)
    np.testing.assert_array_equal(agents.eve(stego), original.eve(stego))


def test_a_copy_of_half_precision_agents_is_float32(config: RunConfig) -> None:
    set_precision("bfloat16")
    half = build(config, 2)
    set_precision("float32")
    assert half.bob.get_layer("block_2_conv").compute_dtype == "bfloat16"
    copy = bundles.float32_copy(half, config)
    assert copy.bob.get_layer("block_2_conv").compute_dtype == "float32"
    before, after = bundles.weights_of(half), bundles.weights_of(copy)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_bundle_carries_the_log_of_its_training(config: RunConfig, bundle: Path) -> None:
    assert bundles.load_log(bundle) is None, "one that was saved without"
    log: bundles.Log = {"step": [10, 20], "right_key": [0.5, None]}
    bundles.save_bundle(bundle, build(config, 1), config, {"steps": 6}, log)
    assert bundles.load_log(bundle) == log
    content = (bundle / bundles.LOG).read_bytes()
    card = json.loads((bundle / bundles.CARD).read_text())
    assert card["sha256"][bundles.LOG] == hashlib.sha256(content).hexdigest()
    assert bundles.load_bundle(bundle)[1] == config
    bundles.save_bundle(bundle, build(config, 2), config, {"steps": 6})
    assert bundles.load_log(bundle) is None, "that of the training before is gone"


@pytest.mark.parametrize("content", ["no", "[]", "{}", '{"step": [1], "psnr": []}', '{"step": 1}'])
def test_a_damaged_log_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / bundles.LOG).write_text(content)
    with pytest.raises(ValueError, match=r"training\.json is not a training's log"):
        bundles.load_log(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "weights.npz"])
def test_a_missing_file_is_named(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    with pytest.raises(ValueError, match=f"is not a bundle: it has no {name}"):
        bundles.load_bundle(bundle)


@pytest.mark.parametrize("content", [b"", b"no archive", None], ids=["empty", "text", "truncated"])
def test_broken_weights_are_named(bundle: Path, content: bytes | None) -> None:
    path = bundle / "weights.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ValueError, match="is damaged") as error:
        bundles.load_bundle(bundle)
    assert str(path) in str(error.value)


def test_weights_of_another_scheme_do_not_fit(config: RunConfig, bundle: Path) -> None:
    (bundle / "config.json").write_text(config.replace(filters=5).to_json())
    with pytest.raises(ValueError, match=r"weight alice/block_1_conv/0 is .*, but must be"):
        bundles.load_bundle(bundle)
    (bundle / "config.json").write_text(config.replace(scheme="symmetric").to_json())
    with pytest.raises(ValueError, match=r"does not fit config.json: weight"):
        bundles.load_bundle(bundle)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    bundles.write_whole(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        bundles.write_whole(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file"]
    monkeypatch.undo()
    bundles.write_whole(path, b"new")
    assert path.read_bytes() == b"new" and path.stat().st_mode & 0o777 == 0o644

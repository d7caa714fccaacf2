"""The catalogue: bundled models, and clear errors for whatever is no bundle."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keystego_tf.bundles.bundles import load_weights
from keystego_tf.bundles.catalogue import BUNDLED, bundled, find_model, open_model

NAMES = [
    "keyed-symmetric-0.0625",
    "keyed-symmetric-0.5",
    "keyed-gray-symmetric-0.5",
    "keyed-asymmetric-0.0625",
    "keyed-asymmetric-0.5",
]

#: What the bundled models may take together.
MOST_BYTES = 12 * 10**6


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED / "keyed-asymmetric-0.5", tmp_path / "bundle"))


def test_the_models_that_come_along_in_their_order() -> None:
    assert [model.name for model in bundled()] == NAMES
    assert [model.name for model in bundled(pricing=True)] == [*NAMES, "costs-0.4"]
    for model in bundled():
        method, *gray, scheme, rate = model.name.split("-")
        assert (model.config.method, model.agents.scheme) == (method, scheme)
        assert model.agents.bits_per_pixel == float(rate)
        assert model.agents.channels == (1 if gray else 3)
        assert model.card["sha256"]


@pytest.mark.parametrize("name", NAMES)
def test_they_have_learned(name: str) -> None:
    """A figure that the first step has, too, would be none of the training's."""
    rows = find_model(name).card["progress"]
    steps = sorted(rows, key=int)
    assert len(steps) == 3 and steps[0] == "0"
    right = [rows[step]["right_key"] for step in steps]
    assert right[0] == pytest.approx(0.5, abs=0.05) and right[-1] > 0.9


def test_they_are_small() -> None:
    assert sum(file.stat().st_size for file in BUNDLED.rglob("*") if file.is_file()) < MOST_BYTES


def test_a_generators_id_is_the_hash_of_its_weights() -> None:
    ids = {model.name: model.generator for model in bundled()}
    assert ids["keyed-symmetric-0.5"] == ids["keyed-symmetric-0.0625"] == ""
    assert ids["keyed-asymmetric-0.5"] == ids["keyed-asymmetric-0.0625"]
    weights = load_weights(BUNDLED / "keyed-asymmetric-0.5")
    digest = hashlib.sha256()
    for name in sorted(name for name in weights if name.split("/")[0] == "pk_generator"):
        digest.update(np.ascontiguousarray(weights[name]).tobytes())
    assert ids["keyed-asymmetric-0.5"] == digest.hexdigest()[:16]


@pytest.mark.parametrize("name", NAMES)
def test_every_file_has_the_hash_of_its_card(name: str) -> None:
    model = find_model(name)
    for file, expected in model.card["sha256"].items():
        assert hashlib.sha256((model.folder / file).read_bytes()).hexdigest() == expected
    agents = ["alice", "bob"] + (["pk_generator"] if model.agents.asymmetric else [])
    for agent in agents:
        assert model.tflite(agent) == (model.folder / f"{agent}.tflite").read_bytes()


@pytest.mark.parametrize("change", ["flip", "truncate", "append", "empty"])
@pytest.mark.parametrize("agent", ["alice", "bob", "pk_generator"])
def test_a_damaged_file_is_refused_by_its_hash(bundle: Path, agent: str, change: str) -> None:
    path = bundle / f"{agent}.tflite"
    content = bytearray(path.read_bytes())
    if change == "flip":
        content[len(content) // 2] ^= 1
    changed = {"truncate": content[:-1], "append": content + b"\0", "empty": b""}
    path.write_bytes(changed.get(change, content))
    with pytest.raises(ValueError, match=f"{agent}.tflite is not what card.json says"):
        open_model(bundle).tflite(agent)


def test_a_missing_agent_and_a_card_without_hashes(bundle: Path) -> None:
    (bundle / "bob.tflite").unlink()
    with pytest.raises(ValueError, match=r"cannot hide or reveal: it has no bob\.tflite"):
        open_model(bundle).tflite("bob")
    for card in ({}, {"sha256": []}, {"sha256": {}}, {"sha256": None}):
        (bundle / "card.json").write_text(json.dumps(card))
        with pytest.raises(ValueError, match="is damaged"):
            open_model(bundle).tflite("alice")


@pytest.mark.parametrize("card", ["", "[]", "{", "nul", '"text"', "\udcff"])
def test_what_is_no_card(bundle: Path, card: str) -> None:
    (bundle / "card.json").write_bytes(card.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match=r"card\.json is not a bundle's card"):
        _ = open_model(bundle).card


@pytest.mark.parametrize("name", ["config.json", "weights.npz", "card.json"])
def test_a_folder_that_lacks_a_file(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    with pytest.raises(
        ValueError, match=f"is not a bundle: it has no {name}. A bundle is a folder"
    ):
        find_model(str(bundle))


def test_a_broken_configuration_is_damage_of_the_bundle(bundle: Path) -> None:
    (bundle / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"bundle is a damaged bundle: .*config\.json"):
        open_model(bundle)


def test_a_runs_folder_stands_for_its_bundle(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bundle.parent / "first"
    run.mkdir()
    shutil.copy(bundle / "config.json", run)
    with pytest.raises(
        ValueError, match=r"first is not a bundle: .*train writes one as OUT/bundle"
    ):
        find_model(str(run))
    bundle.rename(run / "bundle")
    model = find_model(str(run))
    assert (model.name, model.folder) == ("first", run / "bundle")
    assert model == find_model(str(run / "bundle"))
    for here, name in ((run, "bundle"), (run, "."), (run / "bundle", ".")):
        monkeypatch.chdir(here)
        assert find_model(name).name == "first"


def test_a_model_by_name_or_by_folder(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_model("keyed-symmetric-0.5").folder == BUNDLED / "keyed-symmetric-0.5"
    assert find_model(str(BUNDLED / "keyed-symmetric-0.5")) == find_model("keyed-symmetric-0.5")
    assert find_model(str(bundle)).name == "bundle"
    monkeypatch.chdir(bundle.parent)
    assert find_model("bundle").config == find_model("keyed-asymmetric-0.5").config
    # a bundled model goes before a folder of its name
    shutil.copytree(bundle, bundle.parent / "keyed-symmetric-0.5")
    assert find_model("keyed-symmetric-0.5").folder == BUNDLED / "keyed-symmetric-0.5"


@pytest.mark.parametrize("name", ["symmetric", "nowhere/at/all", "x" * 5000, "../bundled", "a\0b"])
def test_what_is_no_model(name: str) -> None:
    with pytest.raises(ValueError, match=r"must be one of keyed-symmetric-0\.06.*, or a bundle's"):
        find_model(name)


def test_an_empty_name_is_a_folder_that_is_no_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="is not a bundle"):
        find_model("")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(["config.json", "card.json", "weights.npz"]),
    at=st.floats(0, 1),
    content=st.binary(max_size=12),
    removed=st.integers(0, 40),
)
def test_any_damage_is_a_value_error(
    bundle: Path, name: str, at: float, content: bytes, removed: int
) -> None:
    whole = (BUNDLED / "keyed-asymmetric-0.5" / name).read_bytes()
    place = int(at * len(whole))
    (bundle / name).write_bytes(whole[:place] + content + whole[place + removed :])
    try:
        model = open_model(bundle)
        assert isinstance(model.card, dict) and isinstance(model.generator, str)
        model.tflite("alice")
    except ValueError as error:
        assert str(bundle) in str(error)
    finally:
        (bundle / name).write_bytes(whole)

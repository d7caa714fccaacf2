"""What every method promises, in one routine: a new one passes it by its line in the registry."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from steps import build_step, changed, covers_of, first_batch, weighted
from tiny import tiny_run

from keystego_tf.backend import tf
from keystego_tf.bundles.bundles import (
    TILE,
    float32_copy,
    load_bundle,
    save_bundle,
    weights_of,
)
from keystego_tf.bundles.catalogue import open_model
from keystego_tf.bundles.runner import LiteRunner
from keystego_tf.config import RunConfig
from keystego_tf.methods import METHODS, Agents, load_run, method_of, run_config
from keystego_tf.training.step import Step

#: Both schemes, a method's least and most payload, and both kinds of image, once each.
CASES = [
    case
    for name, method in METHODS.items()
    if not method.prices  # tests/methods/test_learned_costs.py
    for case in (
        (name, "symmetric", max(method.rates), 1),
        (name, "asymmetric", min(method.rates), 3),
    )
]
SIDE = 16


@dataclass(frozen=True)
class Case:
    """A step of a method that has been taken once, and what it gave."""

    run: RunConfig
    step: Step
    #: Weights changed by Alice's and Bob's step, and by Eve's, as ``agent/layer``.
    changed: set[str]
    changed_by_eve: set[str]
    scalars: dict[str, float]
    cover: Any
    stego: Any

    @property
    def agents(self) -> Agents:
        return self.step.agents


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request: pytest.FixtureRequest, photos: Path) -> Case:
    method, scheme, rate, channels = request.param
    values = {"scheme": scheme, "bits_per_pixel": rate, "channels": channels}
    run = tiny_run(method, schedule="constant", **values)
    step = build_step(run)
    batch = first_batch(covers_of(photos, channels), run)
    before = weights_of(step.agents)
    scalars, stego = step.communicate(batch, tf.constant(True))
    between = weights_of(step.agents)
    by_alice_and_bob = changed(step, before)
    scalars = {**scalars, **step.detect(batch["cover"], stego)}
    found = {name: float(value) for name, value in scalars.items()}
    cover = batch["cover"].numpy()
    return Case(run, step, by_alice_and_bob, changed(step, between), found, cover, stego.numpy())


def inputs_of(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """A batch of one: samples in [0, 1] for images, -1 and +1 for maps."""
    rng = np.random.default_rng(0)
    return {
        name: rng.random((1, *shape), np.float32)
        if name in ("cover", "stego")
        else rng.choice([-1, 1], (1, *shape)).astype(np.float32)
        for name, shape in shapes.items()
    }


def asked(model: Any, inputs: dict[str, Any]) -> Any:
    given = [*inputs.values()]
    return np.asarray(model(given if len(given) > 1 else given[0], training=False))


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_what_it_is(name: str) -> None:
    method = METHODS[name]
    assert method.name == name and len(method.summary) > 10
    run = method.defaults()
    assert run.method == name and type(run.settings) is method.settings
    for rate in method.rates:
        assert method_of(run_config(name, bits_per_pixel=rate)) is method
    with pytest.raises(ValueError, match=r"bits_per_pixel is 0\.123, but must be one of"):
        run_config(name, bits_per_pixel=0.123)
    settings: Any = method.settings
    for spec in dataclasses.fields(settings):
        text = spec.metadata["help"]
        assert len(text) > 8 and text.endswith("."), spec.name


def test_its_run_comes_back_from_json(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(case.run.to_json(), encoding="utf-8")
    again = load_run(path)
    assert again == case.run and hash(again) == hash(case.run)


def test_its_agents_have_the_schemes_shapes_and_ranges(case: Case) -> None:
    run, agents = case.run, case.agents
    named = ["alice", "bob", "eve"] + ["pk_generator"] * run.agents.asymmetric
    assert [name for name, _ in agents.items()] == named
    message = (*run.agents.message_shape(SIDE, SIDE), 1)
    key = (*run.agents.key_shape(SIDE, SIDE), 1)
    given = inputs_of({"cover": case.cover.shape[1:], "message": message, "key": key})
    stego = asked(agents.alice, given)
    assert stego.shape == given["cover"].shape and 0 <= stego.min() <= stego.max() <= 1
    secret, other = given["key"], -given["key"]
    bits = np.asarray(agents.decode(stego, secret, other))
    assert bits.shape == (1, *message) and 0 <= bits.min() <= bits.max() <= 1
    logits = agents.bob_logits(agents.bob_inputs(stego, secret, other), training=False)
    np.testing.assert_allclose(tf.sigmoid(logits), bits, atol=1e-6)
    innocent = np.asarray(agents.eve(stego))
    assert innocent.shape == (1, 1)
    np.testing.assert_allclose(tf.sigmoid(agents.eve_logits(stego)), innocent, atol=1e-6)
    mask = np.asarray(agents.mask(secret))
    assert mask.shape == secret.shape and np.abs(mask).max() <= 1
    # cover, message and key all reach Alice's image; image and secret key reach Bob's bits
    for name in given:
        assert np.any(asked(agents.alice, {**given, name: -given[name]}) != stego), name
    assert np.any(np.asarray(agents.decode(1 - stego, secret, other)) != bits)
    assert np.any(np.asarray(agents.decode(stego, -secret, other)) != bits)


def test_a_step_changes_its_own_agents_and_no_others(case: Case) -> None:
    method, step = case.step.method, case.step
    own = {id(layer) for model in method.trained(case.agents, case.run) for layer in model.layers}
    expected = {
        f"{name}/{layer.name}"
        for name, model in case.agents.items()
        for layer in model.layers
        if id(layer) in own and layer.trainable_variables
    }
    assert case.changed == expected & weighted(step, "alice", "bob", "pk_generator")
    assert {name.split("/")[0] for name in case.changed} >= {"alice", "bob"}
    assert case.changed_by_eve == weighted(step, "eve")


def test_a_steps_figures_are_finite_and_its_stego_images_are_images(case: Case) -> None:
    assert all(math.isfinite(value) for value in case.scalars.values()), case.scalars
    assert case.scalars["gradient_norm"] > 0 and case.scalars["eve_gradient_norm"] > 0
    assert ("wrong_key" in case.scalars) == case.step.method.masked
    assert case.stego.shape == case.cover.shape and np.any(case.stego != case.cover)
    assert case.stego.min() >= 0 and case.stego.max() <= 1


def test_a_float32_copy_answers_alike(case: Case) -> None:
    copy = float32_copy(case.agents, case.run)
    theirs, ours = weights_of(case.agents), weights_of(copy)
    assert theirs.keys() == ours.keys()
    assert all(np.array_equal(theirs[name], ours[name]) for name in theirs)
    image = case.cover[:1]
    np.testing.assert_array_equal(copy.eve(image), case.agents.eve(image))


#: These have all the agents.
whole = pytest.mark.parametrize(
    "case",
    [each for each in CASES if each[1] == "asymmetric"],
    ids=[each[0] for each in CASES if each[1] == "asymmetric"],
    indirect=True,
)


@pytest.fixture(scope="module")
def bundle(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("bundles") / "bundle"
    save_bundle(folder, case.agents, case.run, {"steps": 1})
    return folder


@whole
def test_a_bundle_comes_back_with_the_same_answers(case: Case, bundle: Path) -> None:
    agents, run = load_bundle(bundle)
    assert run == case.run
    key = inputs_of({"key": (*run.agents.key_shape(SIDE, SIDE), 1)})["key"]
    for image in (case.cover[:1], case.stego[:1]):
        expected = case.agents.decode(image, key, key)
        np.testing.assert_array_equal(agents.decode(image, key, key), expected)
        np.testing.assert_array_equal(agents.eve(image), case.agents.eve(image))
    np.testing.assert_array_equal(agents.mask(key), case.agents.mask(key))


@whole
def test_its_signatures_answer_on_litert_as_in_keras(case: Case, bundle: Path) -> None:
    runner = LiteRunner(open_model(bundle), threads=1)
    signatures = case.step.method.signatures(case.agents, case.run, TILE)
    assert signatures["alice"].keys() >= {"hide"} and signatures["bob"].keys() >= {"read"}
    assert ("pk_generator" in signatures) == case.run.agents.asymmetric
    for agent, functions in signatures.items():
        for name, (shapes, model) in functions.items():
            inputs = inputs_of(shapes)
            found, expected = runner.answer(agent, name, inputs), asked(model, inputs)
            assert found.shape == expected.shape
            # some value is another: weights that were lost would give a constant
            assert expected.std() > 0
            np.testing.assert_allclose(found, expected, atol=1e-4, err_msg=f"{agent} {name}")

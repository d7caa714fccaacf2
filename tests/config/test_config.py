"""Configurations: validated, described, and the same after JSON."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.channel.settings import ChannelConfig
from keystego_tf.config import (
    AgentsConfig,
    DataConfig,
    LossConfig,
    RunConfig,
    TrainingConfig,
    crops_text,
)
from keystego_tf.methods import DEFAULT, METHODS, load_run, run_config

SECTIONS: tuple[Any, ...] = (AgentsConfig, LossConfig, ChannelConfig, TrainingConfig, DataConfig)
FIELDS = [(section, spec) for section in SECTIONS for spec in dataclasses.fields(section)]
positive = st.integers(1, 500)
weight = st.floats(0, 1e3)
#: Fields beside those with choices and the booleans, which are drawn by what they say themselves.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "filters": positive,
    "residual_scale": st.floats(0.01, 1),
    "bits_per_pixel": st.sampled_from([0.0625, 0.5]),
    "mse_weight": weight,
    "message_weight": weight,
    "image_weight": st.floats(1, 1e4),
    "initial_image_weight": st.floats(1e-3, 1),
    "image_weight_ramp": st.floats(0, 1),
    "blur": st.floats(0, 10),
    "noise": st.floats(0, 64),
    "dropout": st.floats(0, 0.99),
    "jpeg": st.integers(0, 100),
    "steps": positive,
    "learning_rate": st.floats(1e-6, 1),
    "beta_1": st.floats(0, 0.999),
    "seed": st.integers(0, 2**31),
    "crops": st.sampled_from([((1.0, 32, 4),), ((0.25, 16, 8), (0.75, 64, 2))]),
}


def runs() -> st.SearchStrategy[RunConfig]:
    values = dict(VALUES)
    for _, spec in FIELDS:
        if spec.metadata["choices"]:
            values[spec.name] = st.sampled_from(spec.metadata["choices"])
        elif isinstance(spec.default, bool):
            values[spec.name] = st.booleans()
    return st.fixed_dictionaries({}, optional=values).map(lambda drawn: run_config(**drawn))


@settings(deadline=None, max_examples=50)
@given(runs())
def test_a_run_is_the_same_after_json(run: RunConfig) -> None:
    values = json.loads(run.to_json())
    again = RunConfig.from_dict(values, METHODS[run.method].settings, ChannelConfig)
    assert again == run
    assert hash(again) == hash(run), "lists have become tuples again"


def test_json_is_for_people_too() -> None:
    text = run_config(crops=((1.0, 32, 8),)).to_json()
    assert text.endswith("}\n") and '\n  "loss": {' in text
    values = json.loads(text)
    assert values["method"] == DEFAULT and values["training"]["crops"] == [[1.0, 32, 8]]


@pytest.mark.parametrize(
    "name, value, rule",
    [
        ("scheme", "both", "'both', but must be one of symmetric, asymmetric"),
        ("bits_per_pixel", 0.06, "0.06, but must be one of 0.0625, 0.5"),
        ("bits_per_pixel", 0.0, r"0.0, but must be in \[1/1024, 1\]"),
        ("channels", 2, "2, but must be one of 1, 3"),
        ("filters", 0, "0, but must be above 0"),
        ("filters", 2.5, "2.5, but must be of type int"),
        ("filters", True, "True, but must be of type int"),
        ("spectral_norm", 1, "1, but must be of type bool"),
        ("mse_weight", "much", "'much', but must be of type float"),
        ("residual_scale", 1.5, r"1.5, but must be in \(0, 1\]"),
        ("message_weight", -0.5, "-0.5, but must not be negative"),
        ("initial_image_weight", 2000.0, r"2000.0, but must be in \(0, 1000.0\]"),
        ("image_weight_ramp", 1.01, r"1.01, but must be in \[0, 1\]"),
        ("message_goal", 0.0, "0.0, but must be in .0, initial_message_goal 0.05."),
        ("jpeg", 101, r"101, but must be in \[0, 100\]"),
        ("noise", -1, r"-1.0, but must be in \[0, 64\]"),
        ("dropout", 1.0, r"1.0, but must be in \[0, "),
        ("steps", 0, "0, but steps or epochs must be above 0"),
        ("learning_rate", 0.0, "0.0, but must be above 0"),
        ("beta_1", 1.0, r"1.0, but must be in \[0, 1\)"),
        ("seed", -1, "-1, but must not be negative"),
        ("seed", 2**32, "4294967296, but must be below 2..32"),
        ("crops", ((0.9, 32, 8), (0.1, 64, 1)), "'0.9:32:8,0.1:64:1', but each batch needs 2"),
        ("crops", ((0.5, 32, 4),), "but the shares must add up to 1"),
        ("crops", ((1.0, 30, 4),), "'1.0:30:4', but each stage must be .*multiple of 4"),
        ("crops", ((1.0, 32),), "but each stage must be"),
        ("right_key_share", 0.0, r"0.0, but must be in \(0, 1\)"),
        ("test_share", 1.0, r"1.0, but must be in \(0, 1\)"),
        ("evaluation_side", 14, "14, but must be a multiple of 4 from 12"),
        ("precision", "int8", "'int8', but must be one of auto"),
    ],
)
def test_errors_name_the_value_and_the_rule(name: str, value: Any, rule: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is .*{rule}"):
        run_config(**{name: value})


def written(**sections: Any) -> str:
    """A run's JSON with some sections replaced; None leaves one out."""
    values = {**json.loads(run_config().to_json()), **sections}
    return json.dumps({name: each for name, each in values.items() if each is not None})


@pytest.mark.parametrize("text, reason", [
    ("{", "is not a run's configuration"),
    ("[1]", "is not a run's configuration"),
    ("[" * 100_000, "is not a run's configuration"),
    (written(agent={}), "section 'agent' is unknown"),
    (written(agents=None), "section 'agents' is missing"),
    (written(method=None), "method is 'None', but must be one of"),
    (written(method="best"), "method is 'best', but must be one of"),
    (written(loss={"mes": 1}), "unknown field 'mes' in LossConfig"),
    (written(loss=3), "is not a run's configuration"),
    (written(settings={"eve_size": 128}), "unknown field 'eve_size' in KeyedSettings"),
    (written(training={"steps": "many"}), "steps is 'many', but must be of type int"),
    (written(agents={"bits_per_pixel": 0.25}), "bits_per_pixel is 0.25, but must be one of"),
])  # fmt: skip
def test_a_file_that_holds_no_run_is_named_with_the_reason(
    text: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=reason) as error:
        load_run(path)
    assert str(path) in str(error.value)


def test_replace_finds_a_field_by_its_name_in_any_section() -> None:
    run = run_config().replace(filters=8, mse_weight=0.25, jpeg=90, steps=10)
    found = (run.settings.filters, run.loss.mse_weight, run.channel.jpeg, run.training.steps)
    assert found == (8, 0.25, 90, 10)
    default = run_config()
    steps = default.training.steps
    assert run.replace(filters=64, mse_weight=50.0, jpeg=0, steps=steps) == default


@pytest.mark.parametrize("name", ["filter", "distorts", "check", "asymmetric", "message_shape"])
def test_replace_refuses_what_is_no_setting(name: str) -> None:
    with pytest.raises(ValueError, match=f"method {DEFAULT} has no setting '{name}'"):
        run_config(**{name: 1})


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match=f"method is 'best', but must be one of {DEFAULT}, "):
        run_config("best")


@pytest.mark.parametrize("method", METHODS)
def test_field_names_are_unique_across_the_sections(method: str) -> None:
    """``replace`` and the command line go by them."""
    sections = run_config(method).sections()
    names = [spec.name for section in sections.values() for spec in dataclasses.fields(section)]
    assert len(names) == len(set(names))
    settings: Any = METHODS[method].settings
    assert {type(section) for section in sections.values()} == {*SECTIONS, settings}


def test_settings_that_methods_share_are_of_one_type() -> None:
    """The command line has one option for a name."""
    types: dict[str, set[type]] = {}
    for method in METHODS.values():
        settings: Any = method.settings
        for spec in dataclasses.fields(settings):
            types.setdefault(spec.name, set()).add(type(spec.default))
    assert {name for name, kinds in types.items() if len(kinds) > 1} == set()


@pytest.mark.parametrize("section, spec", FIELDS, ids=lambda value: getattr(value, "name", ""))
def test_every_field_says_what_it_is(section: type, spec: dataclasses.Field[Any]) -> None:
    text = spec.metadata["help"]
    assert len(text) > 8 and text.endswith("."), f"{section.__name__}.{spec.name}"
    choices = spec.metadata["choices"]
    assert not choices or spec.default in choices


def test_every_weight_of_a_loss_is_called_one() -> None:
    names = {spec.name for spec in dataclasses.fields(LossConfig)}
    assert {"mse_weight", "ssim_weight", "message_weight", "adversary_weight"} <= names
    assert not names & {"mse", "ssim", "message", "adversary"}


@pytest.mark.parametrize(
    "steps, crops, stages",
    [
        (6000, ((0.9, 32, 16), (0.1, 64, 4)), [(5400, 32, 16), (6000, 64, 4)]),
        (7, ((0.5, 32, 2), (0.5, 64, 1)), [(4, 32, 2), (7, 64, 1)]),
        (10, ((0.1, 12, 1),) * 10, [(step, 12, 1) for step in range(1, 11)]),
    ],
)
def test_stages_end_where_their_shares_add_up_to(steps: int, crops: Any, stages: Any) -> None:
    training = TrainingConfig(steps=steps, crops=crops)
    assert training.stages() == stages
    assert training.largest_side == max(side for _, side, _ in crops)
    assert training.largest_batch == max(batch for _, _, batch in crops)


def test_steps_come_from_epochs_where_not_given() -> None:
    training = TrainingConfig(steps=0, epochs=3, crops=((1.0, 32, 64),))
    assert training.resolve_steps(130).steps == 7, "390 covers, the last batch in part"
    stages = TrainingConfig(steps=0, epochs=10, crops=((0.5, 32, 64), (0.5, 128, 4)))
    steps = stages.resolve_steps(680).steps
    assert steps / 2 * 64 + steps / 2 * 4 == 6800, "passes, not batches of the first stage"
    assert TrainingConfig(steps=5, epochs=3).resolve_steps(130).steps == 5


@pytest.mark.parametrize("part", ["blur", "shift", "rotation", "noise", "dropout", "jpeg"])
def test_each_part_of_a_channel_distorts(part: str) -> None:
    assert run_config(**{part: 1 if part == "jpeg" else 0.5}).channel.distorts
    assert not run_config().channel.distorts and run_config().channel.rounding


@pytest.mark.parametrize("bpp", [1 / 64, 0.0625, 0.25, 0.5])
@pytest.mark.parametrize("side", [16, 64])
def test_bits_per_pixel_are_kept(bpp: float, side: int) -> None:
    rows, columns = AgentsConfig(bits_per_pixel=bpp).message_shape(side, 2 * side)
    assert rows * columns == bpp * side * 2 * side


def test_crops_read_as_their_option() -> None:
    assert crops_text(((0.9, 32, 8), (0.1, 64, 4))) == "0.9:32:8,0.1:64:4"


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_setting_is_a_finite_number(value: float) -> None:
    with pytest.raises(ValueError, match=r"image_weight is .*, but must be finite"):
        run_config(DEFAULT, image_weight=value)

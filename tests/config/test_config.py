"""Configurations: validated, described, and the same after JSON."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystego_tf.config.run import (
    PRESETS,
    AgentsConfig,
    ChannelConfig,
    DataConfig,
    LossConfig,
    RunConfig,
    TrainingConfig,
    preset,
)

SECTIONS = (AgentsConfig, LossConfig, ChannelConfig, TrainingConfig, DataConfig)
FIELDS = [(section, spec) for section in SECTIONS for spec in dataclasses.fields(section)]
positive = st.integers(1, 500)
weight = st.floats(0, 1e3)
#: Fields beside those with choices and the booleans, which are drawn by what they say themselves.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "filters": positive,
    "residual_scale": st.floats(0.01, 1),
    "mse": weight,
    "message": weight,
    "image_weight": st.floats(1, 1e4),
    "image_weight_start": st.floats(1e-3, 1),
    "image_weight_ramp": st.floats(0, 1),
    "blur": st.floats(0, 10),
    "noise": st.floats(0, 64),
    "dropout": st.floats(0, 0.99),
    "jpeg": st.integers(0, 100),
    "steps": positive,
    "learning_rate": st.floats(1e-6, 1),
    "seed": st.integers(0, 2**31),
    "crops": st.sampled_from([((1.0, 32, 4),), ((0.25, 16, 8), (0.75, 64, 2))]),
}


def runs() -> st.SearchStrategy[RunConfig]:
    values = dict(VALUES)
    for _, spec in FIELDS:
        if spec.metadata["choices"] and spec.name not in ("eve", "coding"):
            values[spec.name] = st.sampled_from(spec.metadata["choices"])
        elif isinstance(spec.default, bool):
            values[spec.name] = st.booleans()
    return st.fixed_dictionaries({}, optional=values).map(lambda drawn: preset("dense", **drawn))


@settings(deadline=None, max_examples=50)
@given(runs())
def test_a_run_is_the_same_after_json(run: RunConfig) -> None:
    again = RunConfig.from_json(run.to_json())
    assert again == run
    assert hash(again) == hash(run), "lists have become tuples again"


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_the_same_after_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(preset(name).to_json(), encoding="utf-8")
    assert RunConfig.load(path) == preset(name)


def test_the_paper_preset_is_the_papers() -> None:
    """Sections III-B, III-C and IV-A."""
    run = preset("paper")
    assert (run.loss.mse, run.loss.ssim, run.loss.message, run.loss.adversary) == (
        0.5,
        0.5,
        0.03,
        0.1,
    )
    assert (run.loss.message_form, run.loss.adversary_form) == ("l1", "minimax")
    assert not run.loss.masked_target
    assert run.loss.image_weight == 1 and run.loss.image_weight_ramp == 0
    assert (run.agents.alice, run.agents.eve, run.agents.key_path) == ("paper", "dense", "paper")
    assert (run.agents.filters, run.agents.channels, run.agents.eve_size) == (64, 3, 128)
    assert run.agents.message_shape(128, 128) == (32, 32), "1,024 bits"
    assert run.agents.key_shape(128, 128) == (32, 32), "1,024 bits"
    half = preset("paper", bits_per_pixel=0.5).agents
    assert half.message_shape(128, 128) == (128, 64), "8,192 bits"
    assert (run.training.learning_rate, run.training.schedule) == (0.001, "constant")
    assert (run.training.epochs, run.training.crops) == (100, ((1.0, 128, 64),))
    assert run.training.clip_norm == 0 and run.training.train_generator
    assert run.channel == ChannelConfig(rounding=False)
    assert run.preset == "paper"


def test_keyed_is_the_default() -> None:
    run = preset("keyed")
    assert run == RunConfig()
    assert run.loss.masked_target and run.channel.rounding and run.agents.alice == "residual"
    assert not run.channel.distorts and run.agents.coding == "trellis"


def test_dense_is_keyed_without_coding() -> None:
    run = preset("dense")
    assert run.agents == AgentsConfig(coding="none") and run.loss.masked_target


@pytest.mark.parametrize(
    "values, rule",
    [
        ({"noise": 2.0}, "noise is 2.0, but must be 0 with coding trellis.*take preset dense"),
        ({"jpeg": 90}, "jpeg is 90, but must be 0 with coding trellis"),
        ({"rounding": False}, "rounding is False, but must be true with coding trellis"),
        ({"alice": "paper"}, "alice is 'paper', but must be residual with coding trellis"),
        ({"key_path": "paper"}, "key_path is 'paper', but must be wide with coding trellis"),
    ],
)
def test_what_coding_excludes(values: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        preset("keyed", **values)
    assert preset("keyed", coding="none", **values) != preset("keyed")


def test_what_is_learned_in_advance_must_be_learned() -> None:
    with pytest.raises(ValueError, match="masked_target is False, but must be true with coding"):
        preset("keyed", masked_target=False)
    with pytest.raises(ValueError, match="code_steps is 0, but must be above 0 with coding trel"):
        preset("keyed", code_steps=0)
    rule = "mask_steps is 0, but must be above 0 in the asymmetric scheme"
    for name in ("keyed", "dense"):
        with pytest.raises(ValueError, match=rule):
            preset(name, scheme="asymmetric", mask_steps=0)
    preset("keyed", mask_steps=0)
    preset("dense", code_steps=0)
    for free in ({"train_generator": True}, {"key_path": "paper"}, {"masked_target": False}):
        preset("dense", scheme="asymmetric", mask_steps=0, code_steps=0, **free)


@pytest.mark.parametrize(
    "name, value, rule",
    [
        ("scheme", "both", "'both', but must be one of symmetric, asymmetric"),
        ("bits_per_pixel", 0.06, "0.06, but must be one of 0.0625, 0.5"),
        ("channels", 2, "2, but must be one of 1, 3"),
        ("filters", 0, "0, but must be above 0"),
        ("filters", 2.5, "2.5, but must be of type int"),
        ("filters", True, "True, but must be of type int"),
        ("spectral_norm", 1, "1, but must be of type bool"),
        ("mse", "much", "'much', but must be of type float"),
        ("residual_scale", 1.5, r"1.5, but must be in \(0, 1\]"),
        ("eve_size", 30, "30, but must be a multiple of 4"),
        ("message", -0.5, "-0.5, but must not be negative"),
        ("image_weight_start", 2000.0, r"2000.0, but must be in \(0, 1000.0\]"),
        ("image_weight_ramp", 1.01, r"1.01, but must be in \[0, 1\]"),
        ("message_goal", 0.0, "0.0, but must be in .0, message_goal_start 0.05."),
        ("jpeg", 101, r"101, but must be in \[0, 100\]"),
        ("noise", -1, r"-1.0, but must be in \[0, 64\]"),
        ("dropout", 1.0, r"1.0, but must be in \[0, 0.99\]"),
        ("steps", 0, "0, but steps or epochs must be above 0"),
        ("learning_rate", 0.0, "0.0, but must be above 0"),
        ("seed", -1, "-1, but must not be negative"),
        ("crops", ((0.5, 32, 4),), "but the shares must add up to 1"),
        ("crops", ((1.0, 30, 4),), "'1.0:30:4', but each stage must be .*multiple of 4"),
        ("crops", ((1.0, 32),), "but each stage must be"),
        ("right_share", 0.0, r"0.0, but must be in \(0, 1\]"),
        ("test_share", 1.0, r"1.0, but must be in \(0, 1\)"),
        ("evaluation_side", 14, "14, but must be a multiple of 4 from 12"),
        ("precision", "int8", "'int8', but must be one of auto"),
    ],
)
def test_errors_name_the_value_and_the_rule(name: str, value: Any, rule: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is .*{rule}"):
        preset("keyed", **{name: value})


def test_a_dense_eve_takes_one_size_only() -> None:
    with pytest.raises(ValueError, match=r"crops is .*dense Eve takes eve_size 128 only"):
        preset("paper", crops=((1.0, 64, 8),))
    assert preset("paper", crops=((1.0, 64, 8),), eve_size=64).agents.eve_size == 64


@pytest.mark.parametrize("text, reason", [
    ("{", "is not a run's configuration"),
    ("[1]", "is not a run's configuration"),
    ('{"agent": {}}', "unknown field 'agent' in RunConfig"),
    ('{"loss": {"mes": 1}}', "unknown field 'mes' in LossConfig"),
    ('{"loss": 3}', "is not a run's configuration"),
    ('{"training": {"steps": "many"}}', "steps is 'many', but must be of type int"),
])  # fmt: skip
def test_a_file_that_holds_no_run_is_named_with_the_reason(
    text: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=reason) as error:
        RunConfig.load(path)
    assert str(path) in str(error.value)


def test_replace_finds_a_field_by_its_name_in_any_section() -> None:
    run = preset("dense").replace(filters=8, mse=0.25, jpeg=90, steps=10)
    assert (run.agents.filters, run.loss.mse, run.channel.jpeg, run.training.steps) == (
        8,
        0.25,
        90,
        10,
    )
    default = preset("dense").training.steps
    assert run.replace(filters=64, mse=50.0, jpeg=0, steps=default) == preset("dense")


@pytest.mark.parametrize("name", ["filter", "distorts", "check", "asymmetric", "message_shape"])
def test_replace_refuses_what_is_no_field(name: str) -> None:
    with pytest.raises(ValueError, match=f"unknown field '{name}'"):
        preset("keyed").replace(**{name: 1})


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(
        ValueError, match="preset is 'best', but must be one of keyed, dense, paper"
    ):
        preset("best")


def test_field_names_are_unique_across_the_sections() -> None:
    names = [spec.name for _, spec in FIELDS]
    assert len(names) == len(set(names))
    assert {type(section) for section in preset("keyed").sections().values()} == set(SECTIONS)


@pytest.mark.parametrize("section, spec", FIELDS, ids=lambda value: getattr(value, "name", ""))
def test_every_field_says_what_it_is(section: type, spec: dataclasses.Field[Any]) -> None:
    text = spec.metadata["help"]
    assert len(text) > 8 and text.endswith("."), f"{section.__name__}.{spec.name}"
    choices = spec.metadata["choices"]
    assert not choices or spec.default in choices


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
    assert training.resolve_steps(130).steps == 9, "three batches hold 130 covers, the last in part"
    assert TrainingConfig(steps=5, epochs=3).resolve_steps(130).steps == 5


@pytest.mark.parametrize("part", ["blur", "shift", "rotation", "noise", "dropout", "jpeg"])
def test_each_part_of_a_channel_distorts(part: str) -> None:
    assert ChannelConfig(**{part: 1 if part == "jpeg" else 0.5}).distorts
    assert not ChannelConfig(rounding=True).distorts


@pytest.mark.parametrize("bpp, side", [(0.0625, 4), (0.0625, 64), (0.5, 4), (0.5, 64)])
def test_bits_per_pixel_are_kept(bpp: float, side: int) -> None:
    rows, columns = AgentsConfig(bits_per_pixel=bpp).message_shape(side, 2 * side)
    assert rows * columns == bpp * side * 2 * side


def test_json_is_for_people_too() -> None:
    text = preset("keyed", crops=((1.0, 32, 8),)).to_json()
    assert text.endswith("}\n") and '\n  "loss": {' in text
    assert json.loads(text)["training"]["crops"] == [[1.0, 32, 8]]

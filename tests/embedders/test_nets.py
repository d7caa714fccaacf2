"""Efforts: Bob reads every bit, samples change by one, and fewer of them than Alice alone needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from stub import Stub, stub_model

from keystego_tf.bundles.catalogue import TILE, Model, bundled
from keystego_tf.bundles.runner import LiteRunner
from keystego_tf.codec.embedding import DEFAULT_EFFORT, EFFORTS, effort_for, embed_tile, paint
from keystego_tf.config.run import AgentsConfig

MODELS = bundled()


def covers() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    shape = (TILE, TILE, 3)
    return {
        "noise": np.clip(rng.normal(128, 20, shape), 0, 255).astype(np.uint8),
        "black": np.zeros(shape, np.uint8),
        "white": np.full(shape, 255, np.uint8),
        "two colours": (255 * rng.integers(0, 2, shape)).astype(np.uint8),
    }


def letters(runner: LiteRunner, seed: int = 0) -> tuple[Any, Any]:
    """A message and a mask."""
    rng = np.random.default_rng(seed)
    message, key = (
        rng.integers(0, 2, int(np.prod(shape)), dtype=np.uint8)
        for shape in (runner.message_shape, runner.key_shape)
    )
    return message, runner.mask(key)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_bob_reads_every_bit_of_any_cover(model: Model) -> None:
    runner = LiteRunner(model)
    message, mask = letters(runner)
    for name, cover in covers().items():
        for effort in (1, 2, 3) if name == "noise" else (DEFAULT_EFFORT,):
            stego = embed_tile(runner, cover, message, mask, effort)
            read = runner.read_under(stego, mask) > 0.5
            np.testing.assert_array_equal(read, message > 0, err_msg=f"{name}, effort {effort}")
            assert np.abs(stego.astype(int) - cover).max() == 1
            assert stego.dtype == np.uint8


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_search_changes_less_than_alice(model: Model) -> None:
    runner, cover = LiteRunner(model), covers()["noise"]
    message, mask = letters(runner)
    changed = [
        np.mean(embed_tile(runner, cover, message, mask, effort) != cover) for effort in EFFORTS
    ]
    assert changed[1] == min(changed) < 0.5 * changed[0]
    assert max(changed[2:]) < 0.7 * changed[0]


def test_neighbouring_changes_go_the_same_way() -> None:
    (model,) = (each for each in MODELS if each.name == "symmetric-0.5")
    runner, cover = LiteRunner(model), covers()["noise"]
    message, mask = letters(runner)
    together = {}
    for effort in (2, 3):
        rng = np.random.default_rng(4)
        stego = embed_tile(runner, cover, message, mask, effort, rng=rng)
        step = stego.astype(int) - cover
        pairs = np.concatenate(
            [(step[1:] * step[:-1]).ravel(), (step[:, 1:] * step[:, :-1]).ravel()]
        )
        together[effort] = np.sum(pairs == 1), np.sum(pairs == -1)
    same, other = together[3]
    assert same > 3 * other and same > 2 * sum(together[2])
    assert 0.3 < together[2][0] / sum(together[2]) < 0.7, "else chance decides"


def test_bits_that_nobody_needs_cost_nothing() -> None:
    runner, cover = LiteRunner(MODELS[0]), covers()["noise"]
    message, mask = letters(runner)
    needed = np.zeros(message.size, bool)
    assert np.array_equal(embed_tile(runner, cover, message, mask, 2, needed), cover)
    needed[::4] = True
    stego = embed_tile(runner, cover, message, mask, 2, needed)
    np.testing.assert_array_equal((runner.read_under(stego, mask) > 0.5)[::4], message[::4] > 0)
    full = embed_tile(runner, cover, message, mask, 2)
    assert np.sum(stego != cover) < 0.7 * np.sum(full != cover)


def test_the_same_generator_gives_the_same_tile() -> None:
    runner, cover = LiteRunner(MODELS[0]), covers()["noise"]
    message, mask = letters(runner)
    one, same, other = (
        embed_tile(runner, cover, message, mask, 2, rng=np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert np.array_equal(one != cover, other != cover), "chance decides the way, not the place"


def test_changes_fall_where_texture_hides_them() -> None:
    runner = LiteRunner(MODELS[0])
    rng = np.random.default_rng(1)
    cover = np.full((TILE, TILE, 3), 120, np.uint8)
    cover[: TILE // 2] = np.clip(rng.normal(128, 25, (TILE // 2, TILE, 3)), 0, 255)
    message, mask = letters(runner)
    fewest, hidden = (
        (embed_tile(runner, cover, message, mask, effort) != cover) for effort in (1, 2)
    )
    assert hidden[: TILE // 2].sum() > 0.99 * hidden.sum()
    assert 0.4 < fewest[: TILE // 2].sum() / fewest.sum() < 0.6
    assert fewest.sum() < hidden.sum(), "what it costs to keep to one half"


def test_efforts_of_a_model() -> None:
    coded, dense = AgentsConfig(), AgentsConfig(coding="none")
    assert effort_for(coded, None) == DEFAULT_EFFORT and effort_for(dense, None) == 0
    assert [effort_for(coded, effort) for effort in EFFORTS] == [*EFFORTS]
    assert effort_for(dense, 0) == 0
    with pytest.raises(ValueError, match="effort is 1, but must be 0 with a model that has no cod"):
        effort_for(dense, 1)
    for wrong in (-1, 4, "2"):
        with pytest.raises(ValueError, match=f"effort is {wrong!r}, but must be one of 0, 1, 2, 3"):
            effort_for(coded, wrong)  # type: ignore[arg-type]


class Coats(Stub):
    """Puts the upper half of a message down from the second coat on only."""

    def hide(self, cover_u8: Any, message: Any, mask: Any) -> Any:
        stego = super().hide(cover_u8, message, mask)
        plane, before = stego[..., 0].reshape(-1), cover_u8[..., 0].reshape(-1)
        first = cover_u8[0, 0, 1] == 0
        if first:
            plane[: message.size // 2] = before[: message.size // 2]
        painted = stego.copy()
        painted[..., 0] = plane.reshape(TILE, TILE)
        painted[..., 1] += 1  # counts coats, pixel by pixel
        return painted


def test_a_tile_is_painted_over_where_bob_misses_bits() -> None:
    runner, rng = Coats(stub_model()), np.random.default_rng(3)
    cover = np.full((TILE, TILE, 3), 128, np.uint8)
    cover[..., 1] = 0
    message, mask = (rng.integers(0, 2, 1024, dtype=np.uint8) for _ in range(2))
    once = runner.hide(cover, message, mask)
    assert ((runner.read_under(once, mask) > 0.5) != message).any()
    # key rows 0 to 15 hold the missed bits, 16 is next to them; 4 pixels a key row
    again = paint(runner, cover, message, mask, 0.7)
    np.testing.assert_array_equal(again[17 * 4 :], once[17 * 4 :], strict=True)
    assert (again[: 15 * 4, :, 1] > 1).any()
    # so many bits may be missed: then one coat does
    np.testing.assert_array_equal(paint(runner, cover, message, mask, 0.7, 0.6), once)

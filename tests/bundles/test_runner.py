"""LiteRT and Keras give the same bits, on bundled models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keystego_tf.bundles.bundles import load_bundle
from keystego_tf.bundles.catalogue import TILE, Model, bundled
from keystego_tf.bundles.runner import LiteRunner, Runner, lite_runner
from keystego_tf.data.synthetic import SyntheticCovers
from keystego_tf.methods import method_of

#: Bits as near to 0.5 as this may fall on either side.
TOLERANCE = 1e-3


class KerasRunner(Runner):
    """Runs a bundle's Keras models."""

    def __init__(self, model: Model) -> None:
        super().__init__(model.agents)
        agents, run = load_bundle(model.folder)
        self._answers = method_of(run).signatures(agents, run, TILE)

    def answer(self, agent: str, signature: str, inputs: dict[str, Any]) -> Any:
        order, model = self._answers[agent][signature]
        given = [inputs[name] for name in order]
        return np.asarray(model(given if len(given) > 1 else given[0], training=False))


@pytest.fixture(scope="module", params=bundled(), ids=lambda model: model.name)
def runners(request: pytest.FixtureRequest) -> tuple[LiteRunner, KerasRunner]:
    model: Model = request.param
    return lite_runner(model), KerasRunner(model)


def chance_bits(runner: Runner, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    key, message = (
        rng.integers(0, 2, int(np.prod(shape)), dtype=np.uint8)
        for shape in (runner.key_shape, runner.message_shape)
    )
    return key, message


def cover_of(runner: Runner, seed: int) -> np.ndarray:
    return SyntheticCovers(runner.agents.channels, TILE, seed, count=1).image(0)


@pytest.mark.parametrize("seed", range(2))
def test_both_runners_agree(runners: tuple[LiteRunner, KerasRunner], seed: int) -> None:
    lite, slow = runners
    cover = cover_of(lite, seed)
    key, message = chance_bits(lite, seed)
    mask = lite.mask(key)
    np.testing.assert_array_equal(mask, slow.mask(key), strict=True)
    stego, other = (each.hide(cover, message, mask) for each in runners)
    # rounding may go either way where a sample is half-way
    assert np.abs(stego.astype(int) - other).max() <= 1 and np.mean(stego != other) < 1e-3
    for read in ("read", "read_under"):
        given = (key, mask) if read == "read" else (mask,)
        found, expected = (getattr(each, read)(stego, *given) for each in runners)
        assert found.dtype == np.float32 and found.shape == message.shape
        np.testing.assert_allclose(found, expected, atol=TOLERANCE)
        sure = np.abs(expected - 0.5) > TOLERANCE
        np.testing.assert_array_equal((found > 0.5)[sure], (expected > 0.5)[sure])
        assert np.mean((found > 0.5) == message) > 0.85, "chance is 0.5"


def test_a_runner_repeats_itself(runners: tuple[LiteRunner, KerasRunner]) -> None:
    lite, _ = runners
    cover = cover_of(lite, 9)
    key, message = chance_bits(lite, 9)
    again = LiteRunner(next(m for m in bundled() if m.agents == lite.agents), threads=1)
    stego = lite.hide(cover, message, lite.mask(key))
    first = lite.read(stego, key, lite.mask(key))
    np.testing.assert_array_equal(first, lite.read(stego, key, lite.mask(key)), strict=True)
    single = again.read(stego, key, again.mask(key))
    np.testing.assert_allclose(single, first, atol=TOLERANCE)


def test_the_asymmetric_bob_needs_the_public_key() -> None:
    runner = lite_runner(next(model for model in bundled() if model.agents.asymmetric))
    with pytest.raises(ValueError, match="public_key is None, but the asymmetric Bob needs one"):
        runner.read(np.zeros((TILE, TILE, 3), np.uint8), np.zeros(1024, np.uint8))


def test_a_runner_is_shared_within_a_process() -> None:
    first, again = bundled()[0], bundled()[0]
    assert first is not again and lite_runner(first) is lite_runner(again)

"""What is learned on keys and bits alone: exact, fixed afterwards, and the same every time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tiny import tiny_run

from keystego_tf.backend import keras
from keystego_tf.bundles.bundles import weights_of
from keystego_tf.config.run import AgentsConfig
from keystego_tf.embedders.syndrome.trellis import Code
from keystego_tf.methods.agents import Agents, build_agents
from keystego_tf.methods.agents.pk_generator import calibrate
from keystego_tf.training import rehearsal
from keystego_tf.training.rehearsal import teach_code, teach_mask

#: As many steps as by default: the moving statistics take them.
STEPS, SIDE = 400, 32

#: Smaller maps than by default, and more filters than elsewhere: with 8 some runs stop short.
MAP_SIDE, FILTERS = 16, 16


def built(**values: Any) -> tuple[Agents, AgentsConfig]:
    keras.utils.set_random_seed(0)
    config = tiny_run(filters=FILTERS, key_filters=8, **values).agents
    return build_agents(config), config


@pytest.fixture(autouse=True)
def _small_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "SIDE", MAP_SIDE)


def drawn(config: AgentsConfig, seed: int = 1) -> tuple[Any, Any, Any]:
    """Covers, uint8 [3, H, W, C], messages and key maps of -1 and +1."""
    rng = np.random.default_rng(seed)
    covers = rng.integers(0, 256, (3, SIDE, SIDE, config.channels), dtype=np.uint8)
    covers[0], covers[1, :, ::2] = 0, 255
    shapes = config.message_shape(SIDE, SIDE), config.key_shape(SIDE, SIDE)
    message, key = (rng.choice([-1, 1], (3, *shape, 1)).astype(np.float32) for shape in shapes)
    return covers, message, key


def repeated(key: Any, message: Any) -> Any:
    """Each key bit for the block of message bits that it masks."""
    rows, columns = (message.shape[axis] // key.shape[axis] for axis in (1, 2))
    return np.kron(key, np.ones((1, rows, columns, 1)))


def carried(config: AgentsConfig, images_u8: Any) -> Any:
    """-1 and +1 of what images carry, as the layer has them: +1 for an even sum."""
    code = Code(config.channels, config.bits_per_pixel)
    return np.stack([1.0 - 2.0 * code.syndrome(each) for each in images_u8])[..., None]


@pytest.mark.parametrize("kind", [(3, 0.0625), (1, 0.5)])
def test_code_is_read_and_written_without_an_error(kind: tuple[int, float]) -> None:
    agents, config = built(channels=kind[0], bits_per_pixel=kind[1])
    assert teach_code(agents, config, STEPS, seed=0) == (1, 1)
    covers, message, key = drawn(config)
    cover_01 = covers.astype(np.float32) / 255
    mask = repeated(key, message)
    read = agents.bob([cover_01, key]).numpy()
    np.testing.assert_array_equal(read > 0.5, carried(config, covers) * mask > 0)
    turn = keras.Model(agents.alice.inputs, agents.alice.get_layer("turn").output)
    turned = turn([cover_01, message, key]).numpy()
    np.testing.assert_array_equal(turned > 0.5, carried(config, covers) * mask != message)
    # Both together: what Alice paints, rounded, gives Bob the message.
    stego = np.rint(255 * agents.alice([cover_01, message, key]).numpy()).astype(np.uint8)
    assert np.abs(stego.astype(int) - covers).max() == 1
    np.testing.assert_array_equal(carried(config, stego) * mask, message)
    read = agents.bob([stego.astype(np.float32) / 255, key]).numpy()
    np.testing.assert_array_equal(read > 0.5, message > 0)


def test_a_mask_that_bob_works_out_is_lifted_off_the_code() -> None:
    """In the asymmetric scheme he is sure of a mask bit to some degree only."""
    agents, config = built(scheme="asymmetric")
    before = weights_of(agents)
    teach_code(agents, config, STEPS, seed=0)
    covers, _, mask = drawn(config)
    bob = agents.bob
    inside = [bob.get_layer(name).output for name in ("carried", "mask")]
    read = keras.Model(inside, bob.get_layer("message_logits").output)
    for sure in (1.0, 0.9):
        logits = read([carried(config, covers), sure * mask]).numpy()
        np.testing.assert_array_equal(logits > 0, carried(config, covers) * mask > 0)
    after = weights_of(agents)
    moved = {name.rsplit("/", 2)[-2] for name in after if np.any(after[name] != before[name])}
    assert moved and not any(name.startswith(("mask", "way")) for name in moved)


@pytest.mark.parametrize(("scheme", "steps"), [("symmetric", 0), ("asymmetric", 2)])
def test_what_is_learned_is_fixed_then(scheme: str, steps: int) -> None:
    agents, config = built(scheme=scheme)
    before = weights_of(agents)
    teach_code(agents, config, steps, seed=0)
    of_bob, of_alice = (
        {layer.name for layer in agent.layers if layer.trainable_variables}
        for agent in (agents.bob, agents.alice)
    )
    assert of_alice == {"way_1_conv", "way_1_bn", "way_2_conv", "way_2_bn", "way_conv"}
    # Bob's reading of a mask is not of the code: it is learned before, or with the generator.
    masks = {layer.name for layer in agents.bob.layers if layer.name.startswith("mask_")}
    assert of_bob == {name for name in masks if name.endswith(("_conv", "_bn"))}
    assert bool(of_bob) == (scheme == "asymmetric")
    kept = all(np.array_equal(value, before[name]) for name, value in weights_of(agents).items())
    assert kept == (steps == 0), "a run that goes on has it from its checkpoint"


def test_what_is_not_learned_is_counted() -> None:
    """An untaught Bob or Alice gets about half of the bits right: the shares are of new ones."""
    agents, config = built()
    shares = teach_code(agents, config, 0, seed=0)
    assert all(0.2 < share < 0.8 for share in shares)


def test_the_seed_decides_what_is_learned_and_progress_counts_it() -> None:
    found, seen = [], []

    def progress(steps: range, name: str) -> range:
        seen.append((steps, name))
        return steps

    for seed in (1, 1, 2):
        agents, config = built()
        teach_code(agents, config, 3, seed, progress)
        found.append(weights_of(agents))
    once = [(range(3), "Bob learns the code"), (range(3), "Alice learns the code")]
    assert seen == once * 3
    one, same, other = found
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not all(np.array_equal(one[name], other[name]) for name in one)


def test_bob_learns_the_public_key() -> None:
    agents, _ = built(scheme="asymmetric")
    calibrate(agents.pk_generator, SIDE // 4, 0)
    bob = agents.bob
    keys = np.random.default_rng(2).choice([-1.0, 1.0], (2, 16, 32, 32, 1)).astype(np.float32)
    target, stranger = (agents.mask(each).numpy() for each in keys)
    inputs = [each for each in bob.inputs if "key" in each.name]
    reading = keras.Model(inputs, bob.get_layer("mask_logits").output)

    def right(given: Any) -> float:
        return float(np.mean((reading([keys[0], given]).numpy() > 0) == (target > 0)))

    assert right(target) < 0.7 and right(stranger) < 0.7
    teach_mask(agents, 200, 0)
    # Given a stranger's public key he gives that of his own secret key all the same.
    assert right(target) > 0.9 and right(stranger) > 0.9
    fixed = {layer.name for layer in bob.layers if layer.weights and not layer.trainable_variables}
    assert fixed == {layer.name for layer in bob.layers if "mask" in layer.name and layer.weights}

"""The lattice agents: the key as phase, NumPy's twin, and that they learn to be read after JPEG."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from steps import build_step
from tiny import tiny_run

from keystego_tf.backend import keras, tf
from keystego_tf.bundles.bundles import save_bundle, load_weights, weights_of
from keystego_tf.channel.jpeg import real as as_jpeg
from keystego_tf.data.batches import build_dataset
from keystego_tf.data.covers import open_covers
from keystego_tf.methods import build, run_config
from keystego_tf.methods.lattice import offsets
from keystego_tf.methods.lattice.layers import low_frequencies
from keystego_tf.methods.lattice.plain import PlainLattice

ROWS = 6


def keys(count: int, rows: int = 2 * ROWS, seed: int = 3) -> Any:
    rng = np.random.default_rng(seed)
    return rng.choice([-1, 1], (count, rows, rows, 1)).astype(np.float32)


def photo_u8(channels: int = 3, seed: int = 0) -> Any:
    """Smooth, with a black and a white corner."""
    rng = np.random.default_rng(seed)
    image = np.cumsum(rng.normal(0, 4, (8 * ROWS, 8 * ROWS, channels)), axis=1) + 128
    image[:12, :12], image[-12:, -12:] = 0, 255
    return np.clip(image, 0, 255).astype(np.uint8)


# --- The key. -----------------------------------------------------------------------------------


def block(key: bytes, counter: int, nonce: tuple[int, ...]) -> bytes:
    start = struct.pack("<4i", counter, *nonce)
    return Cipher(ChaCha20(key, start), mode=None).encryptor().update(bytes(64))


@pytest.mark.parametrize("rows", [4, 12, 32])
def test_offsets_are_chacha20s(rows: int) -> None:
    """Against a real cipher; of 144 bits one key is made, of 1,024 four."""
    (key,) = keys(1, rows)
    found = np.asarray(offsets.key_turns(key[None], 24))[0]
    content = np.packbits(key.reshape(-1) > 0, bitorder="little").tobytes()
    content += bytes(-len(content) % 32)
    root = np.zeros(32, np.uint8)
    for number in range(len(content) // 32):
        folded = block(content[32 * number :][:32], number, offsets.FOLD)
        root ^= np.frombuffer(folded[:32], np.uint8)
    for place in range((rows // 2) ** 2):
        expected = np.frombuffer(block(root.tobytes(), place, offsets.OFFSETS), np.uint8)[:24]
        np.testing.assert_array_equal(256 * found[divmod(place, rows // 2)], expected)


def test_one_bit_of_the_key_changes_the_offsets_of_every_block() -> None:
    key = keys(1, 32)
    other = key.copy()
    other[0, 31, 31] *= -1
    one, two = (256 * np.asarray(offsets.key_turns(each, 16)) for each in (key, other))
    assert np.mean(one == two) < 0.02
    assert np.all(np.mean(one == two, axis=-1) < 0.5), "of each block"


def test_payload_bytes_and_key_maps_have_one_interface() -> None:
    drawn = np.random.default_rng(0).integers(0, 256, (3, 5, 64), np.uint8)
    turns = offsets.turns(drawn, 16)
    assert turns.shape == (1, 3, 5, 16) and turns.dtype == np.float32
    np.testing.assert_array_equal(256 * turns[0], drawn[..., :16])
    random = offsets.random_turns(tf.zeros([2, 24, 40, 3]), 16, [1, 2])
    assert random.shape == (2, 3, 5, 16)
    assert np.all(256 * random.numpy() % 1 == 0) and 0 <= np.min(random) <= np.max(random) < 1


# --- The nets. ----------------------------------------------------------------------------------


def test_filters_begin_with_the_low_frequencies_of_a_block() -> None:
    waves = low_frequencies(12)
    np.testing.assert_allclose(waves @ waves.T, np.eye(12), atol=1e-6)
    np.testing.assert_allclose(waves.sum(axis=1), 0, atol=1e-5)
    spectrum = [np.abs(np.fft.fft2(wave.reshape(8, 8), (16, 16)))[:8, :8] for wave in waves]
    found = [np.unravel_index(np.argmax(each), each.shape) for each in spectrum]
    assert found[:5] == [(0, 1), (1, 0), (2, 0), (1, 1), (0, 2)]


CASES = {
    "colour": {"bits_per_pixel": 0.015625},
    "gray": {"bits_per_pixel": 0.0625, "channels": 1},
    "plain": {"bits_per_pixel": 0.0625, "sees_distance": False, "sees_room": False},
    "context": {"bits_per_pixel": 0.015625, "context": 3, "lattice_start": "random"},
}


@pytest.mark.parametrize("case", CASES)
def test_numpy_hides_and_reads_as_keras_does(case: str) -> None:
    keras.utils.set_random_seed(1)
    run = tiny_run("lattice", **CASES[case])
    agents: Any = build(run)
    for model in (agents.alice, agents.bob):  # what begins at 0 takes part, too
        model.set_weights([each + 0.05 * np.sin(np.arange(each.size)).reshape(each.shape)
                           for each in model.get_weights()])  # fmt: skip
    nets = PlainLattice(weights_of(agents), run.settings)
    image = photo_u8(run.agents.channels)
    rng = np.random.default_rng(2)
    turns = offsets.turns(rng.integers(0, 256, (ROWS, ROWS, 4), np.uint8), 4)
    bits = rng.integers(0, 2, (ROWS, ROWS, nets.bits), np.uint8)
    side = int(nets.bits**0.5)
    message = tf.nn.depth_to_space(2.0 * bits[None] - 1, side) if side > 1 else 2.0 * bits[None] - 1
    strength = np.full((1, 1, 1, 1), 1.3, np.float32)

    stego_01 = agents.alice_at([image[None] / np.float32(255), message, turns, strength])
    stego = nets.hide(image, bits, turns[0], 1.3)
    expected = np.rint(255 * stego_01[0].numpy())
    assert np.mean(stego != expected) < 1e-3 and np.abs(stego - expected).max() <= 1
    assert np.mean(stego != image) > 0.1

    logits = agents.bob_at([stego[None] / np.float32(255), turns, strength])
    if side > 1:
        logits = tf.nn.space_to_depth(logits, side)
    np.testing.assert_allclose(nets.read(stego, turns[0], 1.3), logits[0], atol=2e-3)


def test_the_key_and_its_offsets_are_one(tmp_path: Path) -> None:
    """Alice and Bob with a key are those with its offsets, at strength 1, saved ones too."""
    run = tiny_run("lattice", scheme="asymmetric", bits_per_pixel=0.015625)
    agents: Any = build(run)
    image, secret = photo_u8()[None] / np.float32(255), keys(1)
    public = agents.mask(secret)
    assert np.any(public != secret)
    turns = offsets.key_turns(public, 4)
    message, one = keys(1, ROWS, seed=5), np.ones((1, 1, 1, 1), np.float32)
    stego = agents.alice([image, message, public])
    np.testing.assert_allclose(stego, agents.alice_at([image, message, turns, one]), atol=1e-6)
    logits = agents.bob_at([stego, turns, one])
    found = agents.bob_logits(agents.bob_inputs(stego, secret, public))
    np.testing.assert_allclose(found, logits, atol=1e-5)
    save_bundle(tmp_path, agents, run, {})
    nets = PlainLattice(load_weights(tmp_path), run.settings)
    pixels = np.rint(255 * stego[0].numpy()).astype(np.uint8)
    exact = agents.bob_at([pixels[None] / np.float32(255), turns, one])
    np.testing.assert_allclose(nets.read(pixels, turns[0].numpy()), exact[0], atol=2e-3)


def test_settings_that_do_not_fit_together() -> None:
    for values, rule in (
        ({"crops": ((1.0, 40, 4),)}, "crops is '1.0:40:4', but must have sides that are multiples"),
        ({"evaluation_side": 40}, "evaluation_side is 40, but must be a multiple of 16"),
        ({"precision": "bfloat16"}, "precision is 'bfloat16', but must be float32"),
        ({"lattices": 65}, "lattices is 65, but must be at most 64"),
        ({"lattices": 2, "bits_per_pixel": 0.0625}, "lattices is 2, but must be at least 4"),
        ({"strength_spread": 0.5}, r"strength_spread is 0\.5, but must be in \[1, 4\]"),
        ({"bits_per_pixel": 0.5}, r"bits_per_pixel is 0\.5, but must be one of 0\.015625, 0\.0625"),
    ):
        with pytest.raises(ValueError, match=rule):
            run_config("lattice", **values)


def test_they_learn_to_be_read_after_a_real_jpeg(photos: Path) -> None:
    """A short training through JPEG; untrained nets and a wrong key read half of the bits."""
    run = tiny_run(
        "lattice",
        bits_per_pixel=0.015625,
        crops=((1.0, 32, 8),),
        steps=250,
        hide_width=24,
        recompression=60,
        image_weight=20.0,
        schedule="constant",
        learning_rate=0.004,
    )
    step = build_step(run)
    agents: Any = step.agents

    def right(wrong: bool = False) -> tuple[float, float]:
        nets = PlainLattice(weights_of(agents), run.settings)
        rng, hits, error = np.random.default_rng(1), [], []
        for seed in range(12):
            image = photo_u8(seed=seed)
            bits = rng.integers(0, 2, (ROWS, ROWS, 1), np.uint8)
            turns, others = rng.random((2, ROWS, ROWS, 4), np.float32)
            stego = nets.hide(image, bits, turns)
            arrived = as_jpeg(stego, 75, rng)
            hits.append(np.mean((nets.read(arrived, others if wrong else turns) > 0) == bits))
            error.append(np.mean((stego.astype(float) - image) ** 2))
        return float(np.mean(hits)), 10 * float(np.log10(255**2 / np.mean(error)))

    assert 0.4 < right()[0] < 0.65
    covers = open_covers(str(photos), 3, 32, 0)
    train = tf.function(step.communicate, reduce_retracing=True)
    for batch in build_dataset(covers, run, 0):
        train(batch, tf.constant(False))
    accuracy, psnr = right()
    assert accuracy > 0.9 and psnr > 30, (accuracy, psnr)
    assert 0.4 < right(wrong=True)[0] < 0.6

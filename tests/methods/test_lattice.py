"""The lattice agents: the key as phase, NumPy's twin, and that they learn to be read after JPEG."""

from __future__ import annotations

import io
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from PIL import Image
from steps import build_step
from tiny import tiny_run

from keystego_tf.backend import keras, tf
from keystego_tf.bundles import catalogue
from keystego_tf.bundles.bundles import set_weights, weights_of
from keystego_tf.bundles.catalogue import Model
from keystego_tf.bundles.convert import save_model
from keystego_tf.channel.jpeg import real as as_jpeg
from keystego_tf.channel.platforms import destinations
from keystego_tf.codec.api import hide, reveal
from keystego_tf.data.batches import build_dataset
from keystego_tf.data.covers import open_covers
from keystego_tf.embedders.blocks import BlockEmbedder, settled
from keystego_tf.embedders.embedder import Opening
from keystego_tf.exporting.formats import BARS, to_format
from keystego_tf.methods import build, method_of, run_config
from keystego_tf.methods.lattice import offsets
from keystego_tf.methods.lattice.layers import FINE, kept_frequencies
from keystego_tf.methods.lattice.plain import PlainLattice
from keystego_tf.payload.frame import NothingThere

ROWS = 6


def keys(count: int, rows: int = 2 * ROWS, seed: int = 3) -> Any:
    rng = np.random.default_rng(seed)
    return rng.choice([-1, 1], (count, rows, rows, 1)).astype(np.float32)


def photo_u8(channels: int = 3, seed: int = 0, side: int = 8 * ROWS) -> Any:
    """Smooth, with a black and a white corner."""
    rng = np.random.default_rng(seed)
    image = np.cumsum(rng.normal(0, 4, (side, side, channels)), axis=1) + 128
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


def test_training_draws_offsets_as_keys_have_them() -> None:
    drawn = offsets.random_turns(tf.zeros([2, 24, 40, 3]), 16, [1, 2])
    assert drawn.shape == (2, 3, 5, 16)
    assert np.all(256 * drawn.numpy() % 1 == 0) and 0 <= np.min(drawn) <= np.max(drawn) < 1
    assert np.std(drawn) == pytest.approx(12**-0.5, abs=0.02)


# --- The nets. ----------------------------------------------------------------------------------


def test_filters_begin_with_the_frequencies_that_jpeg_keeps_best() -> None:
    waves = kept_frequencies(12)
    np.testing.assert_allclose(waves @ waves.T, np.eye(12), atol=1e-6)
    np.testing.assert_allclose(waves.sum(axis=1), 0, atol=1e-5)
    spectrum = [np.abs(np.fft.fft2(wave.reshape(8, 8), (16, 16)))[:8, :8] for wave in waves]
    found = [np.unravel_index(np.argmax(each), each.shape) for each in spectrum]
    assert found[:5] == [(0, 2), (0, 1), (1, 0), (1, 1), (2, 1)]


CASES: dict[str, dict[str, Any]] = {
    "colour": {"bits_per_pixel": 0.015625, "lattice_start": "random"},
    "gray": {"bits_per_pixel": 0.0625, "channels": 1},
    "plain": {"bits_per_pixel": 0.0625, "sees_distance": False, "sees_room": False},
}
EVERY = np.arange(ROWS**2)


def as_map(values: Any) -> Any:
    """[blocks, bits] as a message map [1, h, w, 1]."""
    side = math.isqrt(values.shape[-1])
    blocks = np.reshape(values, (ROWS, ROWS, side, side)).transpose(0, 2, 1, 3)
    return blocks.reshape(1, ROWS * side, ROWS * side, 1).astype(np.float32)


@pytest.mark.parametrize("case", CASES)
def test_numpy_hides_and_reads_as_keras_does(case: str) -> None:
    keras.utils.set_random_seed(1)
    run = tiny_run("lattice", **CASES[case])
    agents: Any = build(run)
    for weight in agents.pair.trainable_variables:  # what begins at 0 takes part, too
        weight.assign_add(0.05 * tf.reshape(tf.sin(tf.range(float(tf.size(weight)))), weight.shape))
    nets = PlainLattice("nets", weights_of(agents), run, strength=1.5)
    image = photo_u8(run.agents.channels)
    rng = np.random.default_rng(2)
    phases = rng.integers(0, 256, (ROWS**2, 4)).astype(np.float32) / 256
    wanted = rng.choice([-1, 1], (ROWS**2, nets.bits)).astype(np.int8)
    turns, strength = phases.reshape(1, ROWS, ROWS, 4), np.full((1, 1, 1, 1), 1.5, np.float32)

    given = [image[None] / np.float32(255), as_map(wanted), turns, strength]
    expected = 255 * agents.alice_at(given)[0].numpy()
    stego = nets.write(image, wanted, phases)
    np.testing.assert_allclose(np.clip(stego, 0, 255), expected, atol=2e-3)
    assert np.mean(np.abs(stego - image) > 0.1) > 0.3

    stego_u8 = np.clip(np.rint(stego), 0, 255).astype(np.uint8)
    logits = agents.bob_at([stego_u8[None] / np.float32(255), turns, strength])
    (reading,) = (place for place, each in enumerate(nets.strengths) if each == 1.5)
    read = nets.read(nets.see(stego_u8), phases, EVERY, reading)
    np.testing.assert_allclose(as_map(read), logits, atol=2e-3)


def test_blocks_without_a_bit_stay_as_they_are() -> None:
    run = tiny_run("lattice", bits_per_pixel=0.0625)
    nets = PlainLattice("nets", weights_of(build(run)), run)
    rng = np.random.default_rng(2)
    image = np.pad(photo_u8(), ((0, 5), (0, 3), (0, 0)), mode="edge")
    phases = rng.random((ROWS**2, 4), np.float32)
    wanted = np.zeros((ROWS**2, 4), np.int8)
    wanted[7, 2], wanted[9] = 1, -1
    changed = np.any(nets.write(image, wanted, phases) != image, axis=-1)
    blocks = changed[: 8 * ROWS, : 8 * ROWS].reshape(ROWS, 8, ROWS, 8).any(axis=(1, 3))
    assert np.flatnonzero(blocks).tolist() == [7, 9]
    assert changed.sum() == changed[: 8 * ROWS, : 8 * ROWS].sum()


def test_the_key_and_its_offsets_are_one() -> None:
    """Alice and Bob with a key are those with its offsets, at strength 1, saved ones too."""
    run = tiny_run("lattice", scheme="asymmetric", bits_per_pixel=0.015625)
    agents: Any = build(run)
    image, secret = photo_u8()[None] / np.float32(255), keys(1)
    public = np.asarray(agents.mask(secret))
    assert np.any(public != secret)
    turns = np.asarray(offsets.key_turns(public, 4))
    message, one = keys(1, ROWS, seed=5), np.ones((1, 1, 1, 1), np.float32)
    stego = np.asarray(agents.alice([image, message, public]))
    np.testing.assert_allclose(stego, agents.alice_at([image, message, turns, one]), atol=1e-6)
    logits = agents.bob_at([stego, turns, one])
    found = agents.bob_logits(agents.bob_inputs(stego, secret, public))
    np.testing.assert_allclose(found, logits, atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("start", ["dct", "random"])
def test_alices_changes_begin_as_steps_along_bobs_filters(start: str, channels: int) -> None:
    run = tiny_run("lattice", bits_per_pixel=0.015625, lattice_start=start, channels=channels)
    alice, count = build(run).alice_at, run.settings.lattices
    filters = alice.get_layer("lattices").kernel.numpy() / FINE
    changes = alice.get_layer("stego").kernel.numpy()[:count]
    expected = run.settings.lattice_step * np.eye(count)
    np.testing.assert_allclose(changes @ filters, expected, atol=1e-3)


def test_settings_that_do_not_fit_together() -> None:
    for values, rule in (
        ({"crops": ((1.0, 40, 4),)}, "crops is '1.0:40:4', but must have sides that are multiples"),
        ({"evaluation_side": 40}, "evaluation_side is 40, but must be one of the multiples of 16"),
        ({"precision": "bfloat16"}, "precision is 'bfloat16', but must be float32"),
        ({"lattices": 64}, "lattices is 64, but must be at most 63"),
        ({"lattices": 2, "bits_per_pixel": 0.0625}, "lattices is 2, but must be at least 4"),
        ({"strength_spread": 0.5}, r"strength_spread is 0\.5, but must be in \[1, 4\]"),
        ({"bits_per_pixel": 0.5}, r"bits_per_pixel is 0\.5, but must be one of 0\.015625, 0\.0625"),
    ):
        with pytest.raises(ValueError, match=rule):
            run_config("lattice", **values)


# --- What they learn. ---------------------------------------------------------------------------

RUN = tiny_run(
    "lattice",
    bits_per_pixel=0.015625,
    crops=((1.0, 32, 8),),
    steps=300,
    hide_width=24,
    recompression=60,
    image_weight=20.0,
    schedule="constant",
    learning_rate=0.004,
)


@pytest.fixture(scope="module")
def weights(photos: Path) -> tuple[Any, Any]:
    """Before and after a short training through JPEG."""
    step = build_step(RUN)
    untrained = weights_of(step.agents)
    train = tf.function(step.communicate, reduce_retracing=True)
    for batch in build_dataset(open_covers(str(photos), 3, 32, 0), RUN, 0):
        train(batch, tf.constant(False))
    return untrained, weights_of(step.agents)


def right(weights: Any, wrong: bool = False) -> tuple[float, float]:
    """Share of bits that Bob reads after a real JPEG of quality 75, and PSNR before it."""
    nets = PlainLattice("nets", weights, RUN)
    rng, hits, error = np.random.default_rng(1), [], []
    for seed in range(12):
        image = photo_u8(seed=seed)
        wanted = rng.choice([-1, 1], (ROWS**2, 1)).astype(np.int8)
        phases, others = rng.random((2, ROWS**2, 4), np.float32)
        stego = settled(nets.write(image, wanted, phases), image, nets.filters(3))
        seen = nets.see(as_jpeg(stego, 75, rng))
        read = nets.read(seen, others if wrong else phases, EVERY, nets.readings // 2)
        hits.append(np.mean((read > 0) == (wanted > 0)))
        error.append(np.mean((stego.astype(float) - image) ** 2))
    return float(np.mean(hits)), 10 * float(np.log10(255**2 / np.mean(error)))


def test_they_learn_to_be_read_after_a_real_jpeg(weights: tuple[Any, Any]) -> None:
    """Untrained nets, and trained ones with a wrong key, read half of the bits."""
    untrained, trained = weights
    assert 0.4 < right(untrained)[0] < 0.65
    accuracy, psnr = right(trained)
    assert accuracy > 0.9 and psnr > 30, (accuracy, psnr)
    assert 0.4 < right(trained, wrong=True)[0] < 0.6


def test_the_embedder_reads_what_it_placed(weights: tuple[Any, Any]) -> None:
    """Bits of the payload layer's, in the blocks that it chooses, of an image of odd size."""
    nets = method_of(RUN).modulator("nets", lambda: weights[1], RUN, strength=1.5)
    embedder = BlockEmbedder(nets)
    image = np.tile(photo_u8(), (6, 7, 1))[:283, :330]
    rng = np.random.default_rng(3)
    locator, root, opening = (rng.bytes(count) for count in (32, 32, 16))
    bits = rng.integers(0, 2, 300, np.uint8)
    stego = embedder.embed(image, opening, locator, root, bits)
    found = Opening(opening, nets.readings - 1)
    read = embedder.read(stego, found, locator, root, 0, 300)
    assert np.mean((read > 0.5) == bits) > 0.9
    strange = embedder.read(stego, found, locator, rng.bytes(32), 0, 300)
    assert 0.4 < np.mean((strange > 0.5) == bits) < 0.6


def test_an_exported_bob_reads_as_keras_does(weights: tuple[Any, Any], tmp_path: Path) -> None:
    agents: Any = build(RUN)
    set_weights(agents, weights[1])
    signatures = method_of(RUN).signatures(agents, RUN, 8 * ROWS)
    save_model(tmp_path, signatures["bob"])
    message, key = keys(12, ROWS, seed=5), keys(12)
    covers = np.stack([photo_u8(seed=seed) for seed in range(12)]) / np.float32(255)
    stego = np.rint(255 * np.asarray(agents.alice([covers, message, key]))) / np.float32(255)
    samples = [{"stego": a[None], "secret_key": b[None]} for a, b in zip(stego, key)]
    kept = method_of(RUN).kept_in_float
    content = to_format(tmp_path, "read", "int8", lambda: samples, kept)
    read = Interpreter(model_content=content).get_signature_runner("read")
    found = np.stack([read(**sample)["message"][0] for sample in samples]) > 0.5
    expected = np.asarray(agents.bob([stego, key])) > 0.5
    assert np.mean(expected == (message > 0)) > 0.9
    assert np.mean(found != expected) <= BARS["int8"]


#: A net trained this briefly may also change flat areas, of which hide warns.
IN_FLAT_AREAS = "ignore:changes show in flat areas"


@pytest.fixture
def model(weights: tuple[Any, Any], tmp_path: Path) -> Model:
    """A bundle that hides and reveals by its weights alone: it has no TFLite files."""
    np.savez(tmp_path / "weights.npz", **weights[1])
    (tmp_path / "config.json").write_text(RUN.to_json(), encoding="utf-8")
    (tmp_path / "card.json").write_text("{}", encoding="utf-8")
    return catalogue.open_model(tmp_path)


@pytest.mark.filterwarnings(IN_FLAT_AREAS)
def test_a_bundle_hides_and_reveals(model: Model) -> None:
    image, name = Image.fromarray(photo_u8(side=430)), str(model.folder)
    stego = hide(image, b"Noon", passphrase="x", model=name)
    assert reveal(stego.file, passphrase="x", model=name) == b"Noon"
    with pytest.raises(NothingThere):
        reveal(stego.file, passphrase="y", model=name)


@pytest.mark.filterwarnings(IN_FLAT_AREAS)
def test_a_message_of_a_bundle_arrives_as_jpeg_and_needs_no_hint(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "bundled", lambda pricing=False: [model])
    image = Image.fromarray(photo_u8(side=640))
    stego = hide(image, b"Noon", passphrase="x", model=str(model.folder))
    (signal,) = destinations("signal-75")
    with Image.open(io.BytesIO(stego.file)) as sent:
        arrived = signal.send(sent)
    assert arrived.startswith(b"\xff\xd8")
    assert reveal(arrived, passphrase="x") == b"Noon"

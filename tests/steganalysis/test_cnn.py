"""The convolutional steganalyser: known answers, its statistics, and no photo on both sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from covers import leaves, needs_photos, photos

from keystego_tf.backend import KERAS_3, keras, tf
from keystego_tf.baselines.controls import Sham, Watermark
from keystego_tf.baselines.lsb import LsbMatching
from keystego_tf.steganalysis import cnn, roc, xunet
from keystego_tf.steganalysis.cnn import Schedule
from keystego_tf.steganalysis.high_pass import LIMIT, high_pass_kernels
from keystego_tf.steganalysis.xunet import build_xunet

SHORT = Schedule(steps=60, pairs=8, learning_rate=0.005, interval=20, validation_share=0.2)


def embed(method: Any, covers: np.ndarray) -> np.ndarray:
    return np.stack([method.embed(e, np.random.default_rng(i)) for i, e in enumerate(covers)])


def flat(count: int, side: int = 24) -> np.ndarray:
    """Noise of a 8-bit step around a level of each image's own: the easiest covers."""
    rng = np.random.default_rng(0)
    levels = rng.integers(50, 200, (count, 1, 1, 1))
    return (levels + rng.integers(0, 2, (count, side, side, 1))).astype(np.uint8)


def test_a_watermark_is_seen_in_flat_covers() -> None:
    pytest.importorskip("sklearn", reason="the area under the curve needs scikit-learn")
    covers = flat(40)
    found = cnn.detect(covers, embed(Watermark(), covers), SHORT)
    assert roc.area(found).value == 1
    assert roc.accuracy(found).value > 0.95


def test_lsb_matching_is_learnt_in_flat_covers() -> None:
    covers = flat(40)
    found = cnn.detect(covers, embed(LsbMatching(1.0), covers), SHORT)
    assert roc.accuracy(found).value > 0.9


def test_sham_scores_50_percent() -> None:
    covers = leaves(20, 24)
    found = cnn.detect(covers, embed(Sham(), covers), Schedule(steps=6, pairs=4, interval=3))
    np.testing.assert_array_equal(found.covers, found.stegos)
    estimate = roc.accuracy(found)
    assert estimate.value == 0.5 and estimate.low < 0.5 < estimate.high


@needs_photos
@pytest.mark.slow
def test_lsb_matching_in_every_bit_is_found_in_photos() -> None:
    covers = photos(100, 128, 3)
    schedule = Schedule(steps=250, interval=50, side=64)
    found = cnn.detect(covers, embed(LsbMatching(3.0), covers), schedule)
    assert roc.area(found).low > 0.6


def test_the_front_end_takes_flat_and_sloping_pictures_away() -> None:
    kernels = high_pass_kernels()
    assert kernels.shape == (5, 5, 8)
    np.testing.assert_allclose(kernels.sum(axis=(0, 1)), 0, atol=1e-6)
    np.testing.assert_allclose(np.abs(kernels).max(axis=(0, 1)), 1)
    model = build_xunet(3)
    assert not model.get_layer("high_pass").weights, "nothing there to be trained"
    front = keras.Model(model.input, model.get_layer("high_pass").output)
    image = np.random.default_rng(0).integers(0, 256, (1, 20, 16, 3)).astype(np.float32)
    seen = np.asarray(front(image))  # [1, 20, 16, 3 * 8]
    assert np.abs(seen).max() == LIMIT
    # One sample by a plain sum; a channel's filters lie side by side.
    for channel, filter in ((0, 0), (2, 4), (1, 7)):
        patch = image[0, 7:12, 5:10, channel]
        expected = np.clip((patch * kernels[..., filter]).sum(), -LIMIT, LIMIT)
        assert seen[0, 9, 7, channel * 8 + filter] == pytest.approx(expected, abs=1e-3)


@pytest.mark.skipif(KERAS_3, reason="Keras 3 has no fused batch normalisation")
def test_no_tanh_follows_a_batch_normalisation_in_the_graph() -> None:
    """TF 2.15 would fuse the two on processors with AMX, and then has no kernel for them."""
    model = build_xunet(1)
    call = tf.function(lambda image: model(image, training=False))
    graph = call.get_concrete_function(tf.TensorSpec((1, 16, 16, 1), tf.float32)).graph
    image = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 1)).astype(np.float32)
    np.testing.assert_allclose(call(tf.constant(image)), model(image), atol=1e-4)
    pending = [op for op in graph.get_operations() if op.type.startswith("FusedBatchNorm")]
    assert len(pending) == 5
    while pending:  # through what passes its input on as it is
        consumers = [op for output in pending.pop().outputs for op in output.consumers()]
        assert not {"Tanh", "Sigmoid"} & {op.type for op in consumers}
        pending += [op for op in consumers if op.type == "Identity"]


def test_the_activation_is_tanh() -> None:
    x = tf.linspace(-6.0, 6.0, 101)
    np.testing.assert_allclose(xunet._tanh(x), np.tanh(x), atol=1e-6)


def test_settled_statistics_are_the_mean_of_the_batches() -> None:
    model = build_xunet(1)
    norm = model.get_layer("group1_bn")
    before = keras.Model(model.input, model.get_layer("group1_abs").output)
    rng = np.random.default_rng(0)
    batches = [rng.integers(0, 256, (4, 16, 16, 1)).astype(np.float32) for _ in range(3)]
    weights = [each.numpy() for each in model.trainable_variables]
    momentum = norm.momentum
    cnn.settle(model, batches)
    means = [np.asarray(before(each)).mean(axis=(0, 1, 2)) for each in batches]
    np.testing.assert_allclose(norm.get_weights()[2], np.mean(means, axis=0), rtol=1e-4)
    assert norm.momentum == momentum
    for old, new in zip(weights, model.trainable_variables):
        np.testing.assert_array_equal(old, new.numpy())


def test_pairs_are_cropped_and_turned_alike() -> None:
    covers = np.random.default_rng(0).integers(0, 255, (3, 20, 24, 1)).astype(np.uint8)
    for seed in range(5):
        images, labels = cnn.labelled(covers, covers + 1, np.random.default_rng(seed), 16)
        assert images.shape == (6, 16, 16, 1)
        np.testing.assert_array_equal(labels[:, 0], [0, 0, 0, 1, 1, 1])
        np.testing.assert_array_equal(images[3:] - images[:3], 1)


def test_no_photo_is_on_both_sides() -> None:
    sources = np.random.default_rng(0).integers(0, 9, 40)
    for seed in range(3):
        learnt, held = cnn._split(sources, 0.3, seed)
        assert not set(sources[learnt]) & set(sources[held])
        np.testing.assert_array_equal(np.sort([*learnt, *held]), np.arange(40))


def test_values_are_checked() -> None:
    images = np.zeros((4, 16, 16, 1), np.uint8)
    with pytest.raises(ValueError, match="channels is 2, but must be 1 or 3"):
        build_xunet(2)
    with pytest.raises(ValueError, match=r"both must be \[n, H, W, C\]"):
        cnn.train(images, images[:3])
    with pytest.raises(ValueError, match="H and W must be at least 16"):
        cnn.train(images[:, :8], images[:, :8])
    with pytest.raises(ValueError, match="steps is 0, but must be above 0"):
        Schedule(steps=0)
    with pytest.raises(ValueError, match="side is 8, but must be 0 or at least 16"):
        Schedule(side=8)
    with pytest.raises(ValueError, match="validation_share is 1"):
        Schedule(validation_share=1)

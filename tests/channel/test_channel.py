"""What holds for every disturbance in the registry, and for several in a row."""

from __future__ import annotations

import subprocess
import sys
import types

import numpy as np
import pytest
from channel_images import SEED, only, photo, photos_01, send

from keystego_tf.backend import tf
from keystego_tf.channel.distortions import distort, round_to_8_bits
from keystego_tf.channel.registry import DISTURBANCES, real_channels
from keystego_tf.channel.settings import ChannelConfig

#: A moderate strength of each; a new disturbance is tested at a twentieth of its largest.
STRENGTHS = {name: each.kind(each.most / 20) for name, each in DISTURBANCES.items()}
STRENGTHS["jpeg"] = 60
EVERYTHING = ChannelConfig(**STRENGTHS)


def test_the_registry_in_the_order_of_what_happens() -> None:
    assert list(DISTURBANCES) == [
        "shift",
        "rotation",
        "blur",
        "noise",
        "dropout",
        "jpeg",
        "recompression",
    ]


@pytest.mark.parametrize(
    "value, expected", [(0.0, 0), (0.49 / 255, 0), (0.51 / 255, 1), (254.4 / 255, 254), (1.0, 255)]
)
def test_rounding_is_to_the_nearest_8_bit_step(value: float, expected: int) -> None:
    rounded = round_to_8_bits(tf.constant([[[[value]]]]))
    assert rounded.numpy().item() == pytest.approx(expected / 255, abs=1e-7)


def test_gradient_passes_straight_through_rounding() -> None:
    images = photos_01() * 0.999
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = tf.reduce_sum(3.0 * round_to_8_bits(images))
    np.testing.assert_array_equal(tape.gradient(loss, images), np.full(images.shape, 3.0))


def test_a_channel_with_nothing_in_it_leaves_images_untouched() -> None:
    images = photos_01()
    assert distort(images, ChannelConfig(rounding=True), SEED) is images
    assert real_channels(ChannelConfig()) == {}


@pytest.mark.parametrize("name", DISTURBANCES)
def test_each_changes_images_within_range_and_repeatably(name: str) -> None:
    images, config = photos_01(), only(**{name: STRENGTHS[name]})
    once, again, other = (distort(images, config, seed) for seed in (SEED, SEED, SEED + 1))
    assert once.shape == images.shape and once.dtype == tf.float32
    assert np.min(once) >= 0 and np.max(once) <= 1
    assert np.any(np.not_equal(once, images))
    np.testing.assert_array_equal(once, again)
    assert np.any(np.not_equal(once, other))
    assert np.any(np.not_equal(once[0], once[1])), "every image of a batch draws for itself"
    gray = photos_01(channels=1)
    assert distort(gray, config, SEED).shape == gray.shape


@pytest.mark.parametrize("rounds", [True, False])
def test_what_arrives_is_in_8_bit_steps_if_the_channel_rounds(rounds: bool) -> None:
    steps = 255 * distort(photos_01(), only(noise=3.0, rounding=rounds), SEED)
    assert (np.max(np.abs(steps - np.rint(steps))) < 1e-3) == rounds


def test_replicas_draw_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    for replica in (0, 1):
        context = types.SimpleNamespace(replica_id_in_sync_group=replica)
        monkeypatch.setattr(tf.distribute, "get_replica_context", lambda context=context: context)
        drawn.append(distort(photos_01(), only(noise=3.0), SEED))
    assert np.any(np.not_equal(*drawn))


def test_one_left_out_costs_nothing_and_changes_no_other() -> None:
    def operations(config: ChannelConfig) -> set[str]:
        function = tf.function(lambda images: distort(images, config, SEED))
        graph = function.get_concrete_function(tf.TensorSpec([None, None, None, 3])).graph
        return {node.op for node in graph.as_graph_def().node}

    assert "SpaceToDepth" in operations(only(jpeg=60))
    assert "SpaceToDepth" not in operations(only(noise=3.0))

    noisy = distort(photos_01(), only(noise=3.0), SEED)
    both = distort(photos_01(), only(noise=3.0, dropout=0.3), SEED)
    kept = np.any(both, axis=-1)
    assert 0 < np.mean(kept) < 1
    np.testing.assert_array_equal(both[kept], noisy[kept])


@pytest.mark.parametrize("name", [*DISTURBANCES, "all"])
def test_gradients_at_black_and_white_are_finite_and_not_zero(name: str) -> None:
    config = EVERYTHING if name == "all" else only(**{name: STRENGTHS[name]})
    weights = tf.random.stateless_normal([2, 13, 18, 3], SEED)

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3])])
    def gradient(images: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.reduce_sum(weights * distort(images, config, SEED))
        return tape.gradient(loss, images)

    for level in (0.0, 1.0):
        found = gradient(tf.fill([2, 13, 18, 3], level)).numpy()
        assert np.all(np.isfinite(found))
        assert np.all(np.any(found, axis=(1, 2, 3))), "of each image"
        if name in ("noise", "jpeg"):
            assert np.all(found), "of samples clipped on the way, too"


def test_one_real_channel_for_each_and_one_with_all() -> None:
    config = ChannelConfig(blur=0.8, shift=2.0, rotation=3.0, noise=1.5, dropout=0.1, jpeg=90)
    channels = real_channels(config)
    assert [*channels] == [
        "shift up to 2 px",
        "rotation up to 3 degrees",
        "blur sigma 0.8 px",
        "noise sigma 1.5 steps",
        "dropout 10% of pixels",
        "JPEG quality 90",
        "all together",
    ]
    *single, together = channels.values()
    rng, expected = np.random.default_rng(1), photo()
    for channel in single:
        expected = channel(expected, rng)
    np.testing.assert_array_equal(together(photo(), np.random.default_rng(1)), expected)
    assert [*real_channels(only(jpeg=75))] == ["JPEG quality 75"]


@pytest.mark.parametrize("name", real_channels(EVERYTHING))
@pytest.mark.parametrize("channels", [1, 3])
def test_real_ones_keep_size_and_type_and_follow_the_seed(name: str, channels: int) -> None:
    channel = real_channels(EVERYTHING)[name]
    image = photo(channels=channels)
    before = image.copy()
    arrived, again = (channel(image, np.random.default_rng(1)) for _ in range(2))
    assert arrived.shape == image.shape and arrived.dtype in (np.uint8, np.float32)
    assert np.any(arrived != image)
    np.testing.assert_array_equal(image, before, err_msg="the image sent is left alone")
    np.testing.assert_array_equal(arrived, again)


def test_images_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(8, 8, 4\), but must be"):
        send(np.zeros((8, 8, 4), np.uint8), jpeg=90)


def test_neither_settings_nor_real_channels_load_tensorflow() -> None:
    check = "import sys, keystego_tf.channel.registry, keystego_tf.channel.platforms\n"
    check += "import keystego_tf.config.run; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True)

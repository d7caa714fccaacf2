"""The channel in training: closed forms, Pillow and SciPy as judges, gradients at the edges."""

from __future__ import annotations

import types

import numpy as np
import pytest
from scipy import ndimage

from keystego_tf.backend import tf
from keystego_tf.channel import distortions as channel
from keystego_tf.channel.jpeg import jpeg
from keystego_tf.channel.real import roads
from keystego_tf.config.run import ChannelConfig

SEED = tf.constant([7, 9], tf.int32)
PARTS = {
    "shift": 1.5,
    "rotation": 5.0,
    "blur": 1.0,
    "noise": 3.0,
    "dropout": 0.3,
    "jpeg": 60,
}


def photo(height: int, width: int, channels: int) -> np.ndarray:
    """Smooth shapes, an edge and a little grain: [height, width, channels] uint8."""
    rng = np.random.default_rng(5)
    smooth = ndimage.gaussian_filter(rng.normal(size=(height, width, channels)), (4, 4, 0))
    image = 120 + 40 * smooth / smooth.std() + rng.normal(scale=4, size=(height, width, 1))
    image[:, width // 2 :] += 30
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def photos_01(batch: int = 2, height: int = 20, width: int = 24, channels: int = 3) -> tf.Tensor:
    image = photo(height, width, channels) / 255.0
    return tf.constant(np.tile(image, (batch, 1, 1, 1)), tf.float32)


def only(name: str, **others: object) -> ChannelConfig:
    return ChannelConfig(**{"rounding": False, name: PARTS[name], **others})


@pytest.mark.parametrize(
    "value, expected", [(0.0, 0), (0.49 / 255, 0), (0.51 / 255, 1), (254.4 / 255, 254), (1.0, 255)]
)
def test_rounding_is_to_the_nearest_8_bit_step(value: float, expected: int) -> None:
    rounded = channel.round_to_8_bits(tf.constant([[[[value]]]]))
    assert rounded.numpy().item() == pytest.approx(expected / 255, abs=1e-7)


def test_gradient_passes_straight_through_rounding() -> None:
    images = photos_01() * 0.999
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = tf.reduce_sum(3.0 * channel.round_to_8_bits(images))
    np.testing.assert_array_equal(tape.gradient(loss, images), np.full(images.shape, 3.0))


def test_a_road_without_parts_leaves_images_untouched() -> None:
    images = photos_01()
    assert channel.distort(images, ChannelConfig(rounding=True), SEED) is images


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("channels", [1, 3])
def test_each_part_changes_images_within_range_and_repeatably(name: str, channels: int) -> None:
    images = photos_01(channels=channels)
    once, again = (channel.distort(images, only(name), SEED) for _ in range(2))
    other = channel.distort(images, only(name), SEED + 1)

    assert once.shape == images.shape and once.dtype == tf.float32
    assert np.min(once) >= 0 and np.max(once) <= 1
    assert np.any(np.not_equal(once, images))
    np.testing.assert_array_equal(once, again)
    assert np.any(np.not_equal(once, other))
    assert np.any(np.not_equal(once[0], once[1])), "every image of a batch draws for itself"


@pytest.mark.parametrize("name", ["blur", "noise"])
def test_what_arrives_is_in_8_bit_steps_if_the_channel_rounds(name: str) -> None:
    steps = 255 * channel.distort(photos_01(), only(name, rounding=True), SEED)
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-4)
    steps = 255 * channel.distort(photos_01(), only(name), SEED)
    assert np.max(np.abs(steps - np.rint(steps))) > 0.1


def test_replicas_draw_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    for replica in (0, 1):
        context = types.SimpleNamespace(replica_id_in_sync_group=replica)
        monkeypatch.setattr(tf.distribute, "get_replica_context", lambda context=context: context)
        drawn.append(channel.distort(photos_01(), only("noise"), SEED))
    assert np.any(np.not_equal(*drawn))


def test_a_part_left_out_costs_nothing_and_changes_no_other() -> None:
    def operations(config: ChannelConfig) -> set[str]:
        function = tf.function(lambda images: channel.distort(images, config, SEED))
        graph = function.get_concrete_function(tf.TensorSpec([None, None, None, 3])).graph
        definition = graph.as_graph_def()  # tensorflow-addons' filters are functions within it
        bodies = [definition.node, *(each.node_def for each in definition.library.function)]
        return {node.op for body in bodies for node in body}

    costly = {"SpaceToDepth", "DepthwiseConv2dNative"}
    assert costly <= operations(only("jpeg")) | operations(only("blur"))
    assert not costly & operations(only("noise"))

    noisy = channel.distort(photos_01(), only("noise"), SEED)
    both = channel.distort(photos_01(), only("noise", dropout=0.3), SEED)
    kept = np.any(both, axis=-1)
    assert 0 < np.mean(kept) < 1
    np.testing.assert_array_equal(both[kept], noisy[kept])


@pytest.mark.parametrize("name", [*PARTS, "all"])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_gradients_at_black_and_white_are_finite_and_not_zero(name: str, level: float) -> None:
    config = ChannelConfig(**PARTS) if name == "all" else only(name)
    weights = tf.random.stateless_normal([2, 13, 18, 3], SEED)

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3])])
    def gradient(images: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.reduce_sum(weights * channel.distort(images, config, SEED))
        return tape.gradient(loss, images)

    found = gradient(tf.fill([2, 13, 18, 3], level)).numpy()
    assert np.all(np.isfinite(found))
    assert np.all(np.any(found, axis=(1, 2, 3))), "of each image"
    if name in ("noise", "jpeg"):
        assert np.all(found), "of samples clipped on the way, too"


def test_noise_of_an_image_is_drawn_up_to_the_configured_strength() -> None:
    grey = tf.fill([400, 16, 16, 1], 0.5)
    change = 255 * (channel.distort(grey, only("noise"), SEED) - grey).numpy()
    deviation = change.std(axis=(1, 2, 3))
    assert np.max(deviation) < 1.15 * PARTS["noise"]
    assert np.mean(deviation) == pytest.approx(PARTS["noise"] / 2, rel=0.1)
    assert np.std(deviation) == pytest.approx(PARTS["noise"] / np.sqrt(12), rel=0.1), "uniform"
    assert abs(change.mean()) < 0.05


def test_dropout_loses_whole_pixels_up_to_the_configured_share() -> None:
    grey = tf.fill([400, 16, 16, 3], 0.5)
    lost = channel.distort(grey, only("dropout"), SEED).numpy() == 0
    np.testing.assert_array_equal(lost.any(axis=-1), lost.all(axis=-1))
    share = lost.mean(axis=(1, 2, 3))
    assert np.max(share) < 1.4 * PARTS["dropout"]
    assert np.mean(share) == pytest.approx(PARTS["dropout"] / 2, rel=0.1)


def test_blur_is_as_wide_as_drawn() -> None:
    point = np.zeros((300, 19, 19, 1), np.float32)
    point[:, 9, 9] = 1
    kernels = channel.distort(tf.constant(point), only("blur", blur=2.0), SEED).numpy()[..., 0]
    np.testing.assert_allclose(kernels.sum(axis=(1, 2)), 1, atol=1e-5)
    # Along one axis; a little below what was drawn, the kernels ending at three deviations.
    width = np.sqrt(kernels.sum(axis=1) @ np.square(np.arange(19.0) - 9))
    assert 0 <= np.min(width) < 0.1 and 1.9 < np.max(width) <= 2
    assert np.mean(width) == pytest.approx(1.0, abs=0.08)
    assert np.std(width) == pytest.approx(2 / np.sqrt(12), abs=0.05), "uniform"


def test_shift_and_rotation_go_both_ways_up_to_the_configured_value() -> None:
    ramp = np.linspace(0.2, 0.8, 25, dtype=np.float32)[:, None, None]
    ramps = tf.constant(np.tile(ramp, (200, 1, 25, 1)))
    slope = 0.6 / 24

    moved = channel.distort(ramps, only("shift"), SEED)[:, 12, 12, 0]
    down = (0.5 - moved.numpy()) / slope
    assert -1.5 <= np.min(down) < -1.3 and 1.3 < np.max(down) <= 1.5

    turned = channel.distort(ramps, only("rotation"), SEED)[..., 0].numpy()
    across = turned[:, 12, 16] - turned[:, 12, 8]
    degrees = np.degrees(np.arcsin(across / 8 / slope))
    assert -5.001 <= np.min(degrees) < -4.5 and 4.5 < np.max(degrees) <= 5.001


@pytest.mark.parametrize("quality", [20, 50, 75, 90, 95])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(64, 64), (43, 70)])
def test_jpeg_is_close_to_pillows(quality: int, channels: int, size: tuple[int, int]) -> None:
    image = photo(*size, channels)
    (road,) = roads(ChannelConfig(jpeg=quality))
    real = road.travel(image, np.random.default_rng(0)).astype(float)
    ours = 255 * jpeg(tf.constant(image[None] / 255.0, tf.float32), tf.constant([float(quality)]))
    difference = np.abs(ours[0].numpy() - real).mean()
    print(f"quality {quality}, {channels} channels, {size}: {difference:.2f} grey levels")
    assert difference < (0.2 if channels == 1 else 0.6)
    assert difference < 0.3 * np.abs(real - image).mean(), "far less than what JPEG does"


def test_jpeg_has_a_quality_for_each_image() -> None:
    images = photos_01()
    together = jpeg(images, tf.constant([30.0, 80.0]))
    for index, quality in enumerate((30.0, 80.0)):
        alone = jpeg(images[index : index + 1], tf.constant([quality]))[0]
        np.testing.assert_allclose(together[index], alone, atol=1e-6)
    assert np.any(np.not_equal(together[0], together[1]))

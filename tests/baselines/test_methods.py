"""Classical methods: how many samples they change, and by how much."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keystego_tf.baselines.adaptive import Adaptive
from keystego_tf.baselines.controls import MARK, Sham, Watermark
from keystego_tf.baselines.lsb import LsbMatching, LsbReplacement
from keystego_tf.baselines.nets import Net
from keystego_tf.baselines.qim import QimMethod
from keystego_tf.baselines.syndrome import Syndrome
from keystego_tf.baselines.table import CLASSICAL
from keystego_tf.bundles.catalogue import open_model
from keystego_tf.channel.jpeg_codec import tables_of_quality
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.evaluation.recompression import sent

#: Bundles that are kept for the evaluation.
WEIGHTS = Path(__file__).parents[2] / "benchmarks" / "weights"
ADAPTIVE = ("s-uniward", "wow", "hugo", "hill")
CONTROLS = {"sham": Sham(), "watermark": Watermark()}


def cover(channels: int = 3, side: int = 64, seed: int = 0) -> np.ndarray:
    return dead_leaves(np.random.default_rng(seed), side)[..., :channels]


def change(cover_u8: np.ndarray, stego_u8: np.ndarray) -> np.ndarray:
    return stego_u8.astype(int) - cover_u8


def least_share_changed(bits_per_sample: float) -> float:
    """Changes a sample that ternary embedding needs at least for so many bits, by bisection.

    With a share p of samples changed, up or down alike, h(p) + p bits fit (the rate-distortion
    bound where all changes cost the same).
    """
    low, high = 0.0, 2 / 3
    for _ in range(60):
        p = (low + high) / 2
        bits = -p * np.log2(p) - (1 - p) * np.log2(1 - p) + p
        low, high = (p, high) if bits < bits_per_sample else (low, p)
    return low


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", [LsbReplacement, LsbMatching])
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_half_of_the_samples_with_a_message_bit_change(kind: Any, channels: int, share: float):
    image = cover(channels)
    stego = kind(share * channels).embed(image, np.random.default_rng(1))
    difference = change(image, stego)
    samples = image[..., 0].size
    # Each channel has share * samples bits, each wrong by chance 1/2.
    expected, deviation = share * samples / 2, np.sqrt(share * samples / 4)
    changed = np.count_nonzero(difference, axis=(0, 1))
    assert (np.abs(changed - expected) < 5 * deviation).all()
    assert np.abs(difference).max() == 1


def test_lsb_replacement_stays_within_pairs_of_values() -> None:
    image = cover()
    stego = LsbReplacement(3.0).embed(image, np.random.default_rng(1))
    np.testing.assert_array_equal(stego >> 1, image >> 1)


def test_lsb_matching_leaves_pairs_of_values_in_both_directions() -> None:
    image = cover()
    difference = change(image, LsbMatching(3.0).embed(image, np.random.default_rng(1)))
    ups, downs = (difference == 1).sum(), (difference == -1).sum()
    assert abs(ups - downs) < 5 * np.sqrt(ups + downs)
    crossed = (image ^ (image + difference).astype(np.uint8)) > 1
    assert 0.4 < crossed.sum() / (ups + downs) < 0.6


@pytest.mark.parametrize("level, step", [(0, 1), (255, -1)])
def test_lsb_matching_stays_in_8_bits(level: int, step: int) -> None:
    image = np.full((32, 32, 1), level, np.uint8)
    difference = change(image, LsbMatching(1.0).embed(image, np.random.default_rng(0)))
    assert set(np.unique(difference)) == {0, step}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ADAPTIVE)
def test_adaptive_methods_change_about_what_the_payload_implies(name: str, channels: int) -> None:
    """More than if all changes cost the same, as they keep to textures, but not twice as many."""
    pytest.importorskip("conseal", reason="the evaluation extra is not installed")
    image = cover(channels, 96)
    stego = CLASSICAL[name](0.4).embed(image, np.random.default_rng(1))
    difference = change(image, stego)
    changed = np.count_nonzero(difference, axis=(0, 1)) / image[..., 0].size
    least = least_share_changed(0.4 / channels)
    assert (least * 0.9 < changed).all() and (changed < 2 * least).all()
    assert np.abs(difference).max() == 1


@pytest.mark.parametrize("name", ADAPTIVE)
def test_adaptive_methods_leave_flat_places_alone(name: str) -> None:
    pytest.importorskip("conseal", reason="the evaluation extra is not installed")
    rng = np.random.default_rng(0)
    image = np.full((64, 64, 1), 128, np.uint8)
    image[:, 32:] = rng.integers(64, 192, (64, 32, 1))
    difference = change(image, CLASSICAL[name](0.2).embed(image, rng))
    flat, rough = (np.count_nonzero(difference[:, half]) for half in (np.s_[:24], np.s_[40:]))
    assert rough > 50 and flat < rough / 20


@pytest.mark.parametrize("name", [*CLASSICAL, *CONTROLS])
def test_the_generator_decides_and_the_cover_is_left_alone(name: str) -> None:
    if name in ADAPTIVE:
        pytest.importorskip("conseal", reason="the evaluation extra is not installed")
    image = cover(3, 32)
    kept = image.copy()
    image.setflags(write=False)
    method = CONTROLS[name] if name in CONTROLS else CLASSICAL[name](0.5)
    first, same, other = (method.embed(image, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(image, kept)
    np.testing.assert_array_equal(first, same)
    assert first.shape == image.shape and first.dtype == np.uint8
    assert (first != other).any() == (name in CLASSICAL)


@pytest.mark.parametrize("name", [each for each in CLASSICAL if each != "qim"])
def test_no_payload_changes_nothing(name: str) -> None:
    if name in ADAPTIVE:
        pytest.importorskip("conseal", reason="the evaluation extra is not installed")
    image = cover(3, 32)
    stego = CLASSICAL[name](0.0).embed(image, np.random.default_rng(0))
    np.testing.assert_array_equal(stego, image)


def test_controls() -> None:
    image = cover()
    sham = Sham().embed(image, np.random.default_rng(0))
    np.testing.assert_array_equal(sham, image)
    assert sham is not image
    marked = Watermark().embed(image, np.random.default_rng(0))
    np.testing.assert_array_equal(marked[:2, :2, 0], [[127, 128], [128, 127]])
    np.testing.assert_array_equal(marked[MARK:], image[MARK:])
    np.testing.assert_array_equal(marked[:, MARK:], image[:, MARK:])


def test_values_are_checked() -> None:
    image, rng = cover(1), np.random.default_rng(0)
    for kind in (Syndrome, LsbReplacement, LsbMatching, partial(Adaptive, "hill")):
        for payload in (-1, 2):
            rule = rf"bits_per_pixel is {payload}, but must be in \[0, 1\], a bit a sample at most"
            with pytest.raises(ValueError, match=rule):
                kind(payload).embed(image, rng)
    for wrong in (image[..., 0], image.astype(np.float32), np.concatenate([image] * 2, axis=-1)):
        with pytest.raises(ValueError, match=r"but must be uint8 \[H, W, 1 or 3\]"):
            Sham().embed(wrong, rng)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "conseal", None)
    with pytest.raises(ImportError, match=r"pip install 'keystego-tf\[evaluation\]'"):
        CLASSICAL["hill"](0.4).embed(cover(1, 32), np.random.default_rng(0))


@pytest.mark.parametrize("bits_per_pixel, least", [(1 / 64, 0.95), (0.0625, 0.9)])
def test_qim_survives_jpeg_with_the_key_and_says_nothing_without(
    bits_per_pixel: float, least: float
) -> None:
    image, method = cover(3, 128), QimMethod(bits_per_pixel)
    stego = method.embed(image, np.random.default_rng(1))
    assert method.bits_read(stego, np.random.default_rng(1)) == 1
    arrived = sent(stego, tables_of_quality(75), 1)
    assert method.bits_read(arrived, np.random.default_rng(1)) > least
    assert abs(method.bits_read(stego, np.random.default_rng(2)) - 0.5) < 0.12
    with pytest.raises(
        ValueError, match=r"bits_per_pixel is 0.7, but must give 1 to 32 whole bits"
    ):
        QimMethod(0.7)


@pytest.mark.parametrize("name", ["lattice-0.015625", "lattice-0.0625"])
def test_lattices_survive_jpeg_with_the_key_and_say_nothing_without(name: str) -> None:
    image, method = cover(3, 128), Net(open_model(WEIGHTS / name))
    assert isinstance(method, Net) and method.reads_coefficients
    stego = method.embed(image, np.random.default_rng(1))
    assert np.abs(stego.astype(int) - image).max() < 24 and (stego != image).mean() > 0.1
    arrived = sent(stego, tables_of_quality(65), 1, coefficients=True)
    assert method.bits_read(arrived, np.random.default_rng(1)) > 0.98
    assert abs(method.bits_read(arrived, np.random.default_rng(2)) - 0.5) < 0.12

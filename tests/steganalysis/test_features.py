"""SPAM, SRMQ1 and DCTR: shapes, channels, and SPAM's numbers by plain loops."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from covers import leaves, needs_extra

from keystego_tf.io.extras import extra_package
from keystego_tf.io.jpeg.transform import blocks, spatial, standard_tables, transformed
from keystego_tf.steganalysis.features import SIZES, dctr, extract

pytestmark = needs_extra


def spam_by_loops(plane: np.ndarray) -> np.ndarray:
    """Both histograms of three differences in a row (clipped at 3), [2, 7, 7, 7].

    Along rows and columns, and along diagonals, each both ways; a difference is the next sample
    less this one.
    """
    image = plane.astype(int)
    height, width = image.shape
    directions = ((0, 1), (0, -1), (1, 0), (-1, 0)), ((1, 1), (-1, -1), (1, -1), (-1, 1))
    result = np.zeros((2, 7, 7, 7))
    for kind, steps in enumerate(directions):
        for down, right in steps:
            counts = np.zeros((7, 7, 7))
            for i in range(height):
                for j in range(width):
                    k, m = i + 3 * down, j + 3 * right
                    if not (0 <= k < height and 0 <= m < width):
                        continue
                    line = [int(image[i + n * down, j + n * right]) for n in range(4)]
                    place = [np.clip(line[n + 1] - line[n], -3, 3) + 3 for n in range(3)]
                    counts[tuple(place)] += 1
            result[kind] += counts / counts.sum() / 4
    return result


def test_spam_by_plain_loops() -> None:
    rng = np.random.default_rng(0)
    plane = np.clip(128 + rng.integers(-2, 3, (9, 11)).cumsum(axis=1), 0, 255).astype(np.uint8)
    found = extract([plane[..., np.newaxis]])[0]
    assert found.shape == (686,)
    expected = spam_by_loops(plane)
    for half, table in zip((found[:343], found[343:]), expected):
        # The first difference is the fastest index of sealwatch's.
        np.testing.assert_allclose(half.reshape(7, 7, 7, order="F"), table, atol=1e-6)


@pytest.mark.parametrize("name", SIZES)
def test_features_of_channels_follow_each_other(name: str) -> None:
    images = leaves(2, 32, 3)
    together = extract(images, name)
    assert together.shape == (2, 3 * SIZES[name]) and together.dtype == np.float32
    assert np.isfinite(together).all()
    for channel in range(3):
        own = extract(images[..., channel : channel + 1], name)
        part = together[:, channel * SIZES[name] : (channel + 1) * SIZES[name]]
        np.testing.assert_array_equal(part, own)


def test_values_are_checked() -> None:
    with pytest.raises(ValueError, match="name is 'pixels', but must be one of spam, srmq1"):
        extract([], "pixels")
    with pytest.raises(ValueError, match="images must be at least one"):
        extract([])
    gray, colour = np.zeros((8, 8, 1), np.uint8), np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match="all with the same number of channels"):
        extract([gray, colour])
    with pytest.raises(ValueError, match="its sides must be at least 8"):
        extract([gray[:7]])


@pytest.mark.parametrize("name", SIZES)
def test_features_are_those_of_sealwatch(name: str) -> None:
    """Which counts each pattern by itself, and was compared with the authors' code."""
    module = getattr(extra_package("sealwatch"), name)
    for image in (leaves(1, 40)[0], leaves(1, 48, seed=3)[0, 4:36]):
        parts = module.extract(np.ascontiguousarray(image[..., 0]))
        names = sorted(parts) if name == "srmq1" else [*parts]
        expected = np.concatenate([np.asarray(parts[n], np.float32).reshape(-1) for n in names])
        np.testing.assert_allclose(extract([image], name)[0], expected, atol=1e-6)


@pytest.mark.parametrize("name", SIZES)
def test_another_process_has_the_same_order(name: str) -> None:
    """Python orders a set of strings anew in every process, and sealwatch goes by one."""
    words = f"""
import hashlib, numpy as np
from keystego_tf.steganalysis.features import extract
image = np.random.default_rng(1).integers(0, 256, (24, 24, 1)).astype(np.uint8)
print(hashlib.sha256(extract([image], {name!r}).tobytes()).hexdigest())
"""
    found = {
        subprocess.run(
            [sys.executable, "-c", words],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(4)
    }
    assert len(found) == 1


@pytest.mark.parametrize("quality, step", [(75, 4.0), (95, 0.8)])
def test_dctr_is_that_of_sealwatch(quality: int, step: float) -> None:
    table = standard_tables(quality)[0]
    plane = leaves(1, 32)[0, :, :24, 0].astype(np.float32) - 128
    coefficients = np.rint(transformed(blocks(plane)) / table).astype(np.int16)
    parts = extra_package("sealwatch").dctr.extract(
        x1=spatial(coefficients, table).astype(float) - 128, q=step
    )
    expected = np.concatenate([np.asarray(each).reshape(-1) for each in parts.values()])
    (found,) = dctr([coefficients], table)
    assert found.shape == (8000,) and found.dtype == np.float32
    # On the grid itself quantised values lie on the bins' edges, where rounding decides, and some
    # do elsewhere.
    off_grid = np.arange(64 * 25) % 25 > 0
    apart = np.abs(found - expected).reshape(64 * 25, 5)[off_grid] > 1e-6
    assert apart.mean() < 1e-3

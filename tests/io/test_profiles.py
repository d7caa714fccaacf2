"""Colours of embedded profiles, on profiles made here byte by byte."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from image_files import SRGB, WIDE, cmyk_profile, gamma, icc, primaries, rgb_profile
from PIL import Image, ImageCms

from keystego_tf.io.profiles import to_srgb


def by_hand(image: Image.Image, profile: bytes) -> np.ndarray:
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    srgb = ImageCms.createProfile("sRGB")
    found = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    assert found is not None
    return np.array(found)


def colours(mode: str, seed: int = 0) -> Image.Image:
    shape = (5, 7) if mode == "L" else (5, 7, len(mode))
    samples = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    if mode == "CMYK":
        return Image.frombytes("CMYK", (7, 5), samples.tobytes())
    return Image.fromarray(samples)


def test_a_wide_profile_is_converted_as_imagecms_does() -> None:
    image, profile = colours("RGB"), rgb_profile(WIDE, 2.2)
    found = to_srgb(image, profile)
    wanted = by_hand(image, profile)
    assert found.mode == "RGB" and np.array_equal(found, wanted)
    assert np.abs(wanted.astype(int) - np.array(image)).max() > 20


def test_a_wide_profile_is_converted_by_its_matrix() -> None:
    """Against the matrices and curves in float; only colours that sRGB has."""
    grid = np.array([[100, 110, 120], [200, 190, 180], [60, 60, 60], [90, 140, 110]], np.uint8)
    linear = (grid / 255) ** 2.2 @ np.array(WIDE) @ np.linalg.inv(np.array(SRGB))
    wanted = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    found = np.array(to_srgb(Image.fromarray(grid[None]), rgb_profile(WIDE, 2.2)))[0]
    assert np.abs(found - 255 * wanted).max() < 1.5


def test_a_gray_profile_gives_gray() -> None:
    image, profile = colours("L"), icc(b"GRAY", {b"kTRC": gamma(1.0)})
    found = to_srgb(image, profile)
    wanted = by_hand(image, profile)
    assert found.mode == "L"
    assert np.abs(wanted.astype(int) - np.array(found)[..., None]).max() <= 1
    assert np.abs(wanted.astype(int)[..., 1] - np.array(image)).max() > 20


def test_a_cmyk_profile_gives_rgb() -> None:
    image, profile = colours("CMYK"), cmyk_profile()
    found = to_srgb(image, profile)
    assert found.mode == "RGB" and np.array_equal(found, by_hand(image, profile))
    assert np.array(found).std() > 10
    assert not np.array_equal(found, image.convert("RGB"))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_srgb_under_another_name_changes_nothing(mode: str) -> None:
    """With its curve as a table, so that a conversion would move some samples by a step."""
    image = colours(mode)
    encoded = np.linspace(0, 1, 20)
    curve = np.where(encoded > 0.04045, ((encoded + 0.055) / 1.055) ** 2.4, encoded / 12.92)
    entries = (65535 * curve).round().astype(int).tolist()
    table = b"curv\0\0\0\0" + struct.pack(">I20H", 20, *entries)
    if mode == "L":
        profile = icc(b"GRAY", {b"kTRC": table})
    else:
        profile = icc(b"RGB ", {**primaries(SRGB), b"rTRC": table, b"gTRC": table, b"bTRC": table})
    cube = np.stack(np.meshgrid(*[np.arange(0, 256, 5, dtype=np.uint8)] * 3), axis=-1)
    every = Image.fromarray(cube.reshape(-1, 52, 3)).convert(mode)
    moved = np.abs(by_hand(every, profile) - np.array(every.convert("RGB"), np.int16))
    assert 1 <= moved.max() <= 2
    assert to_srgb(image, profile) is image


def test_srgb_itself_changes_nothing() -> None:
    image = colours("RGB")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert to_srgb(image, profile) is image


def test_gamma_22_with_the_primaries_of_srgb_is_another_space() -> None:
    image = Image.fromarray(np.full((2, 2, 3), 12, np.uint8))
    assert to_srgb(image, rgb_profile(SRGB, 2.2)) is not image


@pytest.mark.parametrize(
    ("mode", "profile"),
    [
        ("RGB", b""),
        ("RGB", b"no profile"),
        ("RGB", rgb_profile(WIDE, 2.2)[:300]),
        ("RGB", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()),
        ("RGB", icc(b"GRAY", {b"kTRC": gamma(1.0)})),
        ("L", rgb_profile(WIDE, 2.2)),
        ("CMYK", rgb_profile(WIDE, 2.2)),
    ],
    ids=["empty", "text", "cut", "lab", "gray-for-rgb", "rgb-for-gray", "rgb-for-cmyk"],
)
def test_a_profile_that_does_not_fit_is_ignored(mode: str, profile: bytes) -> None:
    image = colours(mode)
    assert to_srgb(image, profile) is image

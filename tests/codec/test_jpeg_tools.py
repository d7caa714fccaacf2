"""Programs that keep coefficients keep the message; one that is not installed is skipped."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from keystego_tf import codec
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.io import jpeg
from keystego_tf.payload.keys import SharedKey

KEY, MESSAGE = SharedKey(bytes(range(32))), b"At noon, by the river"

#: Standard output is the new file, or else the file is changed in place.
PRINTING = [
    "jpegtran -copy none",
    "jpegtran -copy all -optimize",
    "jpegtran -copy none -progressive",
    "jpegtran -copy all -restart 1",
]
IN_PLACE = [
    "exiftool -q -all= -overwrite_original",
    "exiftool -q -all= -tagsfromfile @ -icc_profile -overwrite_original",
    "exiv2 rm",
    "jpegoptim -q --strip-all",
    "jpegoptim -q --strip-all --all-progressive",
]


@pytest.fixture(params=["baseline", "progressive"])
def stego(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """With an orientation and a profile, which is what metadata strippers find."""
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    cover, kind = io.BytesIO(), {"progressive": request.param == "progressive"}
    leaves = Image.fromarray(dead_leaves(np.random.default_rng(4), 200))
    leaves.save(cover, "JPEG", quality=85, exif=exif, icc_profile=profile, **kind)
    path = tmp_path / "it.jpg"
    codec.hide(cover.getvalue(), MESSAGE, path, key=KEY)
    return path


def check(before: bytes, path: Path) -> None:
    after = path.read_bytes()
    assert after != before, "the program did nothing"
    old, new = (jpeg.read(each).components[0].coefficients for each in (before, after))
    np.testing.assert_array_equal(old, new)
    assert codec.reveal(path, key=KEY) == MESSAGE


@pytest.mark.parametrize("command", [*PRINTING, *IN_PLACE])
def test_programs(command: str, stego: Path) -> None:
    words = command.split()
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed")
    before = stego.read_bytes()
    done = subprocess.run([*words, str(stego)], capture_output=True, check=True)
    if command in PRINTING:
        stego.write_bytes(done.stdout)
    check(before, stego)


def test_mozjpegs_optimiser(stego: Path) -> None:
    package = pytest.importorskip("mozjpeg_lossless_optimization")
    optimize: Callable[[bytes], bytes] = package.optimize
    before = stego.read_bytes()
    stego.write_bytes(optimize(before))
    assert len(stego.read_bytes()) < len(before)
    check(before, stego)

"""Covers in HEIC and AVIF, and what is said where their decoder is missing."""

from __future__ import annotations

import base64
import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, features

from keystego_tf.io import decoders
from keystego_tf.io.extras import MissingExtra
from keystego_tf.io.images import read

#: 64 x 64 pixels by x265: red grows by 4 a column, green by 4 a row, blue by 2 with both.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAAD0AAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABo"
    "dmMxAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEA"
    "GEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgIaDAgAAAMAyAAA"
    "AwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAABBwaXhpAAAAAAMI"
    "CAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAEVtZGF0AAAAOSgBrxmA93466Kc/DiKJhBpGzy9o9CF7dXqDghQVg6xB"
    "FR+7cbaBj3Fxz20dL1A5hu9gNdfea5Z0gA=="
)


def slopes() -> Image.Image:
    y, x = np.mgrid[:64, :64]
    return Image.fromarray(np.dstack([4 * x, 4 * y, 2 * (x + y)]).astype(np.uint8))


def assert_slopes(content: bytes) -> None:
    found = read(content).rgb_u8.astype(int)
    assert np.abs(found - np.asarray(slopes())).mean() < 6


def test_heic_is_a_cover() -> None:
    pytest.importorskip("pi_heif")
    assert_slopes(HEIC)


def test_damaged_heic_is_a_value_error() -> None:
    pytest.importorskip("pi_heif")
    for damaged in (HEIC[:200], HEIC[:300] + bytes(139), HEIC[:12]):
        with pytest.raises(ValueError, match=r"damaged|not an image"):
            read(damaged)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif_is_a_cover() -> None:
    file = BytesIO()
    slopes().save(file, "AVIF")
    assert_slopes(file.getvalue())


def test_a_missing_decoder_is_one_line_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(MissingExtra, match=r"pi-heif: pip install 'keystego-tf\[heif\]'"):
        read(HEIC)
    monkeypatch.setattr(decoders.features, "check", lambda _: False)
    with pytest.raises(MissingExtra, match=r"AVIF .*: pip install 'keystego-tf\[heif\]'"):
        read(b"\0\0\0\x1cftypavif" + bytes(30))

"""JPEG files in the JavaScript package: coefficients, structure, and both ways with Python."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from javascript import NO_NODE, photo
from PIL import Image
from test_js import key_cases, run

from keystego_tf.codec import capacity, hide, reveal
from keystego_tf.io import jpeg
from keystego_tf.payload.keys import SharedKey

pytestmark = [pytest.mark.ci, pytest.mark.skipif(bool(NO_NODE), reason=NO_NODE)]

SIZES = ((160, 120), (157, 131))
KINDS: dict[str, dict[str, Any]] = {
    "standard tables": {},
    "counted tables": {"optimize": True},
    "no subsampling": {"subsampling": 0, "optimize": True},
    "restarts": {"restart_marker_blocks": 3, "quality": 95},
    "progressive": {"progressive": True},
    "progressive, restarts": {"progressive": True, "restart_marker_blocks": 3, "quality": 97},
    "EXIF alone": {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"},
    "turned": {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"},
}


def saved(mode: str = "RGB", size: tuple[int, int] = SIZES[0], **options: Any) -> bytes:
    file = BytesIO()
    photo(*size).convert(mode).save(file, "JPEG", **{"quality": 85, **options})
    content = file.getvalue()
    return content[:2] + content[20:] if options == KINDS["EXIF alone"] else content  # no JFIF


@pytest.mark.parametrize("kind", ["passphrase", "shared key", "key pair"])
@pytest.mark.parametrize("progressive", [False, True])
def test_javascript_reads_what_python_hides(kind: str, progressive: bool) -> None:
    python_hides, _, _, js_reads = key_cases()[kind]
    made = hide(saved(progressive=progressive), b"from Python", **python_hides)
    assert base64.b64decode(run("reveal", made.file, keys=js_reads)["answer"]) == b"from Python"


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_python_reads_what_javascript_hides(kind: str, size: tuple[int, int], mode: str) -> None:
    cover, shared = saved(mode, size, **KINDS[kind]), SharedKey.generate()
    answer = run("hide", cover, b"from JavaScript", {"key": shared.to_text()})["answer"]
    file = base64.b64decode(answer["file"])
    assert reveal(file, key=shared) == b"from JavaScript"
    before, after = jpeg.read(cover), jpeg.read(file)
    away = after.components[0].coefficients - before.components[0].coefficients
    assert np.abs(away).max() == 1 and np.count_nonzero(away) == answer["changed"]
    # byte for byte what Python writes of these coefficients: no trace tells which one wrote it
    assert before.to_bytes([each.coefficients for each in after.components]) == file
    with Image.open(BytesIO(cover)) as one, Image.open(BytesIO(file)) as other:
        assert one.getexif().get(274) == other.getexif().get(274)
        mse = np.square(np.asarray(one).astype(float) - np.asarray(other)).mean()
    assert 0 < mse < 2


def test_capacity_is_that_of_python() -> None:
    for size in SIZES:
        answer = run("capacity", saved(size=size))["answer"][0]
        (expected,) = capacity(saved(size=size), "syndrome")
        assert answer["message"] == expected.message


def test_capacity_of_red_green_and_blue_is_that_of_python() -> None:
    cover = saved(keep_rgb=True, subsampling=0)
    expected = [each for each in capacity(cover) if each.embedder in ("syndrome", "qim")]
    assert expected[0].message is None
    assert run("capacity", cover)["answer"] == [vars(each) for each in expected]


def test_headers_that_python_refuses() -> None:
    plain, progressive = saved(), saved(progressive=True)
    scan, table, last = (plain.index(each) for each in (b"\xff\xda", b"\xff\xdb", b"\xff\xd9"))
    length = int.from_bytes(plain[table + 2 : table + 4], "big") + 2
    later = progressive.index(b"\xff\xda")
    end = later + 2 + int.from_bytes(progressive[later + 2 : later + 4], "big")
    files = {
        "zero step": plain[: table + 9] + b"\0" + plain[table + 10 :],
        "number": plain[: table + 4] + b"\x04" + plain[table + 5 :],
        "sequential band": plain[: scan + 12] + b"\x3e" + plain[scan + 13 :],
        "table later": plain[:last] + plain[table : table + length] + plain[last:],
        "scans": plain[:scan] + plain[scan:last] * 101 + plain[last:],
        "first alone": progressive[: end - 2] + b"\x05" + progressive[end - 1 :],
        "high": progressive[: end - 1] + b"\x31" + progressive[end:],
    }
    for name, file in files.items():
        with pytest.raises(ValueError):
            jpeg.read(file)
        answer = run("reveal", file, keys={"passphrase": "x"})
        assert answer.get("error") == "Refused", (name, answer)


def test_a_wrong_key_reads_nothing() -> None:
    shared = SharedKey.generate()
    file = hide(saved(), b"x", key=shared).file
    answer = run("reveal", file, keys={"key": SharedKey.generate().to_text()})
    assert answer["error"] == "NothingThere"


def test_what_is_refused() -> None:
    key = {"key": SharedKey.generate().to_text()}
    cut = saved()[:-600]
    rgb = saved(keep_rgb=True, subsampling=0)
    for file, words in (
        (rgb, "red, green and blue"),
        (saved("CMYK"), "4 components"),
        (cut + b"\xff\xd9", "damaged"),
        (cut, "cut off"),
        (saved(size=(80, 60)), "too few"),
    ):
        answer = run("hide", file, b"x", key)
        assert answer.get("error") in ("Refused", "DoesNotFit"), (words, answer)
        assert words in answer["words"], answer


def test_random_damage_is_refused_or_read() -> None:
    rng, file, key = np.random.default_rng(4), saved(size=(80, 72)), SharedKey.generate().to_text()
    for _ in range(12):
        damaged = bytearray(file)
        for at in rng.integers(2, len(file), 8):
            damaged[at] = rng.integers(256)
        answer = run("reveal", bytes(damaged), keys={"key": key})
        assert answer.get("error") in ("Refused", "NothingThere"), answer

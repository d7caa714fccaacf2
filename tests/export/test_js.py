"""The JavaScript package under Node: it and the Python package read what the other hides."""

from __future__ import annotations

import base64
import json
import subprocess
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from javascript import JS, NO_NODE, NODE, photo
from PIL import Image, ImageCms, ImageOps

from keystego_tf.codec import capacity, hide, reveal
from keystego_tf.embedders.syndrome.costs import of_samples
from keystego_tf.io.images import Picture, encode
from keystego_tf.payload.keys import SecretKey, SharedKey, fingerprint, parse

pytestmark = [pytest.mark.ci, pytest.mark.skipif(bool(NO_NODE), reason=NO_NODE)]

PHRASE = "Ein Paßwort, cafe\u0301"


def run(
    function: str,
    image: bytes = b"",
    message: bytes = b"",
    keys: Any = None,
    destination: str = "file",
) -> Any:
    question = {
        "run": function,
        "image": base64.b64encode(image).decode("ascii"),
        "message": base64.b64encode(message).decode("ascii"),
        "keys": keys,
        "destination": destination,
    }
    command = [str(NODE), str(JS / "test" / "run.mjs")]
    done = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def in_png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def key_cases() -> dict[str, tuple[dict[str, Any], dict[str, str], dict[str, Any], dict[str, str]]]:
    """For each kind of key what hides and what reads, in Python and in JavaScript."""
    shared, secret = SharedKey.generate(), SecretKey.generate()
    text = shared.to_text()
    return {
        "passphrase": ({"passphrase": PHRASE}, {"passphrase": PHRASE}) * 2,
        "shared key": ({"key": shared}, {"key": text}) * 2,
        "key pair": (
            {"to": secret.public},
            {"to": secret.public.to_text()},
            {"key": secret},
            {"key": secret.to_text()},
        ),
    }


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("passphrase", "RGB"),
        ("shared key", "RGB"),
        ("shared key", "L"),
        ("shared key", "RGBA"),
        ("shared key", "P"),
        ("key pair", "RGB"),
        ("key pair", "LA"),
    ],
)
def test_each_reads_the_others(kind: str, mode: str) -> None:
    python_hides, js_hides, python_reads, js_reads = key_cases()[kind]
    cover, message = photo(150, 130).convert(mode), np.random.default_rng(0).bytes(60)
    made = hide(cover, message, **python_hides)
    assert base64.b64decode(run("reveal", made.file, keys=js_reads)["answer"]) == message
    answer = run("hide", in_png(cover), message, js_hides)["answer"]
    assert reveal(base64.b64decode(answer["file"]), **python_reads) == message
    assert abs(answer["changed"] - made.changed) < 0.2 * made.changed
    assert answer["bits"] == made.bits and answer["samples"] == made.samples


@pytest.mark.parametrize("way", range(2, 9))
def test_a_png_that_lies_on_its_side_is_turned(way: int) -> None:
    file, exif, shared = BytesIO(), Image.Exif(), SharedKey.generate()
    exif[0x0112] = way
    cover = photo(150, 130)
    cover.putalpha(Image.linear_gradient("L").resize(cover.size))
    cover.save(file, "PNG", exif=exif)
    answer = run("hide", file.getvalue(), b"hidden", {"key": shared.to_text()})["answer"]
    stego = base64.b64decode(answer["file"])
    assert reveal(stego, key=shared) == b"hidden"
    upright = np.asarray(ImageOps.exif_transpose(Image.open(file))).astype(int)
    with Image.open(BytesIO(stego)) as image:
        assert np.abs(np.asarray(image) - upright).max() == 1 and not image.getexif()
        assert (answer["width"], answer["height"]) == image.size


def test_gray_in_three_channels_stays_so_with_its_profile() -> None:
    file, shared = BytesIO(), SharedKey.generate()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo(150, 130).convert("L").convert("RGB").save(file, "PNG", icc_profile=profile)
    answer = run("hide", file.getvalue(), b"hidden", {"key": shared.to_text()})["answer"]
    stego = base64.b64decode(answer["file"])
    assert reveal(stego, key=shared) == b"hidden"
    with Image.open(BytesIO(stego)) as image:
        assert (image.mode, image.info["icc_profile"]) == ("RGB", profile)
        assert np.ptp(np.asarray(image), axis=-1).max() == 0


def test_keys_of_the_other() -> None:
    made = run("keygen", keys="pair")["answer"]
    secret, public = parse(made["secret"]), parse(made["public"])
    assert isinstance(secret, SecretKey) and secret.public == public
    assert made["fingerprint"] == fingerprint(secret.public)


def test_capacity_is_the_same() -> None:
    for size in ((300, 270), (64, 64), (63, 200)):
        answer = run("capacity", in_png(photo(*size)))["answer"]
        expected = [each for each in capacity(photo(*size)) if each.embedder in ("syndrome", "qim")]
        assert answer == [vars(each) for each in expected]


def test_wrong_key_changed_image_and_nothing() -> None:
    shared = SharedKey.generate()
    file = hide(photo(150, 130), b"hidden", key=shared).file
    with Image.open(BytesIO(file)) as image:
        changed = in_png(image.resize((140, 120)))
    keys = {"key": shared.to_text()}
    other = {"key": SharedKey.generate().to_text()}
    answers = [run("reveal", *case) for case in ((file, b"", other), (changed, b"", keys))]
    answers.append(run("reveal", in_png(photo(150, 130)), b"", keys))
    assert [answer["error"] for answer in answers] == ["NothingThere"] * 3
    assert len({answer["words"] for answer in answers}) == 1


def test_summed_cost_is_that_of_the_python_search() -> None:
    # 0.0625 bits per pixel in colour
    cover, shared = photo(256, 256), SharedKey.generate()
    message = np.random.default_rng(1).bytes(450)
    cost = of_samples(np.asarray(cover))
    made = hide(cover, message, key=shared)
    answer = run("hide", in_png(cover), message, {"key": shared.to_text()})["answer"]
    sums = []
    for file in (made.file, base64.b64decode(answer["file"])):
        with Image.open(BytesIO(file)) as image:
            sums.append(cost[np.asarray(image) != np.asarray(cover)].sum())
    assert sums[1] < 1.05 * sums[0]


def chunks(file: bytes) -> list[tuple[bytes, bytes]]:
    """Names and contents of a PNG file's chunks."""
    found, at = [], 8
    while at < len(file):
        length = int.from_bytes(file[at : at + 4], "big")
        found.append((file[at + 4 : at + 8], file[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA"])
def test_files_have_the_structure_of_a_plain_save(mode: str, tmp_path: Path) -> None:
    # large enough for several chunks of pixels
    cover, shared = photo(400, 300).convert(mode), SharedKey.generate()
    answer = run("hide", in_png(cover), b"hidden", {"key": shared.to_text()})["answer"]
    file = base64.b64decode(answer["file"])
    with Image.open(BytesIO(file)) as image:
        assert image.mode == mode
        rgb_u8 = np.asarray(image.convert("RGB"))
        alpha = np.asarray(image.getchannel("A")) if mode.endswith("A") else None
    gray = mode.startswith("L")
    plain = encode(Picture(rgb_u8, alpha, gray, stored_gray=gray), "PNG")
    ours, theirs = chunks(file), chunks(plain)
    assert ours[0] == theirs[0] and ours[-1] == theirs[-1]  # header and end
    pixels = [[content for name, content in each if name == b"IDAT"] for each in (ours, theirs)]
    assert len(ours) == len(pixels[0]) + 2
    assert {len(content) for content in pixels[0][:-1]} <= {len(pixels[1][0])}
    joined = [b"".join(each) for each in pixels]
    assert joined[0][:2] == joined[1][:2]  # method, window and level
    assert zlib.decompress(joined[0]) == zlib.decompress(joined[1])  # the same filters

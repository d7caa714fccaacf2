"""Hiding for a destination in the JavaScript package, and what Python makes of it."""

from __future__ import annotations

import base64
import re
import runpy
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from javascript import JS, NO_NODE, photo
from PIL import Image, ImageCms
from test_js import in_png, key_cases, run

from keystego_tf.channel.platforms import PLATFORMS, destinations, ways
from keystego_tf.codec import DoesNotFit, hide, messenger, reveal
from keystego_tf.embedders.qim import PLACES
from keystego_tf.io import jpeg
from keystego_tf.payload.keys import SharedKey

pytestmark = [pytest.mark.ci, pytest.mark.skipif(bool(NO_NODE), reason=NO_NODE)]

SHARED = SharedKey(bytes(range(32)))
KEY = {"key": SHARED.to_text()}
MESSAGE = "Am Mittag, am Fluß".encode()

#: One way to cut a photo in each direction, and sizes that are no multiples of 16.
SIZE = (317, 250)


def arrivals(file: bytes, names: str) -> list[bytes]:
    """What comes out of every way that a file for these destinations may go."""
    found = []
    for way in ways(destinations(names)):
        arrived = file
        for platform in way:
            arrived = platform.send(Image.open(BytesIO(arrived)))
        found.append(arrived)
    return found


def js_hides(
    cover: bytes, message: bytes = MESSAGE, names: str = "whatsapp", keys: Any = None
) -> Any:
    return run("hide", cover, message, keys or KEY, names)


def js_reveals(file: bytes, keys: Any = None) -> bytes:
    return base64.b64decode(run("reveal", file, keys=keys or KEY)["answer"])


def test_the_data_are_those_of_the_package() -> None:
    module = runpy.run_path(str(JS / "platforms.py"))
    written = module["PATH"].read_text(encoding="utf-8")
    assert written == module["text"](), "run export/js/platforms.py"


@pytest.mark.parametrize("names", [*PLATFORMS, "jpeg:50", "jpeg:95", "whatsapp,signal"])
def test_each_reads_what_the_other_hides_for_a_destination(names: str) -> None:
    cover = in_png(photo(*SIZE))
    file = base64.b64decode(js_hides(cover, names=names)["answer"]["file"])
    for each in (file, *arrivals(file, names)):
        assert reveal(each, key=SHARED) == MESSAGE
    made = hide(cover, MESSAGE, key=SHARED, destination=names).file
    arrived = arrivals(made, names)[-1]
    for each in (made, arrived, in_png(Image.open(BytesIO(arrived)))):
        assert js_reveals(each) == MESSAGE


@pytest.mark.parametrize("kind, mode", [("passphrase", "RGB"), ("key pair", "L")])
def test_other_keys_and_grayscale(kind: str, mode: str) -> None:
    python_hides, js_hides_with, python_reads, js_reads = key_cases()[kind]
    cover = in_png(photo(*SIZE).convert(mode))
    file = base64.b64decode(js_hides(cover, keys=js_hides_with)["answer"]["file"])
    for each in (file, *arrivals(file, "whatsapp")):
        assert reveal(each, **python_reads) == MESSAGE
        assert Image.open(BytesIO(each)).mode == mode
    made = hide(cover, MESSAGE, destination="whatsapp", **python_hides).file
    assert js_reveals(arrivals(made, "whatsapp")[-1], js_reads) == MESSAGE


def turned(way: int) -> bytes:
    file, exif = BytesIO(), Image.Exif()
    exif[0x0112] = way
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo(*SIZE).save(file, "JPEG", exif=exif, icc_profile=profile, quality=92)
    return file.getvalue()


def turned_png(way: int) -> bytes:
    file, exif = BytesIO(), Image.Exif()
    exif[0x0112] = way
    photo(*SIZE).save(file, "PNG", exif=exif)
    return file.getvalue()


def clear() -> bytes:
    cover = photo(*SIZE)
    cover.putalpha(Image.linear_gradient("L").resize(cover.size))
    return in_png(cover)


@pytest.mark.parametrize(
    ("cover", "names"),
    [
        (in_png(photo(1701, 1130)), "whatsapp"),
        (in_png(photo(317, 250).convert("L")), "signal"),
        (in_png(photo(90, 70)), "instagram,whatsapp-hd"),
        *((turned(way), "jpeg:70") for way in range(1, 9)),
        (turned_png(6), "jpeg:70"),
        (clear(), "x"),
    ],
)
def test_the_file_is_that_of_python_but_for_what_carries_bits(cover: bytes, names: str) -> None:
    """Scaled, turned and encoded to the same bits, so no trace tells which of the two made it."""
    answer = js_hides(cover, b"", names)["answer"]
    file = base64.b64decode(answer["file"])
    scaled = messenger.scaled_for(cover, destinations(names))
    assert scaled.pixels.shape[:2] == (answer["height"], answer["width"])
    plain, stego = jpeg.read(scaled.plain), jpeg.read(file)
    before, after = plain.components[0].coefficients, stego.components[0].coefficients
    changed = before != after
    assert plain.to_bytes([after, *(each.coefficients for each in plain.components[1:])]) == file
    assert np.count_nonzero(changed) == answer["changed"] < changed.size / 20
    changed[(..., *np.array(PLACES).T)] = False
    assert not changed.any()
    one, other = (np.asarray(Image.open(BytesIO(each)), float) for each in (scaled.plain, file))
    psnr = 10 * np.log10(255**2 / np.square(one - other).mean())
    assert answer["psnr"] == pytest.approx(psnr, abs=1e-6)


def refused(cover: bytes, message: bytes, names: str) -> str:
    """The words of both packages, which say the same."""
    answer = js_hides(cover, message, names)
    with pytest.raises(DoesNotFit) as python:
        hide(cover, message, key=SHARED, destination=names)
    assert answer["error"] == "DoesNotFit"
    # but for the way of writing numbers and sentences
    said = [re.sub("[,.;]", "", each).lower() for each in (answer["words"], str(python.value))]
    assert said[0] == said[1]
    return str(answer["words"])


def test_what_does_not_fit_is_refused_with_the_same_words() -> None:
    noise = np.random.default_rng(0).bytes(1000)
    assert "but the photo is only sure to hold" in refused(in_png(photo(*SIZE)), noise, "whatsapp")
    assert "too few pixels" in refused(in_png(photo(64, 64)), b"", "x")


def test_what_is_no_destination_or_has_other_colours_is_refused() -> None:
    for names, words in (
        ("insta", "must be one of whatsapp, "),
        ("jpeg:20", "from 50 to 95"),
        ("jpeg:", "from 50 to 95"),
        ("whatsapp,", "must be one of"),
        ("telegram,instagram", "no size in common: telegram would make 1280 x 1280 pixels"),
    ):
        answer = js_hides(in_png(photo(80, 70)), names=names)
        assert answer["error"] == "Refused" and words in answer["words"], answer
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for kind in ("JPEG", "PNG"):
        file = BytesIO()
        photo(80, 70).save(file, kind, icc_profile=profile)
        assert "colour profile" in js_hides(file.getvalue())["words"]

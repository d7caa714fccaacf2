"""hide for what recompresses: a file is written that the receiver reads, or none."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from keystego_tf.channel.platforms import PLATFORMS, destinations, ways
from keystego_tf.codec import Capacity, DoesNotFit, capacity, hide, messenger, reveal
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.io import images
from keystego_tf.payload.frame import NothingThere
from keystego_tf.payload.keys import SecretKey, SharedKey

KEY = SharedKey(bytes(range(32)))
PAIR = SecretKey(bytes(range(32)))
MESSAGE = b"At noon, by the river"


def photo(width: int = 320, height: int = 240, mode: str = "RGB") -> Image.Image:
    image = dead_leaves(np.random.default_rng(4), max(width, height))[:height, :width]
    return Image.fromarray(np.clip(np.rint(image), 0, 255).astype(np.uint8)).convert(mode)


def opened(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file))


@pytest.mark.parametrize("names", ["whatsapp", "x", "jpeg:50", "whatsapp,facebook"])
def test_the_message_survives_every_way(names: str) -> None:
    stego = hide(photo(), MESSAGE, key=KEY, destination=names)
    assert stego.embedder == "qim" and stego.psnr > 38 and 0 <= stego.spent <= 0.5
    chosen = destinations(names)
    assert reveal(stego.file, key=KEY) == MESSAGE
    for way in ways(chosen):
        arrived = stego.file
        for platform in way:
            arrived = platform.send(opened(arrived))
        assert reveal(arrived, key=KEY) == MESSAGE, [each.name for each in way]
    with pytest.raises(NothingThere):
        reveal(arrived, key=SharedKey(bytes(32)))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_file_is_the_plain_one_but_for_a_few_coefficients(mode: str) -> None:
    image, whatsapp = photo(mode=mode), PLATFORMS["whatsapp"]
    stego, plain = hide(image, MESSAGE, key=KEY, destination="whatsapp"), whatsapp.send(image)
    file = opened(stego.file)
    assert file.mode == mode and file.size == image.size
    assert file.quantization == opened(plain).quantization and file.layer == opened(plain).layer
    new, old = (np.asarray(opened(each), int) for each in (stego.file, plain))
    mse = np.mean(np.square(new - old))
    assert stego.psnr == pytest.approx(10 * np.log10(255**2 / mse))
    assert 0 < stego.changed < stego.samples / 50


def test_a_key_pair_and_a_passphrase() -> None:
    for sender, receiver in (({"to": PAIR.public}, {"key": PAIR}), ({"passphrase": "x"},) * 2):
        stego = hide(photo(), MESSAGE, destination="whatsapp", **sender)
        assert reveal(stego.file, **receiver) == MESSAGE
    assert reveal(hide(photo(), b"", key=KEY, destination="x").file, key=KEY, model="qim") == b""


def test_the_photo_is_upright_in_srgb_on_white_and_without_metadata(tmp_path: Path) -> None:
    image, path = photo(300, 200), tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "where I live"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(path, exif=exif, icc_profile=profile, quality=95)
    stego = hide(path, MESSAGE, key=KEY, destination="whatsapp")
    assert opened(stego.file).size == (200, 300) and set(opened(stego.file).info) <= {
        "jfif", "jfif_version", "jfif_unit", "jfif_density"
    }  # fmt: skip
    upright = np.asarray(image.rotate(-90, expand=True), int)
    assert np.abs(np.asarray(opened(stego.file), int) - upright).mean() < 6
    clear = photo(200, 200)
    clear.putalpha(0)
    white = hide(clear, MESSAGE, key=KEY, destination="whatsapp")
    assert white.picture.rgb_u8.min() > 200 and reveal(white.file, key=KEY) == MESSAGE


def test_a_large_photo_is_scaled_to_the_smallest_destination() -> None:
    large = photo(1700, 800)
    scaled = messenger.scaled_for(large, destinations("whatsapp-hd,whatsapp,telegram"))
    assert scaled.pixels.shape == (602, 1280, 3)
    square = messenger.scaled_for(large, destinations("whatsapp,instagram"))
    assert square.pixels.shape == (1440, 1440, 3)


def test_capacity_is_what_fits_and_the_refusal_says_it() -> None:
    image = photo()
    rows = {each.destination: each.message for each in capacity(image) if each.embedder == "qim"}
    assert [*rows] == [*PLATFORMS, "jpeg:50"]
    most = rows["whatsapp"]
    assert most and 100 < most < 200 and rows["instagram"] > 10 * most
    message = os.urandom(most)
    stego = hide(image, message, key=KEY, destination="whatsapp")
    assert reveal(stego.file, key=KEY) == message and stego.level == messenger.PROMISED
    assert hide(image, message[:40], key=KEY, destination="whatsapp").level > messenger.PROMISED
    longer = hide(image, message + bytes(range(60)), key=KEY, destination="whatsapp")
    assert longer.level < messenger.PROMISED
    refusal = r"takes 1,000 bytes, but the photo is only sure to hold 1\d\d \(320"
    with pytest.raises(DoesNotFit, match=refusal):
        hide(image, os.urandom(1000), key=KEY, destination="whatsapp")
    with pytest.raises(DoesNotFit, match=r"too few pixels for any message \(64 x 64 pixels for x"):
        hide(photo(64, 64), b"", key=KEY, destination="x")


def test_what_is_lost_on_the_way_is_not_written(tmp_path: Path, monkeypatch) -> None:
    """A platform that blurs: whatever the strength, nothing arrives."""
    out = tmp_path / "out.jpg"

    def blurred(self, image: Image.Image) -> bytes:
        file = io.BytesIO()
        small = image.resize((image.width // 3, image.height // 3))
        small.resize(image.size).save(file, "JPEG")
        return file.getvalue()

    monkeypatch.setattr("keystego_tf.channel.platforms.Platform.send", blurred)
    with pytest.raises(DoesNotFit, match="too many of its bits are read wrong on the way"):
        hide(photo(), MESSAGE, out, key=KEY, destination="whatsapp")
    assert not out.exists()


def test_more_strength_where_the_weakest_does_not_do(monkeypatch) -> None:
    """Signal's quality, but the platform recompresses at 50."""
    coarse = destinations("jpeg:50")[0]
    weak = hide(photo(), MESSAGE, key=KEY, destination="signal")
    monkeypatch.setattr(messenger, "ways", lambda _: [(coarse, coarse)])
    strong = hide(photo(), MESSAGE, key=KEY, destination="signal")
    assert strong.psnr < weak.psnr - 2 and strong.spent <= 0.5
    arrived = coarse.send(opened(strong.file))
    assert reveal(arrived, key=KEY) == MESSAGE


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    for options, reason in (
        ({"model": "syndrome"}, "model and scale are for files"),
        ({"scale": 0.5}, "model and scale are for files"),
        ({"out": tmp_path / "out.png"}, "must end in .jpg: what is for whatsapp is a JPEG"),
    ):
        with pytest.raises(ValueError, match=reason):
            hide(photo(), b"", key=KEY, destination="whatsapp", **options)
    with pytest.raises(ValueError, match="qim is for what recompresses: give a dest"):
        hide(photo(), b"", key=KEY, model="qim")
    with pytest.raises(ValueError, match="qim is for what recompresses: without a model"):
        capacity(photo(), model="qim")


def test_a_jpeg_whose_coefficients_are_refused_can_be_sent_all_the_same() -> None:
    file = io.BytesIO()
    photo().save(file, "JPEG", keep_rgb=True)  # not YCbCr
    found = {each.destination: each.message for each in capacity(file.getvalue())}
    assert found["whatsapp"]
    assert Capacity("syndrome", None) in capacity(file.getvalue())
    assert reveal(hide(file.getvalue(), b"x", key=KEY, destination="x").file, key=KEY) == b"x"
    with pytest.raises(ValueError, match="red, green and blue"):
        capacity(file.getvalue(), "syndrome")
    for name in ("insta", "jpeg:20", "jpeg:", "whatsapp,", ""):
        with pytest.raises(ValueError, match="the destination is"):
            hide(photo(), b"", key=KEY, destination=name)


def test_a_lossless_copy_of_what_arrived_is_read_too() -> None:
    stego = hide(photo(), MESSAGE, key=KEY, destination="whatsapp")
    copy = images.encode(images.read_exact(stego.file), "PNG")
    assert reveal(copy, key=KEY) == MESSAGE

"""What a returned file tells of its way."""

from __future__ import annotations

import io

import pytest
from channel_images import photo
from PIL import Image

from keystego_tf.channel.measure import measure
from keystego_tf.channel.platforms import META, PLATFORMS, WHATSAPP
from keystego_tf.io.pillow import to_pillow


def saved(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def test_a_platforms_file_tells_its_rule() -> None:
    image = to_pillow(photo(300, 2000))
    sent = saved(image)
    found = measure(sent, PLATFORMS["whatsapp"].send(image))
    assert (found.sent, found.returned) == ((2000, 300), (1600, 240))
    assert found.luma == found.chroma == WHATSAPP.tolist()
    assert found.alike == ["whatsapp", "whatsapp-hd"] and found.quality is None
    assert (found.sampling, found.progressive, found.cropped, found.same_file) == (
        "4:2:0", False, False, False
    )  # fmt: skip
    square = measure(sent, PLATFORMS["instagram"].send(image))
    assert square.cropped and square.luma == META.tolist() and square.psnr is None


def test_a_size_that_stayed_tells_how_much_changed() -> None:
    image = to_pillow(photo())
    found = measure(saved(image, quality=95), saved(image, quality=70, subsampling=0))
    assert found.psnr and 25 < found.psnr < 45
    assert (found.quality, found.sampling, found.alike) == (70, "4:4:4", ["signal"])
    gray = measure(saved(image), saved(image.convert("L"), progressive=True))
    assert (gray.sampling, gray.chroma, gray.progressive) == ("gray", [], True)
    same = saved(image)
    assert measure(same, same).same_file


def test_what_is_no_jpeg_is_refused() -> None:
    image = to_pillow(photo())
    file = io.BytesIO()
    image.save(file, "PNG")
    with pytest.raises(ValueError, match="but a JPEG with 'ffd8ff'"):
        measure(saved(image), file.getvalue())

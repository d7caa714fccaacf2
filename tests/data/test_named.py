"""Covers from a data set by name, with a stand-in for tensorflow-datasets."""

from __future__ import annotations

import io
import sys
import types

import numpy as np
import pytest
from PIL import Image

from keystego_tf.data.covers import SkippedFile, open_covers, usable_images


def picture(seed: int, height: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, 24, 3), np.uint8)


def fake_tfds(images: list[bytes], features: tuple[str, ...] = ("image", "label")):
    """A stand-in for tensorflow_datasets, with what is used of it; records what was asked."""
    module = types.ModuleType("tensorflow_datasets")
    module.asked = {}
    module.decode = types.SimpleNamespace(SkipDecoding=lambda: "skip")
    module.as_numpy = iter

    class Builder:
        info = types.SimpleNamespace(features=dict.fromkeys(features))

        def download_and_prepare(self):
            module.asked["prepared"] = True

        def as_dataset(self, **options):
            module.asked.update(options)
            return [{"image": image, "label": 0} for image in images]

    def builder(name):
        module.asked["name"] = name
        return Builder()

    module.builder = builder
    return module


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    "spec, name, split",
    [
        ("tfds:photos", "photos", "train"),
        ("tfds:photos/test[:5]", "photos", "test[:5]"),
        ("tfds:photos/128/test", "photos/128", "test"),
    ],
)
def test_named_data_set(monkeypatch, spec, name, split):
    images = [png(picture(0)), png(picture(1, 10)), png(picture(2))]
    fake = fake_tfds(images)
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake)
    covers = open_covers(spec, channels=3, least_side=16, seed=0)
    with pytest.warns(SkippedFile, match=f"skipped image 1 of tfds:{name}/.*24 x 10"):
        assert [index for index, _ in usable_images(covers)] == [0, 2]
    assert (covers.name, len(covers), covers.skipped) == (f"tfds:{name}/{split}", 3, 1)
    np.testing.assert_array_equal(covers.image(2), picture(2))
    assert covers.file_size(2) == len(images[2])
    assert len({covers.digest(index) for index in range(3)}) == 3
    asked = {"name": name, "split": split, "shuffle_files": False, "prepared": True}
    assert fake.asked == {**asked, "decoders": {"image": "skip"}}


def test_named_data_set_refusals(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake_tfds([], ("text",)))
    with pytest.raises(ValueError, match="words has the features text, but covers need 'image'"):
        open_covers("tfds:words", 3, 16, 0)
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake_tfds([]))
    with pytest.raises(ValueError, match="tfds:none/train holds no usable cover"):
        open_covers("tfds:none", 3, 16, 0)
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ImportError, match=r"keystego-tf\[datasets\]"):
        open_covers("tfds:photos", 3, 16, 0)
    # what is left of tensorflow-datasets where a package that it needs cannot be imported
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", types.ModuleType("tfds"))
    with pytest.raises(ImportError, match="installed but does not load"):
        open_covers("tfds:photos", 3, 16, 0)

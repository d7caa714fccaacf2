"""Exports that must fail, and leave nothing behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny import write_photos

from keystego_tf.backend import tf
from keystego_tf.bundles.bundles import load_bundle
from keystego_tf.bundles.catalogue import Model, open_model
from keystego_tf.bundles.convert import save_model, to_tflite
from keystego_tf.exporting import export as exporting
from keystego_tf.exporting import formats
from keystego_tf.exporting.artefacts import ExportFailed
from keystego_tf.exporting.export import ExportConfig, export
from keystego_tf.io.quiet import quiet_stderr
from keystego_tf.methods import method_of

CONFIG = ExportConfig(side=16, images=4, calibration_images=2)


def fails(model: Model, out: Path, message: str) -> None:
    """Exporting fails with the message; ``out`` and what is beside it stay as they were."""
    before = sorted(out.parent.rglob("*"))
    with pytest.raises(ExportFailed, match=message):
        export(model, out, CONFIG)
    assert sorted(out.parent.rglob("*")) == before


@pytest.fixture
def converts_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def stub(content: bytes) -> None:
        monkeypatch.setattr(formats, "to_format", lambda *_: content)

    return stub


def bob(model: Model, side: int = 16) -> Any:
    agents, run = load_bundle(model.folder)
    return method_of(run).signatures(agents, run, side)["bob"]["read"]


class Stateful(tf.Module):
    """Answers as Bob does, by names and shapes; its weight is a variable that changes."""

    def __init__(self) -> None:
        self.weight = tf.Variable(1.0)

    @tf.function(
        input_signature=[
            tf.TensorSpec((1, 16, 16, 3), tf.float32, "stego"),
            tf.TensorSpec((1, 4, 4, 1), tf.float32, "secret_key"),
        ]
    )
    def read(self, stego: Any, secret_key: Any) -> Any:
        self.weight.assign_add(tf.reduce_mean(stego))
        return {"message": secret_key * self.weight}


def test_a_file_that_lost_its_weights(
    tiny_model: Model, tmp_path: Path, converts_to: Callable[[bytes], None]
) -> None:
    module, folder = Stateful(), tmp_path / "stateful"
    with quiet_stderr():
        tf.saved_model.save(module, str(folder), signatures={"read": module.read})
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=["read"])
        converter.experimental_enable_resource_variables = True
        converts_to(converter.convert())
    message = r"bob-float32\.tflite will not do: it has unresolved variables \(.*VAR_HANDLE.*\)"
    fails(tiny_model, tmp_path / "out", message)


def test_a_file_with_another_signature(
    tiny_model: Model, tmp_path: Path, converts_to: Callable[[bytes], None]
) -> None:
    inputs, model = bob(tiny_model)
    converts_to(to_tflite({"decode": (inputs, model)}))
    fails(tiny_model, tmp_path / "out", "signature read is missing: there is decode")
    renamed = {"image": inputs["stego"], "secret_key": inputs["secret_key"]}
    converts_to(to_tflite({"read": (renamed, model)}))
    fails(tiny_model, tmp_path / "out", "its inputs are image, secret_key, not secret_key, stego")
    converts_to(to_tflite({"read": bob(tiny_model, 32)}))
    fails(tiny_model, tmp_path / "out", r"its input \w+ is \[1, .*\], not \[1, .*\]")


def other_bob(model: Model, factor: float) -> Any:
    """Bob with his last convolution multiplied."""
    inputs, changed = bob(model)
    layer = changed.get_layer("read_conv")
    layer.set_weights([factor * weight for weight in layer.get_weights()])
    return inputs, changed


@pytest.mark.parametrize("factor", [-1.0, float("nan")], ids=["turned over", "NaN"])
def test_a_file_that_reads_other_bits(
    tiny_model: Model, tmp_path: Path, converts_to: Callable[[bytes], None], factor: float
) -> None:
    converts_to(to_tflite({"read": other_bob(tiny_model, factor)}))
    message = r"bob-float32\.tflite will not do: .* of 64 bits \(.*\) differ from Keras"
    fails(tiny_model, tmp_path / "out", message)


def test_a_saved_model_that_reads_other_bits(
    tiny_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(folder: Path, _: Any, dynamic: bool) -> None:
        save_model(folder, {"read": other_bob(tiny_model, -1.0)}, dynamic)

    monkeypatch.setattr(exporting, "save_model", save)
    fails(tiny_model, tmp_path / "out", "saved_model/bob will not do: .* differ from Keras")


def test_the_bars() -> None:
    from keystego_tf.exporting.proof import Measured, check_bits

    for form, bar in (("float32", 10), ("float16", 10), ("dynamic-int8", 50), ("int8", 50)):
        check_bits(Measured(10_000, bar, None, 1.0), formats.BARS[form])
        with pytest.raises(ExportFailed, match=f"{bar + 1} of 10,000 bits"):
            check_bits(Measured(10_000, bar + 1, None, 1.0), formats.BARS[form])


def test_ctrl_c_leaves_nothing(
    tiny_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> bytes:
        assert os.listdir(tmp_path) != []  # something was there to be removed
        raise KeyboardInterrupt

    monkeypatch.setattr(formats, "to_format", stopped)
    with pytest.raises(KeyboardInterrupt):
        export(tiny_model, tmp_path / "new" / "out", CONFIG)
    assert os.listdir(tmp_path) == []


def test_a_folder_in_use_is_refused(tiny_model: Model, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    for out in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(ValueError, match="is in use: --out must be a new folder or an empty"):
            export(tiny_model, out, CONFIG)
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_too_few_or_shared_photos_are_refused(tiny_model: Model, tmp_path: Path) -> None:
    photos = str(write_photos(tmp_path / "photos", 4, 16))
    with pytest.raises(ValueError, match="has 4 usable images, but 5 are needed"):
        export(tiny_model, tmp_path / "out", ExportConfig(side=16, images=5, photos=photos))
    config = ExportConfig(
        side=16, images=4, calibration_images=4, photos=photos, calibration=photos
    )
    with pytest.raises(ValueError, match="photos and calibration share an image"):
        export(tiny_model, tmp_path / "out", config)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("side", [0, 12, 30, -16])
def test_sides_that_do_not_fit_are_refused(side: int) -> None:
    with pytest.raises(ValueError, match=f"side is {side}, but must be a multiple of 4 from 16"):
        ExportConfig(side=side)


def test_formats_have_names() -> None:
    with pytest.raises(ValueError, match="format is 'int4', but must be one of float32"):
        formats.to_format(Path("none"), "read", "int4", lambda: iter(()))


def test_alike_samples_for_alike_seeds(tiny_model: Model) -> None:
    from keystego_tf.exporting.samples import make_samples, open_tiles

    agents, run = load_bundle(tiny_model.folder)
    tiles, covers = open_tiles("synthetic", tiny_model.agents, 16, 3, 5)
    assert covers.name == "synthetic" and len(tiles) == 3
    first, second = (make_samples(agents, run, tiles, 9) for _ in range(2))
    for one, two in zip(first, second):
        np.testing.assert_array_equal(one.stego, two.stego)
        np.testing.assert_array_equal(one.secret_key, two.secret_key)
        np.testing.assert_array_equal(one.public_key, one.secret_key)  # symmetric
    assert not np.array_equal(first[0].secret_key, first[1].secret_key)


def test_a_side_that_a_method_does_not_take_is_refused(tmp_path: Path) -> None:
    model = open_model(Path(__file__).parents[2] / "benchmarks" / "weights" / "lattice-0.0625")
    with pytest.raises(ValueError, match=r"side is 20, but lattice-0\.0625 takes multiples of 16"):
        export(model, tmp_path / "out", ExportConfig(side=20))

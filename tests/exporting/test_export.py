"""What an export holds: files that decode as Keras does, and a manifest that is true of them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from exports import SIDE, Exported, Tile

from keystego_tf.backend import tf
from keystego_tf.bundles.catalogue import find_model
from keystego_tf.bundles.convert import operations
from keystego_tf.exporting.artefacts import TFLiteFile
from keystego_tf.exporting.export import ExportConfig, export
from keystego_tf.exporting.formats import FORMATS
from keystego_tf.io.quiet import quiet_stderr


def bob_inputs(tile: Tile) -> dict[str, np.ndarray]:
    stego = tile.stego[None] / np.float32(255)
    return {"stego": stego, "secret_key": tile.secret_key, "public_key": tile.public_key}


def keras_bits(exported: Exported, tile: Tile) -> np.ndarray:
    inputs = bob_inputs(tile)
    order = [inputs[name] for name in ("stego", "secret_key", "public_key")]
    return np.asarray(exported.agents.bob(order, training=False)) > 0.5


@pytest.mark.parametrize("form", FORMATS)
def test_bobs_files_read_on_litert_what_keras_reads(
    exported: Exported, tiles: list[Tile], form: str
) -> None:
    interpreter = Interpreter(model_path=str(exported.file("bob", form)))
    read = interpreter.get_signature_runner("read")
    for tile in tiles:
        bits = read(**bob_inputs(tile))["message"] > 0.5
        assert np.mean(bits == (tile.message > 0)) > 0.95
        assert np.sum(bits != keras_bits(exported, tile)) <= 1


def test_bobs_int8_file_reads_on_compiled_model_by_name(
    exported: Exported, tiles: list[Tile]
) -> None:
    from ai_edge_litert.compiled_model import CompiledModel

    path, rows = str(exported.file("bob", "int8")), SIDE // 4
    with quiet_stderr():
        model = CompiledModel.from_file(path)
    inputs = {}
    for name, value in bob_inputs(tiles[0]).items():
        inputs[name] = model.create_input_buffer_by_name("read", name)
        inputs[name].write(value)
    output = model.create_output_buffer_by_name("read", "message")
    model.run_by_name("read", inputs, {"message": output})
    bits = output.read(rows * rows, np.float32).reshape(1, rows, rows, 1) > 0.5
    assert np.sum(bits != keras_bits(exported, tiles[0])) <= 1


def test_the_pk_generator_is_exact_and_small(exported: Exported) -> None:
    path = exported.file("pk_generator", "float32")
    assert path.stat().st_size <= 4000
    make = Interpreter(model_path=str(path)).get_signature_runner("make")
    coins = np.random.default_rng(5).integers(0, 2, (100, 1, SIDE // 4, SIDE // 4, 1))
    for key in (2 * coins - 1).astype("f4"):
        public_key = make(secret_key=key)["public_key"]
        expected = np.asarray(exported.agents.pk_generator(key, training=False))
        np.testing.assert_array_equal(np.abs(public_key), 1)
        np.testing.assert_array_equal(public_key > 0, expected > 0)


@pytest.mark.parametrize("form", ["float32", "float16"])
def test_alices_files_hide_what_bob_reads(exported: Exported, tiles: list[Tile], form: str) -> None:
    hide = Interpreter(model_path=str(exported.file("alice", form))).get_signature_runner("hide")
    for tile in tiles:
        cover = tile.cover[None] / np.float32(255)
        stego = hide(cover=cover, message=tile.message, key=tile.public_key)["stego"]
        assert np.max(np.abs(np.rint(stego[0] * 255) - tile.stego)) <= 1


def test_saved_models_answer_all_signatures(exported: Exported, tiles: list[Tile]) -> None:
    model = tf.saved_model.load(str(exported.folder / "saved_model" / "bob"))
    assert set(model.signatures) == {"read", "read_under_mask"}
    read = model.signatures["read"](**{k: tf.constant(v) for k, v in bob_inputs(tiles[0]).items()})
    np.testing.assert_array_equal(read["message"] > 0.5, keras_bits(exported, tiles[0]))


def test_int8_files_are_int8_where_they_should(exported: Exported) -> None:
    sizes = {form: exported.file("bob", form).stat().st_size for form in FORMATS}
    # the asymmetric Bob's weights are most of him, but his mask path stays in float
    assert sizes["float16"] < 0.65 * sizes["float32"]
    assert sizes["dynamic-int8"] < sizes["float16"] and sizes["int8"] < sizes["float32"]
    content = exported.file("bob", "int8").read_bytes()
    types = {
        each["name"]: each["dtype"]
        for each in Interpreter(model_content=content).get_tensor_details()
    }
    convolutions = [outputs[0] for kind, outputs in operations(content) if kind == "CONV_2D"]
    floats = [name for name in convolutions if types[name] is np.float32]
    assert len(convolutions) == 9  # five of the reading of the mask, four of the image
    first = [name.split(";")[0].split("/")[1] for name in floats]
    assert len(floats) == 5 and all(layer.startswith("mask") for layer in first)


def test_the_manifest_is_true(exported: Exported) -> None:
    listed = {"manifest.json"}
    for entry in exported.manifest["artefacts"]:
        for each in entry.get("files", [entry]):
            content = (exported.folder / each["file"]).read_bytes()
            assert each["bytes"] == len(content)
            assert each["sha256"] == hashlib.sha256(content).hexdigest()
            listed.add(each["file"])
        measured = entry["measured"]
        assert measured["bits"] >= 8 * (SIDE // 4) ** 2 and measured["median_ms"] > 0
        if entry["agent"] != "pk_generator":
            assert measured["bit_accuracy"] > 0.95
        if entry["format"] != "saved_model":
            check_signatures(entry, exported.folder / entry["file"])
    files = [each for each in exported.folder.rglob("*") if each.is_file()]
    assert listed == {each.relative_to(exported.folder).as_posix() for each in files}
    assert exported.manifest["model"]["pk_generator"] == exported.model.generator
    assert exported.manifest["tile"]["key_map"] == [SIDE // 4, SIDE // 4]
    assert str(exported.folder.parent) not in (exported.folder / "manifest.json").read_text()


def check_signatures(entry: dict, path: Path) -> None:
    """The manifest's signatures are those of the file."""
    interpreter = Interpreter(model_path=str(path))
    (signature,) = entry["signatures"]
    names = interpreter.get_signature_list()[signature["name"]]
    tensors = {each["name"]: each for each in interpreter.get_tensor_details()}
    for kind in ("inputs", "outputs"):
        assert sorted(each["name"] for each in signature[kind]) == sorted(names[kind])
        for each in signature[kind]:
            assert tensors[each["tensor"]]["shape"].tolist() == each["shape"]
            assert tensors[each["tensor"]]["dtype"] is np.float32 and each["dtype"] == "float32"


def test_nothing_is_left_beside_an_export(exported: Exported) -> None:
    assert os.listdir(exported.folder.parent) == [exported.folder.name]
    ordinary = exported.folder.parent / "ordinary"
    ordinary.mkdir()
    assert exported.folder.stat().st_mode == ordinary.stat().st_mode
    ordinary.rmdir()


@pytest.mark.slow
def test_dynamic_shapes_take_any_size(tmp_path: Path) -> None:
    model = find_model("keyed-symmetric-0.0625")
    config = ExportConfig(side=SIDE, dynamic=True, images=4, calibration_images=4)
    manifest = export(model, tmp_path / "out", config)
    assert manifest["tile"]["dynamic_shape"]
    for form in FORMATS:
        content = (tmp_path / "out" / f"bob-{form}.tflite").read_bytes()
        bob = TFLiteFile(content, "read")
        for batch, side in ((1, 16), (2, 64)):
            key = np.ones((batch, side // 4, side // 4, 1), np.float32)
            stego = np.full((batch, side, side, 3), 0.5, np.float32)
            assert bob.answer({"stego": stego, "secret_key": key}).shape == key.shape

"""Bundles that somebody made to do harm: one clear error, and little memory and time."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from keystego_tf.bundles import bundles, runner
from keystego_tf.bundles.bundles import load_weights
from keystego_tf.bundles.catalogue import BUNDLED, find_model
from keystego_tf.codec import reveal
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.io.images import Picture
from keystego_tf.payload.frame import NothingThere
from keystego_tf.payload.keys import SharedKey

KEY = SharedKey(bytes(32))
TILE = Picture(dead_leaves(np.random.default_rng(0), 128))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED / "keyed-symmetric-0.5", tmp_path / "bundle"))


def read_with(bundle: Path) -> None:
    reveal(TILE, key=KEY, model=str(bundle))


def put(bundle: Path, name: str, content: bytes) -> None:
    """A file of a bundle and the hash of it that the card has to have."""
    (bundle / name).write_bytes(content)
    card = json.loads((bundle / "card.json").read_bytes())
    card["sha256"][name] = hashlib.sha256(content).hexdigest()
    (bundle / "card.json").write_text(json.dumps(card))


def archive(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return file.getvalue()


def array(shape: tuple[int, ...], kind: str = "<f4") -> bytes:
    """The header of an array's file, and no more."""
    file = io.BytesIO()
    header = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


def test_an_archive_whose_arrays_are_too_large_is_not_unpacked(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = archive({"a.npy": array((1 << 25,)) + bytes(1 << 27)})
    assert len(content) < 1 << 18
    (bundle / "weights.npz").write_bytes(content)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("unpacked"))
    with pytest.raises(ValueError, match=r"weights\.npz is damaged: its arrays have 134.* at most"):
        load_weights(bundle)


def more_than_declared(content: bytes) -> bytes:
    """The size in both of a member's headers made small."""
    whole = struct.pack("<I", 1 << 20)
    assert content.count(whole) == 2
    return content.replace(whole, struct.pack("<I", 100))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (archive({f"{i}.npy": b"" for i in range(6000)}), "its directory has"),
        (archive({"a.npy": b""}) + b"more", "must end as a plain ZIP"),
        (archive({"a.npy": array((1 << 40,))}), ""),
        (archive({"a.npy": array((1 << 20,), "|O")}), "Object arrays"),
        (archive({"a.npy": array((3,), "<f8") + bytes(24)}), "a must be float32"),
        (archive({"a": b"no array"}), "a must be float32"),
        (more_than_declared(archive({"a.npy": bytes(1 << 20)})), ""),
        (bytes(bundles.MOST_BYTES + 1), "at most 67108864 are read"),
    ],
    ids=["directory", "comment", "shape", "objects", "double", "text", "declared", "large"],
)
def test_other_archives(bundle: Path, content: bytes, reason: str) -> None:
    (bundle / "weights.npz").write_bytes(content)
    with pytest.raises(ValueError, match=rf"weights\.npz is damaged: .*{reason}"):
        load_weights(bundle)


def test_a_pipe_is_not_waited_for(bundle: Path) -> None:
    for name in ("weights.npz", "card.json", "bob.tflite"):
        (bundle / name).unlink()
        os.mkfifo(bundle / name)
    with pytest.raises(ValueError, match="is not a bundle: it has no"):
        read_with(bundle)


@pytest.mark.parametrize("name", ["config.json", "card.json"])
def test_json_that_is_nested_too_deeply(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes(b'{"a":' * 100_000)
    with pytest.raises(ValueError, match=rf"{name} is not .*: it is nested too deeply"):
        read_with(bundle)


def shapes(content: bytes) -> bytes:
    """The height and width of the input, 128 x 128, made a hundred times as large."""
    old, new = (struct.pack("<4i", 1, side, side, 3) for side in (128, 12800))
    assert old in content
    return content.replace(old, new)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content[:4] + b"XXXX" + content[8:],
        lambda content: content.replace(b"stego", b"ogets"),
        lambda content: content.replace(b"read", b"daer"),
        shapes,
    ],
    ids=["cut", "empty", "magic", "input", "signature", "shapes"],
)
def test_tflite_files_with_hashes_that_fit(bundle: Path, change: Callable[[bytes], bytes]) -> None:
    put(bundle, "bob.tflite", change((bundle / "bob.tflite").read_bytes()))
    runner.lite_runner.cache_clear()
    with pytest.raises(ValueError, match=r"bob\.tflite cannot be run: ") as raised:
        read_with(bundle)
    assert not isinstance(raised.value, NothingThere)


def test_tensors_that_would_fill_the_memory(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MOST_TENSORS", 10**7)
    runner.lite_runner.cache_clear()
    with pytest.raises(ValueError, match=r"its tensors take 2\d{7} bytes, but at most 10000000"):
        read_with(bundle)


def test_another_agents_file_gives_other_numbers_than_are_needed(bundle: Path) -> None:
    model = find_model(str(bundle))
    lite = runner.LiteRunner(model)

    class Twice(runner.LiteRunner):
        def answer(self, *words: object) -> np.ndarray:
            return np.concatenate(2 * [lite.answer(*words)])  # type: ignore[arg-type]

    for made in (Twice(model), _nan(lite)):
        bits = np.zeros(128 * 64, np.uint8)
        with pytest.raises(ValueError, match="alice's hide must give 49152 finite numbers"):
            made.hide(TILE.rgb_u8, bits, np.zeros(1024, np.uint8))


def _nan(lite: runner.LiteRunner) -> runner.Runner:
    made = runner.Runner(lite.agents)
    made.answer = lambda *_: np.full((1, 128, 128, 3), np.nan)  # type: ignore[method-assign]
    return made

"""What ``inspect`` says of files."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keystego_tf.cli import main
from keystego_tf.codec import hide
from keystego_tf.data.synthetic import dead_leaves
from keystego_tf.payload.keys import SecretKey, write_pair
from keystego_tf.steganalysis import simple
from keystego_tf.steganalysis.simple.inspection import inspect


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def test_a_png_that_was_a_jpeg() -> None:
    leaves = dead_leaves(np.random.default_rng(1), 128)
    decoded = np.asarray(Image.open(io.BytesIO(encoded(leaves, "JPEG", quality=80, subsampling=2))))
    found = inspect(encoded(decoded))
    assert found.kind == "samples" and set(found.scores) == {
        each.name for each in simple.reading(simple.SAMPLES)
    }
    assert "it was a JPEG: libjpeg's quality 80, colours halved both ways" in found.notes
    assert any("blocks" in note for note in found.notes)
    changed = decoded.copy()
    changed[4::8, 4::8, 0] ^= 1
    again = inspect(encoded(changed))
    before, after = (each.scores["jpeg-compatibility"] for each in (found, again))
    assert before is not None and after is not None and before < 0.3 < 0.8 < after
    assert inspect(encoded(leaves)).scores["jpeg-compatibility"] is None


def test_a_gray_photo_with_exceptions() -> None:
    gray = dead_leaves(np.random.default_rng(1), 64)
    gray[:] = gray[..., :1]
    assert inspect(encoded(gray)).notes == []
    gray[5, 5, 0] ^= 1
    assert inspect(encoded(gray)).notes == ["it is gray but for 0.02% of its pixels"]


def test_a_jpeg() -> None:
    content = encoded(dead_leaves(np.random.default_rng(1), 64), "JPEG")
    found = inspect(content)
    assert found.kind == "JPEG" and found.notes == [] and found.scores["structure"] == 0
    assert inspect(content + b"xyz").notes == ["3 bytes follow the image"]


def test_an_image_too_small_for_some() -> None:
    found = inspect(encoded(np.zeros((2, 3, 3), np.uint8)))
    assert found.scores["jpeg-compatibility"] is None and found.scores["rs"] is None


def test_the_command_prints_scores_and_notes(tmp_path: Path) -> None:
    path = tmp_path / "it.jpg"
    path.write_bytes(encoded(dead_leaves(np.random.default_rng(1), 64), "JPEG") + b"xyz")
    result = CliRunner().invoke(main, ["inspect", str(path)])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines[:-2]] == [
        each.name for each in simple.reading(simple.JPEG, simple.JPEG_BYTES)
    ]
    assert lines[-2:] == [
        "note: 3 bytes follow the image",
        "Compare with other photos of the same camera.",
    ]
    assert all(line == line.rstrip() and "``" not in line for line in lines)
    result = CliRunner().invoke(main, ["inspect", str(path), "--json"])
    assert json.loads(result.output)["scores"]["structure"] == 1


def test_with_a_public_key(tmp_path: Path) -> None:
    cover, nets = dead_leaves(np.random.default_rng(1), 256), "keyed-asymmetric-0.0625"
    secret = SecretKey.generate()
    pub, key = (str(tmp_path / name) for name in ("anna.pub", "anna.key"))
    write_pair(tmp_path / "anna", secret)
    path = tmp_path / "it.png"
    for model, note in ((None, ""), (nets, f"note: {nets} reads the opening of a message to")):
        path.write_bytes(hide(encoded(cover), b"Noon", to=secret.public, model=model).file)
        result = CliRunner().invoke(main, ["inspect", str(path), "--key", pub])
        assert result.exit_code == 0 and note in result.output
        assert ("reads the opening" in result.output) == bool(note)
        rows = {line.split()[0]: line.split()[1] for line in result.output.splitlines()}
        assert rows["x25519"] in {"0", "1", "2", "3"}
    result = CliRunner().invoke(main, ["inspect", str(path), "--key", key])
    assert result.exit_code == 1 and "is a secret key" in result.output


@pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8\xff\xe0"])
def test_what_is_no_image_is_an_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "it"
    path.write_bytes(content)
    result = CliRunner().invoke(main, ["inspect", str(path)])
    assert result.exit_code == 1 and result.output.startswith("error: ")

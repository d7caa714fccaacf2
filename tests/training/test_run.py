"""A run's folder and its data; whole runs are in tests/cli/test_train.py."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tiny import tiny_run, write_photos

from keystego_tf.data.batches import evaluation_tiles
from keystego_tf.data.covers import open_covers
from keystego_tf.methods import load_run
from keystego_tf.training.run import (
    CONFIG,
    CONTENTS,
    COVERS,
    machine,
    open_data,
    open_run,
    without_paths,
)

CONFIGURED = tiny_run()


class Sized(list):  # type: ignore[type-arg]
    """Covers of which nothing but the sizes of their files is known."""

    file_size = list.__getitem__


#: Covers for training and for the test.
PARTS: Any = (Sized([1, 2]), Sized([4]))
PHOTOS = Path(os.environ.get("KEYSTEGO_PHOTOS", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a finished run, killed once while it wrote its metrics."""
    folder = tmp_path / "run"
    for name in CONTENTS:
        is_folder = "." not in name
        path = folder / name / "file" if is_folder else folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old")
    (folder / ".metrics.jsonl.k3_x9").write_text("part")
    return folder


def test_a_new_run_makes_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    open_run(folder, CONFIGURED, resume=False, overwrite=False, parts=PARTS)
    assert load_run(folder / CONFIG) == CONFIGURED
    open_run(folder, tiny_run(steps=9), resume=True, overwrite=False, parts=PARTS)
    assert load_run(folder / CONFIG) == CONFIGURED, "as it was begun"


def test_a_run_goes_on_with_its_own_covers_alone(tmp_path: Path) -> None:
    """Others would be split otherwise, and what it is measured on would have been learned from."""
    folder = tmp_path / "one"
    open_run(folder, CONFIGURED, resume=False, overwrite=False, parts=PARTS)
    for parts, name in (((PARTS[0], Sized([4, 7])), "test"), ((Sized([2, 1]), PARTS[1]), "train")):
        with pytest.raises(ValueError, match=rf"was begun with other {name}.*, digest .*put them"):
            open_run(folder, CONFIGURED, resume=True, overwrite=False, parts=parts)


def test_a_run_is_neither_lost_nor_mixed_with_another(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"is not empty: .*--resume, or .*--overwrite"):
        open_run(folder, CONFIGURED, resume=False, overwrite=False, parts=PARTS)
    assert (folder / CONFIG).read_text() == "old"
    open_run(folder, CONFIGURED, resume=False, overwrite=True, parts=PARTS)
    assert sorted(each.name for each in folder.iterdir()) == [CONFIG, COVERS]
    assert load_run(folder / CONFIG) == CONFIGURED


@pytest.mark.parametrize("name", ["holiday.jpg", ".git", "config.json.bak", ".config"])
def test_what_is_of_no_run_is_left_alone_with_all_else(folder: Path, name: str) -> None:
    (folder / name).write_text("mine")
    before = sorted(folder.rglob("*"))
    with pytest.raises(ValueError, match=f"holds '{name}', which is of no run"):
        open_run(folder, CONFIGURED, resume=False, overwrite=True, parts=PARTS)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("made", [False, True])
def test_nothing_to_resume(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "run"
    if made:
        folder.mkdir()
    with pytest.raises(ValueError, match=r"no run to resume: it has no config\.json"):
        open_run(folder, CONFIGURED, resume=True, overwrite=False, parts=PARTS)
    assert folder.exists() == made


def test_data_that_will_not_do(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", count=6)
    (tmp_path / "empty").mkdir()
    shutil.copytree(photos, tmp_path / "copies")
    (tmp_path / "copies" / "photo-00.png").rename(tmp_path / "copies" / "renamed.png")

    def opened(name: str, test: str = "", **values: object) -> None:
        test = str(tmp_path / test) if test else ""
        open_data(tiny_run(data=str(tmp_path / name), test_data=test, **values))

    with pytest.raises(ValueError, match="holds no usable cover"):
        opened("empty")
    with pytest.raises(ValueError, match="there is no such directory"):
        opened("missing")
    with pytest.raises(ValueError, match="holds no usable cover: 0 image files"):
        opened("photos", "empty")
    with pytest.raises(ValueError, match=r"is in the test covers, but the same picture"):
        opened("photos", "copies")
    rule = (
        r"photos has 6 usable covers, of which 2 are held out for the closing evaluation, but the "
        r"largest batch takes 5: .*--test-data, .* --crops 1\.0:16:4$"
    )
    with pytest.raises(ValueError, match=rule):
        opened("photos", crops=((1.0, 16, 5),), test_share=0.3)
    write_photos(tmp_path / "others", count=2, seed=1)
    with pytest.raises(ValueError, match=r"has 6 usable covers, but .* 7: add covers, or make"):
        opened("photos", "others", crops=((1.0, 16, 7),))
    opened("photos")


def test_held_out_covers_are_no_training_covers(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", count=12)
    covers, test = open_data(tiny_run(data=str(photos)))
    seen = {covers.digest(index) for index in range(len(covers))}
    held_out = {test.digest(index) for index in range(len(test))}
    assert (len(seen), len(held_out)) == (9, 3) and not seen & held_out


@pytest.mark.parametrize(
    "spec, name",
    [
        ("/home/someone/photos/", "photos"),
        ("photos", "photos"),
        ("../up/BOSS", "BOSS"),
        ("/home/someone/a:b", "a:b"),
        (r"C:\Users\someone\photos", "photos"),
        ("tfds:div2k/train", "tfds:div2k/train"),
        ("synthetic", "synthetic"),
        ("", ""),
    ],
)
def test_a_bundles_config_has_names_but_no_paths(spec: str, name: str) -> None:
    run = tiny_run(data=spec or "synthetic", test_data=spec)
    found = without_paths(run)
    assert found.data.test_data == name
    assert found == run.replace(data=name or "synthetic", test_data=name)


def test_the_machine_is_described_without_its_name() -> None:
    found = machine()
    assert found["cores"] == os.cpu_count() and found["processor"]
    assert os.uname().nodename not in str(found)


@pytest.mark.skipif(not PHOTOS.is_dir(), reason=f"no photos in {PHOTOS}; set KEYSTEGO_PHOTOS")
def test_real_photos_are_opened() -> None:
    test = PHOTOS / "imagenet-sample" / "test"
    for channels in (1, 3):
        covers = open_covers(str(test), channels, 128, 0)
        tiles = list(evaluation_tiles(covers, 128, 5))
        assert len(covers) >= len(tiles) == 5
        for tile in tiles:
            assert tile.shape == (128, 128, channels)
            assert tile.std() > 1, "a photo is not one colour"

"""Every notebook runs, shortened, and draws what it promises; the .ipynb files belong to them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

for package in ("jupytext", "nbclient", "ipykernel", "matplotlib"):
    pytest.importorskip(package)
nbformat = pytest.importorskip("nbformat")

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"

#: Every notebook, how many figures it draws, and what it needs beyond the package.
FIGURES: dict[str, tuple[int, tuple[str, ...]]] = {
    "1_quick_start": (3, ("skimage",)),
    "2_training": (5, ("skimage",)),
    "3_what_changed": (5, ("skimage",)),
    "4_can_it_be_found": (3, ("skimage", "sealwatch", "conseal", "sklearn")),
    "5_keys": (5, ("skimage",)),
    "6_on_the_device": (4, ("skimage",)),
    "7_by_messenger": (2, ("skimage",)),
}

PNG = "image/png"


@pytest.fixture(scope="module")
def make() -> ModuleType:
    """notebooks/make.py as a module."""
    spec = importlib.util.spec_from_file_location("notebooks_make", FOLDER / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outputs(notebook: Any) -> list[Any]:
    return [each for cell in notebook.cells for each in cell.get("outputs", [])]


def figures(notebook: Any) -> list[str]:
    """The PNG images among the outputs, in base64."""
    return [each["data"][PNG] for each in outputs(notebook) if PNG in each.get("data", {})]


def code(notebook: Any) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source.strip()) for cell in notebook.cells]


def test_none_is_left_out(make: ModuleType) -> None:
    assert [source.stem for source in make.sources()] == list(FIGURES)
    others = {"common.py", "make.py"}
    for path in FOLDER.iterdir():
        if path.suffix in (".py", ".ipynb"):
            assert path.name in others or path.stem in FIGURES, f"{path.name} is of no notebook"


@pytest.mark.parametrize("name", FIGURES)
def test_the_ipynb_is_its_source_with_outputs(make: ModuleType, name: str) -> None:
    path = FOLDER / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert code(notebook) == code(make.read(FOLDER / f"{name}.py")), "run `make notebooks`"
    check_outputs(notebook, name)


@pytest.mark.parametrize("name", FIGURES)
def test_the_ipynb_says_nothing_of_the_machine(name: str) -> None:
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    for each in outputs(notebook):
        each.get("data", {}).pop(PNG, None)  # base64 may say anything
    text = nbformat.writes(notebook)
    for path in (str(ROOT), str(Path.home()), "/tmp/", "site-packages"):
        assert path not in text
    assert set(notebook.metadata) <= {"jupytext", "kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"lines_to_next_cell"} for cell in notebook.cells)


@pytest.mark.parametrize("name", FIGURES)
def test_it_opens_with_what_one_will_see(make: ModuleType, name: str) -> None:
    first, *rest = code(make.read(FOLDER / f"{name}.py"))
    kind, text = first
    assert kind == "markdown" and text.startswith("# ")
    assert len(text.splitlines()) >= 3 and rest


@pytest.mark.ci
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow)
        if name in ("5_keys", "6_on_the_device")
        else name
        for name in FIGURES
    ],
)
def test_it_runs_shortened(name: str, tmp_path: Path) -> None:
    for package in FIGURES[name][1]:
        pytest.importorskip(package)
    sources = tmp_path / "notebooks"
    sources.mkdir()
    for path in FOLDER.glob("*.py"):
        shutil.copy(path, sources)
    done = run(sources, name)
    assert done.returncode == 0, done.stderr[-4000:]
    notebook = nbformat.read(sources / f"{name}.ipynb", as_version=4)
    check_outputs(notebook, name)
    left = {path.name for path in sources.iterdir()} - {"__pycache__"}
    there = {path.name for path in FOLDER.glob("*.py")}
    assert left == {*there, f"{name}.ipynb"}, "it leaves nothing behind"


def check_outputs(notebook: Any, name: str) -> None:
    """As many figures as promised, none twice, no error, and no warning in the cells."""
    drawn = figures(notebook)
    assert len(drawn) == FIGURES[name][0]
    assert len(set(drawn)) == len(drawn)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for each in outputs(notebook):
        assert each.output_type != "error"
        assert each.get("name") != "stderr", each.get("text", "")[:1000]
        text = each.get("text", "") + str(each.get("data", {}).get("text/plain", ""))
        assert not re.search(r"\bnan\b|Warning|Traceback", text), text[:1000]


def run(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """make.py in ``folder``, shortened, with this Python and scikit-image's photos."""
    environment = {key: value for key, value in os.environ.items() if key != "KEYSTEGO_COVERS"}
    environment["KEYSTEGO_SHORT"] = "1"
    environment["IPYTHONDIR"] = str(folder.parent / "ipython")
    return subprocess.run(
        [sys.executable, str(folder / "make.py"), name],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_a_broken_notebook_fails(make: ModuleType, tmp_path: Path) -> None:
    sources = tmp_path / "notebooks"
    sources.mkdir()
    shutil.copy(FOLDER / "make.py", sources)
    (sources / "1_broken.py").write_text("# %%\n1 / 0\n", encoding="utf-8")
    done = run(sources, "1_broken")
    assert done.returncode != 0 and "ZeroDivisionError" in done.stderr
    assert not (sources / "1_broken.ipynb").exists()


def test_a_name_that_is_none_is_refused() -> None:
    done = run(FOLDER, "8_more")
    assert done.returncode == 2 and "'8_more' is no notebook" in done.stderr


@pytest.fixture
def common(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """notebooks/common.py as a module of its own."""
    spec = importlib.util.spec_from_file_location("notebooks_common", FOLDER / "common.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pieces_of_photos(
    common: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tiny import write_photos

    folder = write_photos(tmp_path / "photos", count=3, side=40)
    monkeypatch.setattr(common, "FOLDER", str(folder))
    own = common.tiles(6, side=16)
    assert own.shape == (6, 16, 16, 3) and own.dtype == "uint8"
    assert len(np.unique(own, axis=0)) == 6
    held_out = common.tiles(4, side=16, of=slice(2, None))
    assert not (own[[0, 1, 3, 4], None] == held_out).all((2, 3, 4)).any()
    with pytest.raises(ValueError, match="have 12 pieces, but this takes 13"):
        common.tiles(13, side=16)
    written = sorted(common.saved(own, tmp_path / "written").iterdir())
    assert [np.asarray(Image.open(each)).tolist() for each in written] == own.tolist()


def test_photos_of_scikit_image(common: ModuleType) -> None:
    pytest.importorskip("skimage")
    assert common.tiles(100).shape == (100, 128, 128, 3)
    assert common.photos(256, 200)[0].shape == (200, 256, 3)
